"""Names lead to classes and functions, and back; configs are constructors' arguments."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pywebml.core.registry import Registry, config_of


class Shape:
    def __init__(self, size: float = 1.0):
        self.size = size

    def get_config(self) -> dict[str, Any]:
        return config_of(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Shape:
        return cls(**config)


def shapes() -> tuple[Registry[Shape], type[Shape], type[Shape]]:
    registry = Registry("shape", Shape, hint="; own ones: @shape")

    @registry("RoundShape", "disc", "ring")
    class Round(Shape):
        pass

    @registry("square")
    class Square(Shape):
        pass

    return registry, Round, Square


@pytest.mark.parametrize("name", ["RoundShape", "round_shape", "roundShape", "ROUNDSHAPE", "disc"])
def test_names_meet_without_case_and_underscores(name: str) -> None:
    registry, Round, _ = shapes()
    assert registry.find(name) is Round
    assert name in registry


def test_aliases_are_understood_and_not_listed() -> None:
    registry, Round, Square = shapes()
    assert registry.names() == ["RoundShape", "square"]
    assert registry.entries() == {"RoundShape": Round, "square": Square}
    assert registry.name_of(Round) == registry.name_of(Round()) == "RoundShape"


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    registry, *_ = shapes()
    with pytest.raises(
        ValueError, match="unknown shape 'oval'; known: RoundShape, square; own ones: @shape"
    ):
        registry.find("oval")
    with pytest.raises(ValueError, match="is no shape that a config can name"):
        registry.name_of(Shape())


def test_get_takes_a_name_a_config_a_class_or_an_instance() -> None:
    registry, Round, _ = shapes()
    assert isinstance(registry.get("ring"), Round)
    assert registry.get({"class_name": "ring", "config": {"size": 3.0}}).size == 3.0
    assert registry.get({"class_name": "ring"}).size == 1.0
    assert isinstance(registry.get(Round), Round)
    own = Shape(2.0)
    assert registry.get(own) is own
    with pytest.raises(ValueError, match="a shape's config needs a 'class_name'"):
        registry.get({"size": 3})
    with pytest.raises(TypeError, match="a name, a config, an instance, got 5"):
        registry.get(5)
    with pytest.raises(TypeError, match="a name, a config, an instance, got <function"):
        registry.get(lambda: None)


def test_serialize_is_what_get_takes() -> None:
    registry, Round, _ = shapes()
    entry = registry.serialize(Round(4.0))
    assert entry == {"class_name": "RoundShape", "config": {"size": 4.0}}
    assert registry.get(entry).size == 4.0


def test_functions_are_themselves() -> None:
    registry: Registry[Any] = Registry("curve", type(lambda: None), functions=True)
    registry.add(math.sin, "sine", "sin")
    assert registry.get("sin") is math.sin
    assert registry.get(math.cos) is math.cos
    assert registry.serialize(math.sin) == "sine"
    with pytest.raises(TypeError, match="an instance or a function, got 5"):
        registry.get(5)


def test_a_name_given_again_means_the_newer_entry() -> None:
    registry, _, Square = shapes()

    @registry("Square")
    class Newer(Shape):
        pass

    assert registry.find("square") is Newer
    assert registry.names() == ["RoundShape", "Square"]
    with pytest.raises(ValueError, match="that a config can name"):
        registry.name_of(Square)


def test_things_that_cannot_be_hashed_have_no_name() -> None:
    registry, *_ = shapes()
    with pytest.raises(ValueError, match=r"\[1\] is no shape"):
        registry.name_of([1])  # type: ignore[arg-type]


class Wide(Shape):
    def __init__(self, width: int, tags: Any = (), inner: Any = None, **options: Any):
        super().__init__(**options)
        self.width, self.tags, self.inner = width, tags, inner


def test_a_config_has_the_arguments_of_the_bases_too() -> None:
    thing = Wide(2, ("a", ("b", None)), Shape(5.0), size=3.0)
    assert thing.get_config() == {
        "width": 2,
        "tags": ["a", ["b", None]],
        "inner": {"class_name": "Shape", "config": {"size": 5.0}},
        "size": 3.0,
    }


def test_keys_rename_and_leave_out_defaults() -> None:
    keys = {"width": "w", "tags": None, "inner": None}
    assert config_of(Wide(2), keys) == {"w": 2, "size": 1.0}
    assert config_of(Wide(2, ["x"]), keys, without=("size",)) == {"w": 2, "tags": ["x"]}


def test_what_cannot_be_written_is_named() -> None:
    thing = Wide(2, inner=math.sin)
    with pytest.raises(TypeError, match="Wide: inner is <built-in function sin>"):
        thing.get_config()
    del thing.width
    with pytest.raises(AttributeError, match=r"takes the argument 'width'.*set self\.width"):
        thing.get_config()
    assert config_of(thing, strict=False) == {"tags": [], "size": 1.0}
