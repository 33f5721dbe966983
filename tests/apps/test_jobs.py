"""Jobs as Python runs them: on a screen that only keeps what is shown. No terminal, no
page.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from PIL import Image

from pywebml.apps import APPS
from pywebml.apps.app import Given, Outcome
from pywebml.device import run_sync, set_device
from pywebml.host.settings import SETTINGS
from pywebml.vis.charts import Matrix
from pywebml.vis.screens import Recorder

JOBS = {app.name: app for app in APPS}


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    yield
    set_device(shared_device("cpu"))


def done(
    name: str,
    inputs: dict[str, Any] | None = None,
    stop: Callable[[], bool] = lambda: False,
    **options: Any,
) -> tuple[Outcome, Recorder]:
    """What comes of a job on the CPU device, and what it showed."""
    app, screen = JOBS[name], Recorder()
    assert app.run is not None
    outcome: Any = app.run(Given(inputs or {}, app.options(**options), screen, stop, "cpu"))
    return run_sync(outcome) if inspect.iscoroutine(outcome) else outcome, screen


def shown(screen: Recorder, kind: str) -> list[Any]:
    return [what for each, what in screen.shown if each == kind]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes of five pictures of one colour each, with noise."""
    generator = np.random.default_rng(0)
    for name, colour in (("sky", (90, 150, 240)), ("grass", (40, 160, 60))):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(5):
            pixels = np.array(colour) + generator.normal(0, 25, (60, 80, 3))
            picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
            picture.save(tmp_path / "photos" / name / f"{i}.png")
    return tmp_path / "photos"


def test_teach_and_predict(photos: Path, tmp_path: Path) -> None:
    model = tmp_path / "head.zip"
    outcome, screen = done("teach", {"folder": photos}, epochs=15, validation=0.4, out=str(model))
    assert (outcome.code, outcome.data["val_accuracy"]) == (0, 1.0)
    assert outcome.hints == (f"predict {model} PICTURE...",)
    assert shown(screen, "chart") == [Matrix(("grass", "sky"), [[2, 0], [0, 2]])]
    assert [step.done for step in shown(screen, "progress") if step.stage == "training"] == [
        *range(1, 16)
    ]
    assert "validation accuracy 1.000, training accuracy 1.000" in screen.text

    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    outcome, screen = done("predict", {"model": model, "pictures": [photos / "sky/0.png", broken]})
    assert [p["class"] for p in outcome.data] == ["sky"]
    assert len(outcome.skipped) == 1 and "broken.png" in outcome.skipped[0]
    assert shown(screen, "table")[0][1][1] == "sky"


def test_teach_ends_when_it_is_asked_to(photos: Path, tmp_path: Path) -> None:
    """In training it keeps what it has; before, there is nothing to keep."""
    asked = iter([False] * 30 + [True] * 1000)  # ten pictures, then some steps
    model = tmp_path / "head.zip"
    outcome, screen = done(
        "teach", {"folder": photos}, lambda: next(asked), epochs=10_000, out=str(model)
    )
    assert outcome.code == 130 and model.is_file()
    assert "what was trained so far is kept" in screen.text
    with pytest.raises(KeyboardInterrupt):
        done("teach", {"folder": photos}, lambda: True, out=str(tmp_path / "none.zip"))
    assert not (tmp_path / "none.zip").exists()


def test_devices_and_their_settings() -> None:
    _, screen = done("devices")
    assert any("--device cpu" in row for row in shown(screen, "table")[0][1:])
    assert screen.text.startswith("--device cpu takes ")
    _, screen = done("devices", settings=True)
    (table,) = shown(screen, "table")
    assert [row[0] for row in table[1:]] == [setting.name for setting in SETTINGS]


def test_models_lists_what_there_is() -> None:
    outcome, screen = done("models", {"action": "list", "name": "efficientnet_lite0"})
    assert outcome.data is None
    assert screen.text.splitlines()[0] == "efficientnet_lite0"


def test_sums_in_float16_are_for_networks_in_float16(photos: Path) -> None:
    with pytest.raises(ValueError, match="add --dtype float16"):
        done("classify", {"pictures": [photos / "sky/0.png"]}, sums="float16")
