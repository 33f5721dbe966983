"""The Text app's job: texts become numbers, a network learns and writes, files bring it
back; and what cannot be read says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hosts import shared_device

from pywebml.apps import APPS
from pywebml.apps.app import Given
from pywebml.apps.text.author import Author, TextOptions, text_of
from pywebml.apps.text.files import read_saved, saved_bytes
from pywebml.apps.text.pen import ROOM
from pywebml.apps.text.reading import LETTERS, MOST_BYTES, RARE, decoded, read
from pywebml.apps.text.session import TextSession
from pywebml.device import run_sync, set_device
from pywebml.vis.screens import Recorder

RHYME = "the cat sat on the mat, the dog \N{DOG FACE} lay on the log.\n" * 12
SMALL = {"units": 24, "length": 12, "batch": 8}
(TEXT,) = [app for app in APPS if app.name == "text"]


@pytest.fixture(autouse=True, params=["cpu", "gpu"])
def device(request: Any) -> Iterator[Any]:
    yield set_device(shared_device(request.param))
    set_device(shared_device("cpu"))


def command(file: Path | None = None, **options: Any) -> tuple[Any, Recorder]:
    stop, screen = options.pop("stop", lambda: False), Recorder()
    given = Given({"file": file and str(file)}, TEXT.options(**options), screen, stop, "cpu")
    assert TEXT.run is not None
    return run_sync(TEXT.run(given)), screen  # type: ignore[arg-type]


def trained(steps: int = 120) -> tuple[Author, Any]:
    options, reading = TextOptions(steps=steps, **SMALL), read(RHYME)
    author = Author.new(reading.letters, options)
    learnt = run_sync(author.learn(reading, options, lambda p: None, lambda: False, lambda: 0.3))
    return author, learnt


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("\ufeffa\r\nb\rc".encode(), "a\nb\nc"),
        ("\N{DOG FACE}".encode("utf-16"), "\N{DOG FACE}"),
        (b"x" * (MOST_BYTES + 5), "x" * 2_000_000),
        (
            "\N{EURO SIGN}".encode() * (MOST_BYTES // 3 + 5),
            "\N{EURO SIGN}" * 2_000_000,
        ),  # cut in one
    ],
)
def test_bytes_become_text(data: bytes, text: str) -> None:
    assert decoded(data) == text


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"caf\xe9", b"a\0b", b"\x89PNG\r\n"])
def test_what_is_no_text_says_so(data: bytes) -> None:
    with pytest.raises(ValueError, match="menu is not text"):
        decoded(data, "menu")


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "has 0 characters"), ("a", "has 1 character;"), ("a" * 500, "over and over")],
)
def test_texts_that_nothing_can_be_learnt_from(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text(text)
    with pytest.raises(ValueError, match=why):
        command(tmp_path / "text")


def test_rare_characters_go_by_one_sign() -> None:
    many = "ab" * 3000 + "".join(chr(0x4E00 + i) for i in range(1500))
    reading = read(many)
    assert len(reading.letters) == LETTERS and RARE in reading.letters
    assert len(reading.numbers) == len(many) and "rare characters" in reading.notes[0]
    with pytest.raises(ValueError, match="begin a new model"):
        read("z" * 200 + "y" * 200, ["a", "b"])


def test_it_learns_writes_and_comes_back_from_both_files(device: Any) -> None:
    author, learnt = trained()
    assert learnt.points[0].loss > 2 > 0.9 > learnt.aside
    assert learnt.points[-1].step == author.steps == 120
    calls: list[str] = []
    for verb in ("run", "download"):
        real = getattr(device, verb)
        setattr(device, verb, lambda *a, f=real, v=verb: (calls.append(v), f(*a))[1])
    try:
        written = run_sync(author.sample(0.1, 2 * ROOM, "the cat"))
    finally:
        del device.run, device.download
    assert calls.count("download") == 2, "one read for so many characters"
    assert "the" in text_of(written)
    for letter in written:
        assert 0 <= letter.share <= 1
        shares = [share for _, share in letter.likeliest]
        assert shares == sorted(shares, reverse=True) and sum(shares) <= 1.001
        for one, share in letter.likeliest:
            assert one != letter.letter or share == pytest.approx(letter.share, abs=1e-5)
    for kind in ("zip", "keras"):
        back = run_sync(read_saved(run_sync(saved_bytes(author.saved, kind))))
        assert (back.letters, back.steps) == (author.letters, 120)
        again = run_sync(Author(back).sample(0.1, 20, "the cat"))
        fresh = run_sync(Author(author.saved).sample(0.1, 20, "the cat"))
        assert [a.letter for a in again] == [b.letter for b in fresh]


def test_files_that_are_none(tmp_path: Path) -> None:
    author = Author.new(tuple("ab"), TextOptions(units=4))
    author.letters = tuple("abc")
    for data, why in (
        (b"", "is no model"),
        (b"PK\x03\x04 broken", "zip"),
        (run_sync(saved_bytes(author.saved, "zip")), "not one that reads 3 characters"),
        (run_sync(saved_bytes(author.saved, "keras")), "not one that reads 3 characters"),
    ):
        with pytest.raises(ValueError, match=why):
            run_sync(read_saved(data))
    with pytest.raises(ValueError, match=r"NAME\.zip or NAME\.keras"):
        command(save=str(tmp_path / "model.txt"))


def test_the_command_keeps_what_it_has_learnt_and_goes_on(tmp_path: Path) -> None:
    file, model = tmp_path / "rhyme.txt", str(tmp_path / "rhyme.keras")
    file.write_text(RHYME, encoding="utf-8")
    asked = iter([False] * 24 + [True] * 9)
    outcome, screen = command(file, stop=lambda: next(asked), save=model, **SMALL)
    assert (outcome.code, outcome.data["steps"]) == (130, 25)
    assert "what was learnt so far is kept" in screen.text
    outcome, screen = command(file, load=model, steps=15, generate=30, start="the ")
    assert outcome.data["steps"] == 40 and len(outcome.data["sample"]) == 34
    outcome, screen = command(load=model, generate=10)
    assert outcome.data["steps"] == 25 and outcome.data["val_loss"] is None
    assert [kind for kind, _ in screen.shown].count("shaded") == 1


def test_the_session_stops_goes_on_and_comes_back_on_a_new_device() -> None:
    session = TextSession()
    with pytest.raises(RuntimeError, match="no text yet"):
        run_sync(session.train({}, print))
    assert session.open(RHYME.encode())["whole"]
    assert session.read()["letters"] == len(set(RHYME))
    said: list[Any] = []

    def hear(message: Any) -> None:
        said.append(message)
        if message["done"] == 20:
            session.stop()

    first = run_sync(session.train({"steps": 100, **SMALL}, hear))
    assert first["stopped"] and first["steps"] == 21
    assert said[0]["loss"] is None and said[0]["sample"]
    second = run_sync(session.train({"steps": 10, **SMALL}, said.append))
    assert second["steps"] == 31
    run_sync(session.revive())
    assert session.state()["steps"] == 31
    assert len(run_sync(session.write(said.append, count=50))["letters"]) == 50
    other = TextSession()
    assert run_sync(other.load(run_sync(session.save("keras"))))["steps"] == 31
    assert session.read("other letters: " + "xyz " * 50, again=True)["steps"] is None


def test_what_learns_may_write_be_saved_and_change_its_temperature_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sample comes for the new temperature; a file is what was learnt by then."""
    monkeypatch.setattr("pywebml.apps.text.session.LIVE", float("inf"))  # none for time's sake
    session = TextSession()
    session.read(RHYME)
    said: list[Any] = []

    def hear(message: Any) -> None:
        said.append(message)
        if message["done"] == 20:
            session.temperature(1.5)

    async def together() -> Any:
        learning = asyncio.ensure_future(session.train({"steps": 60, **SMALL}, hear))
        while not any(message["done"] == 20 for message in said):
            await asyncio.sleep(0.01)
        written = await session.write(lambda message: None, count=30, start="the ")
        return written, await session.save(), await learning

    written, saved, outcome = run_sync(together())
    assert len(written["letters"]) == 30
    assert [m["step"] for m in said if m["sample"]][:3] == [0, 10, 30], "one more, at step 30"
    other = TextSession()
    assert 20 <= run_sync(other.load(saved))["steps"] <= outcome["steps"] == 60


def test_a_training_that_goes_astray_takes_nothing_with_it() -> None:
    session = TextSession()
    session.read(RHYME)
    run_sync(session.train({"steps": 10, **SMALL}, [].append))
    assert session.author
    weight = session.author.model.weights[0]
    weight.assign(weight * float("nan"))
    with pytest.raises(ValueError, match="went astray"):
        run_sync(session.train({"steps": 10, **SMALL}, [].append))
    assert session.state()["steps"] == 10
    written = run_sync(session.write([].append, count=20))
    assert all(0 < share <= 1 for share in written["shares"])
    session.read(RHYME, again=True)
    run_sync(session.revive())
    assert session.state()["steps"] is None
