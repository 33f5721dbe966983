"""The lesson before the first: it leaves nothing behind but what is compiled."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

from pywebml.apps import rehearsal, session
from pywebml.apps.rehearsal import LESSONS, is_worth_it, rehearse
from pywebml.apps.sample import thumbnail_bytes
from pywebml.apps.session import TeachSession
from pywebml.core.runtime import memory
from pywebml.device import get_device, run_sync, set_device
from pywebml.zoo import Extractor, load_extractor

EPOCHS = 3


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def extractor(request: pytest.FixtureRequest) -> Iterator[Extractor]:
    """On a device of its own, which has compiled nothing yet."""
    set_device(request.param)
    yield load_extractor()
    set_device(shared_device("cpu"))


@pytest.fixture
def compiled(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """The programs that this device was asked for, in their order."""
    device, programs = get_device(), set[Any]()

    def watched(asked: Sequence[Any]) -> Any:
        programs.update(asked)
        return compile_them(asked)

    compile_them = device.compile
    monkeypatch.setattr(device, "compile", watched)
    return programs


async def lesson(extractor: Extractor, classes: int = 3, pictures: int = 45) -> list[np.ndarray]:
    """The weights of the head that a session learns from noise."""
    rng, taught = np.random.default_rng(5), TeachSession(extractor)

    def noise(length: int) -> array[float]:
        return array("f", rng.random(length, np.float32).tobytes())

    taught.set_classes([{"key": f"{i}", "name": f"class {i}"} for i in range(classes)])
    seen = thumbnail_bytes(extractor) // 4
    taught.add_features(
        {
            "id": f"{i}",
            "key": f"{i % classes}",
            "features": noise(extractor.features),
            "thumbnail": noise(seen),
        }
        for i in range(pictures)
    )
    await taught.train({"epochs": EPOCHS})
    return [weight.numpy() for weight in taught.head.weights]


def test_the_first_lesson_finds_its_kernels_compiled(
    extractor: Extractor, compiled: set[Any]
) -> None:
    """Whatever its size, as far as people make them."""
    run_sync(rehearse(TeachSession(extractor)))
    rehearsed = set(compiled)
    for classes, pictures in ((2, 20), (2, 33), (3, 45), (4, 100), (5, 300)):
        run_sync(lesson(extractor, classes, pictures))
        if get_device().adapter.language == "wgsl":  # the NumPy device compiles nothing
            assert rehearsed and compiled == rehearsed, (classes, pictures)


def test_it_ends_once_nobody_wants_it(extractor: Extractor) -> None:
    """After the lesson it is at: a visitor's own has begun."""
    answers, throwaway = iter([True, False]), TeachSession(extractor)
    run_sync(rehearse(throwaway, lambda: next(answers)))
    assert throwaway.state()["samples"] == LESSONS[0][1]
    assert not list(answers)


def test_a_lesson_is_the_same_after_it_or_beside_it(extractor: Extractor) -> None:
    before = run_sync(lesson(extractor))
    buffers = memory()["tensors"]

    async def beside() -> list[np.ndarray]:
        _, weights = await asyncio.gather(rehearse(TeachSession(extractor)), lesson(extractor))
        return weights

    for weights in (run_sync(beside()), run_sync(lesson(extractor))):
        for weight, same in zip(weights, before, strict=True):
            np.testing.assert_array_equal(weight, same)
    assert memory()["tensors"] == buffers, "nothing is left"


@pytest.mark.parametrize(
    ("language", "software", "worth"),
    [("wgsl", False, True), ("wgsl", True, False), ("numpy", False, False)],
)
def test_only_a_graphics_card_is_worth_it(
    language: str, software: bool, worth: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: list[TeachSession] = []

    async def watched(session: TeachSession, wanted: Callable[[], bool]) -> None:
        assert wanted()
        sessions.append(session)

    device = SimpleNamespace(adapter=SimpleNamespace(language=language, software=software))
    monkeypatch.setattr(rehearsal, "get_device", lambda: device)
    monkeypatch.setattr(session, "rehearse", watched)
    visitors = TeachSession(load_extractor())
    run_sync(visitors.warm_up())
    assert is_worth_it() == bool(sessions) == worth
    assert visitors not in sessions and visitors.state()["classes"] == []
