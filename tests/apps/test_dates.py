"""The Dates app's job: dates in many ways become numbers, a network learns to read them
and says where it looked, stops, goes on and comes back from its file.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

import pywebml as pw
from pywebml.apps import APPS
from pywebml.apps.app import Given
from pywebml.apps.dates.files import read_saved, saved_bytes
from pywebml.apps.dates.network import Reader, lessons, network
from pywebml.apps.dates.session import DateSession
from pywebml.apps.dates.translator import DateOptions, Translator
from pywebml.apps.dates.ways import (
    ASIDE,
    FIRST,
    ISO,
    LAST,
    LETTERS,
    LONGEST,
    SIGNS,
    START,
    UNUSUAL,
    WAYS,
    examples,
    exists,
    numbers,
    signs,
    written,
)
from pywebml.device import run_sync, set_device
from pywebml.host.files import FormatError
from pywebml.host.stores.folders import Zip, zip_bytes
from pywebml.vis.charts import Heat
from pywebml.vis.screens import Recorder

SMALL = {"units": 16, "examples": 200, "batch": 20}
(DATES,) = [app for app in APPS if app.name == "dates"]


@pytest.fixture(autouse=True, params=["cpu", "gpu"])
def device(request: Any) -> Iterator[Any]:
    yield set_device(shared_device(request.param))
    set_device(shared_device("cpu"))


def command(*dates: str, stop: Any = lambda: False, **options: Any) -> tuple[Any, Recorder]:
    screen = Recorder()
    given = Given({"dates": list(dates)}, DATES.options(**options), screen, stop, "cpu")
    assert DATES.run is not None
    return run_sync(DATES.run(given)), screen  # type: ignore[arg-type]


def test_the_ways_are_read_as_python_reads_them() -> None:
    """Each way that Python can parse means the date; each is short and known letters."""
    formats = {"d": "%d", "dd": "%d", "m": "%m", "mm": "%m", "mon": "%b", "month": "%B", "y": "%Y"}
    from datetime import datetime

    parsed = 0
    for way, template in enumerate(WAYS):
        for day in (date(1951, 3, 1), date(2004, 11, 22), date(2049, 9, 30)):
            text, iso, number = written(day, way)
            assert (iso, number) == (day.isoformat(), way)
            assert len(text) <= LONGEST and set(text.lower()) <= set(LETTERS)
            if not any(field in template for field in ("{th}", "{yy}", "day}")):
                assert datetime.strptime(text, template.format(**formats)).date() == day
                parsed += 1
    assert parsed > 50 and len(WAYS) >= 20 and len(set(WAYS)) == len(WAYS)
    assert [written(date(2021, 1, d), 2).text[:4] for d in (1, 2, 3, 11, 12, 13, 22)] == [
        "1st ", "2nd ", "3rd ", "11th", "12th", "13th", "22nd",
    ]  # fmt: skip


def test_no_date_to_test_on_is_learnt_in_any_way() -> None:
    learnt, aside = examples(5000, seed=3)
    assert len(aside) == len({each.iso for each in aside}) == ASIDE
    assert not {each.iso for each in learnt} & {each.iso for each in aside}
    assert {each.way for each in learnt} == {each.way for each in aside} == set(range(len(WAYS)))
    both = [*learnt, *aside]
    assert min(each.iso for each in both) >= FIRST.isoformat()
    assert max(each.iso for each in both) <= LAST.isoformat()
    short = {each.iso[:4] for each in both if "{yy}" in WAYS[each.way]}
    assert len({year[2:] for year in short}) == len(short), "two digits are of one year"
    assert examples(100, 3) == examples(100, 3) != examples(100, 4)
    assert not {text for text, _ in UNUSUAL} & {each.text for each in both}


def test_characters_become_numbers() -> None:
    assert list(numbers(["3 FEB", "\N{SNOWMAN}"], 6)) == [*numbers(["3 feb"], 6), 1, *[0] * 5]
    assert "".join(SIGNS[i] for i in signs(["2021-02-03"])) == "2021-02-03"
    with pytest.raises(ValueError, match="has 41 characters; expected a date of at most 40"):
        numbers(["1" * 41])
    assert [exists(iso) for iso in ("2020-02-29", "2021-02-29", "20210203", "2021-2-3")] == [
        True, False, False, False,
    ]  # fmt: skip


def test_reading_sign_by_sign_is_what_the_whole_network_says() -> None:
    """The plan that reads feeds back its own signs; the model, told these, agrees on
    each sign, on how sure it is, and on where it looked. Padding changes nothing.
    """
    pw.set_seed(0)
    model, texts = network(16), ["3rd of Feb 2021", "1/2/03", "Wednesday, September 23rd, 2021"]
    reader = Reader(model)
    begun = lessons(model, examples(200)[0], steps=20)
    for _ in range(20):
        begun.step()
    for text, reading in zip(texts, run_sync(reader.read(texts)), strict=True):
        before = [START, *signs([reading.iso])[:-1]]
        characters = np.array(numbers([text], len(text)), "int32")[None]
        scores, looked = model([pw.tensor(characters), pw.tensor([before], dtype="int32")])
        shares = scores.softmax().numpy()[0]
        assert "".join(SIGNS[i] for i in shares.argmax(-1)) == reading.iso
        np.testing.assert_allclose(shares.max(-1), reading.sure, atol=2e-5)
        np.testing.assert_allclose(looked.numpy()[0], reading.looked, atol=2e-5)
        np.testing.assert_allclose(np.sum(reading.looked, axis=1), 1, atol=1e-4)


def test_reading_is_one_plan_and_one_download(device: Any) -> None:
    reader = Reader(network(8))
    run_sync(reader.read(["1 Jan 2000"] * 3))
    calls: list[str] = []
    for verb in ("run", "download"):
        real = getattr(device, verb)
        setattr(device, verb, lambda *a, f=real, v=verb: (calls.append(v), f(*a))[1])
    try:
        assert len(run_sync(reader.read(["5 May 1955"] * 3))) == 3
    finally:
        del device.run, device.download
    assert calls.count("download") == 1 and calls.count("run") <= 2


def test_it_learns_stops_and_goes_on() -> None:
    options = DateOptions(epochs=12, **{**SMALL, "units": 32})
    translator, points = Translator.new(options), []
    asked = itertools.count(1)
    first = run_sync(translator.learn(options, points.append, lambda: next(asked) == 33))
    assert first.stopped and translator.steps == points[-1].done == 33
    second = run_sync(translator.learn(options, points.append, lambda: False))
    assert not second.stopped and translator.steps == options.steps == 120
    assert points[0].loss > 1.9 > 1.1 > points[-1].loss
    run_sync(translator.learn(options, points.append, lambda: next(asked) % 5 == 0))
    assert translator.steps > 120, "more lessons"


def test_a_training_that_goes_astray_says_so() -> None:
    options = DateOptions(epochs=4, learning_rate=1.0, **SMALL)
    translator = Translator.new(options)
    translator.lessons(options)._sum.assign(float("nan"))
    with pytest.raises(ValueError, match="smaller learning rate"):
        run_sync(translator.learn(options, lambda point: None, lambda: False))


def test_its_file_brings_it_back_and_others_are_refused() -> None:
    options = DateOptions(epochs=1, seed=5, **SMALL)
    translator = Translator.new(options)
    run_sync(translator.learn(options, lambda point: None, lambda: False))
    data = run_sync(saved_bytes(translator.saved))
    back = Translator(read_saved(data))
    assert (back.steps, back.seed, back.aside) == (10, 5, translator.aside)
    texts = ["14 July 1989", "x"]
    ours, theirs = (run_sync(each.reader.read(texts)) for each in (translator, back))
    assert [r.iso for r in ours] == [r.iso for r in theirs]
    np.testing.assert_allclose(ours[0].sure, theirs[0].sure, atol=1e-5)
    files = {name: Zip(data).read(name, 1 << 20) for name in Zip(data).names()}
    about = json.loads(files["metadata.json"])

    def changed(**values: Any) -> bytes:
        return zip_bytes({**files, "metadata.json": json.dumps({**about, **values}).encode()})

    for broken, why in (
        (b"", "is no model that reads dates"),
        (b"PK\x03\x04 broken", "zip"),
        (zip_bytes({"a": b"b"}), "is no model that reads dates"),
        (changed(format="other"), "does not say 'pywebml-dates'"),
        (changed(units=1 << 20), "units must be a whole number from 2 to 512"),
        (changed(units=7), "units must be even"),
        (changed(steps=True), "steps must be a whole number"),
        (changed(units=32), "the weights in old.zip: weight .* has shape"),
        (zip_bytes({"metadata.json": files["metadata.json"]}), "old.zip"),
    ):
        with pytest.raises(FormatError, match=why):
            read_saved(broken, "old.zip")


def test_the_command_shows_reads_draws_and_goes_on(tmp_path: Path) -> None:
    out, model = tmp_path / "looked.svg", str(tmp_path / "m.zip")
    asked = itertools.count(1)
    outcome, screen = command(
        "3 Feb 2021", "7/4/76", stop=lambda: next(asked) == 8, out=str(out), save=model, **SMALL
    )
    assert outcome.code == 130 and outcome.data["steps"] == 8
    assert "what was learnt so far is tested" in screen.text
    assert sum(way["tested"] for way in outcome.data["ways"]) == outcome.data["tested"] == ASIDE
    assert [each["text"] for each in outcome.data["read"]] == ["3 Feb 2021", "7/4/76"]
    (heat,) = [c for kind, c in screen.shown if kind == "chart" and isinstance(c, Heat)]
    assert "".join(heat.across) == "3 Feb 2021" and len(heat.down) == ISO
    assert out.read_text(encoding="utf-8").startswith("<svg")
    tables = [rows for kind, rows in screen.shown if kind == "table"]
    assert any(row[0] == "tomorrow" and "no such date" in row[3] for row in tables[-2][1:])
    assert [row[0] for row in tables[-1][1:]] == ["3 Feb 2021", "7/4/76"]
    outcome, _ = command(load=model)
    assert (outcome.data["steps"], outcome.data["loss"]) == (8, None)
    outcome, _ = command(load=model, epochs=1, **SMALL)
    assert outcome.data["steps"] == 18 and outcome.code == 0


@pytest.mark.parametrize(
    ("dates", "options", "why"),
    [
        (["1" * 50], {}, "has 50 characters"),
        ([" "], {}, "is empty"),
        ([], {"out": "x.png"}, r"ends in \.svg, got 'x.png'"),
        ([], {"save": "x.keras"}, r"ends in \.zip, got 'x.keras'"),
        ([], {"units": 7}, "units must be even"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(dates: Any, options: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        command(*dates, **options)


def test_the_session_stops_goes_on_and_comes_back_on_a_new_device() -> None:
    session = DateSession()
    samples = session.samples()
    assert len(samples["shown"]) == 8 and {"text": "tomorrow", "iso": ""} in samples["unusual"]
    with pytest.raises(RuntimeError, match="train it first"):
        run_sync(session.read(["1 Jan 2000"]))
    with pytest.raises(RuntimeError, match="train it first"):
        run_sync(session.save())
    said: list[Any] = []

    def hear(message: Any) -> None:
        said.append(message)
        session.stop()

    first = run_sync(session.train({"epochs": 3, **SMALL}, hear))
    assert first["stopped"] and first["steps"] == 11
    assert len(said[0]["shown"]) == 8 and said[0]["of"] == 30
    assert run_sync(session.train({"epochs": 3, **SMALL}, said.append))["steps"] == 30
    before = run_sync(session.read(["1 Jan 2000", "tomorrow"]))
    assert len(before[0]["iso"]) == ISO and len(before[1]["looked"][0]) == len("tomorrow")
    session.revive()
    after = run_sync(session.read(["1 Jan 2000"]))
    np.testing.assert_allclose(after[0]["sure"], before[0]["sure"], atol=1e-5)
    other = DateSession()
    assert other.load(run_sync(session.save()))["steps"] == 30
    with pytest.raises(FormatError):
        other.load(b"nothing")
    assert other.state() == {"steps": 30, "training": False}
    assert run_sync(other.train({"epochs": 1, **SMALL}, said.append, again=True))["steps"] == 10
