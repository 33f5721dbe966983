"""Declarations of apps: options that check themselves, methods that a page may call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from pywebml.apps.app import App, Reaches, method
from pywebml.apps.options import Option, Options, option


@dataclass(frozen=True)
class Walk(Options):
    """One option of each kind."""

    steps: int = option(10, "how many", low=1, choices=(5, 10, 20))
    share: float = option(0.4, "of the way", above=0, high=1, word="part")
    kept: float = option(0.2, "held back", low=0, below=1)
    pace: float | None = option(None, "how fast", above=0, advanced=True)
    port: int = option(80, "where", low=0, high=65535, noun="a port", form=False)
    way: str = option("left", "whereto", choices=("left", "right"))
    back: bool = option(False, "and home again")
    where: str = option(help="whence")


def options(**values: Any) -> Walk:
    return Walk(where="here", **values)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("steps", 0, "steps must be a whole number from 1 up, got 0"),
        ("steps", 1.5, "steps must be a whole number from 1 up, got 1.5"),
        ("steps", True, "steps must be a whole number"),
        ("steps", None, "steps must be a whole number"),
        ("share", 0, "share must be a fraction above 0, at most 1, got 0"),
        ("share", float("nan"), "share must be a fraction"),
        ("kept", 1, "kept must be a fraction from 0 up, below 1, got 1"),
        ("pace", -1, "pace must be a number above 0, got -1"),
        ("pace", float("inf"), "pace must be a number above 0"),
        ("port", 65536, "port must be a port from 0 to 65535, got 65536"),
        ("way", "up", "way must be one of left, right, got 'up'"),
        ("way", 3, "way must be one of left, right"),
        ("back", 1, "back must be"),
    ],
)
def test_a_value_out_of_its_limits_is_refused(name: str, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        options(**{name: value})


def test_values_come_in_their_type() -> None:
    walk = options(steps=20.0, share=1, pace=None, port=0)
    assert (walk.steps, type(walk.steps)) == (20, int)
    assert (walk.share, type(walk.share)) == (1.0, float)
    assert options(steps=7).steps == 7, "choices of numbers are what a form offers"
    with pytest.raises(TypeError, match="where"):
        Walk()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("steps", "7", 7), ("pace", "0.5", 0.5), ("way", "right", "right"), ("kept", "0", 0.0)],
)
def test_a_word_is_read_as_its_value(name: str, text: str, value: Any) -> None:
    assert declared(name).read(text) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("steps", "0", "'0'; expected a whole number from 1 up"),
        ("steps", "many", "'many'; expected a whole number from 1 up"),
        ("steps", "1.5", "'1.5'; expected a whole number from 1 up"),
        ("share", "0", "'0'; expected a fraction above 0, at most 1"),
        ("kept", "1.5", "'1.5'; expected a fraction from 0 up, below 1"),
        ("pace", "-1", "'-1'; expected a number above 0"),
        ("port", "65536", "'65536'; expected a port from 0 to 65535"),
    ],
)
def test_a_word_that_is_refused_says_what_was_expected(name: str, text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        declared(name).read(text)
    assert str(refused.value) == said


def declared(name: str) -> Option:
    return next(each for each in Walk.declared() if each.name == name)


def test_settings_are_kept_by_their_words() -> None:
    assert options().by_word() == {
        "steps": 10, "part": 0.4, "kept": 0.2, "pace": None, "port": 80, "way": "left",
        "back": False, "where": "here",
    }  # fmt: skip


class Session:
    """What a page talks to."""

    @method()
    def step(self, far: int, back: bool = False) -> int:
        return -far if back else far

    @method("import", options=Walk, without=("port", "where"))
    def restore(self, options: dict[str, Any], listener: Any) -> dict[str, Any]:
        return options

    def hidden(self) -> None:
        pass


APP = App("walk", "Go somewhere.", options=Walk, session=Session, needs=("camera",), page=True)


def test_an_app_as_json() -> None:
    about = json.loads(json.dumps(APP.describe()))
    assert {name: about[name] for name in about if name != "options"} == {
        "name": "walk", "title": "Walk", "says": "Go somewhere.", "page": True,
        "known_as": [], "needs": ["camera"], "offline": True, "methods": ["step", "import"],
    }  # fmt: skip
    assert [each["name"] for each in about["options"]] == [
        "steps", "share", "kept", "pace", "way", "back", "where",
    ]  # fmt: skip
    assert about["options"][0] == {
        "name": "steps", "word": "steps", "label": "Steps", "help": "how many", "kind": "int",
        "default": 10, "low": 1, "high": None, "above": None, "below": None,
        "choices": [5, 10, 20], "advanced": False,
    }  # fmt: skip
    assert about["options"][1]["word"] == "part"
    assert about["options"][3]["advanced"]
    assert about["options"][4]["kind"] == "choice"
    assert about["options"][6]["default"] is None


def test_a_message_gives_arguments_by_name() -> None:
    step, back = APP.methods.values()
    assert step.arguments({"far": 3}) == {"far": 3}
    assert back.arguments({"steps": 3}) == {"options": {"steps": 3}}
    assert (step.hears, back.hears) == ("", "listener")
    for args, said in [
        ({}, "step needs the argument 'far'"),
        ({"far": 1, "x": 2}, "step has no argument 'x'"),
        ({"self": 1, "far": 1}, "step has no argument 'self'"),
    ]:
        with pytest.raises(TypeError, match=said):
            step.arguments(args)
    with pytest.raises(TypeError, match="import has no argument 'port'"):
        back.arguments({"port": 3})


def test_what_is_reached() -> None:
    bound = Reaches("accuracy", above=0.9)
    assert bound.missed({"accuracy": 0.95}) == ""
    assert "expected above 0.9" in bound.missed({"accuracy": 0.9})
    assert "no accuracy" in bound.missed({})
    assert "expected below 1" in Reaches("loss", below=1).missed({"loss": 2})
