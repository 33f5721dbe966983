"""Features over a Ray cluster of this machine: real workers, one of them killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

from pywebml.apps import APPS
from pywebml.apps.app import Given
from pywebml.apps.bench import machines, pipeline
from pywebml.data.folders import find_pictures
from pywebml.data.samples import sample_folder
from pywebml.device import run_sync, set_device
from pywebml.distributed import extract_features, features
from pywebml.distributed.cluster import Shares, shared
from pywebml.distributed.places import find_pictures as find_at
from pywebml.vis.screens import Recorder
from pywebml.zoo import Extractor, load_extractor
from pywebml.zoo import extract_features as alone


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    ray = pytest.importorskip("ray", reason="Ray shares work out among machines")
    set_device(shared_device("cpu"))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield load_extractor("efficientnet_lite0")
    ray.shutdown()


def paths() -> list[Path]:
    return [picture.path for picture in find_pictures(sample_folder()).pictures]


def test_they_are_those_of_one_machine(
    extractor: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker dies on the way; a broken picture and an address are among them."""
    monkeypatch.setattr(features, "BATCH", 8)  # of some 80 pictures
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    pictures: list[Any] = paths()
    pictures[3:3] = [broken]
    pictures[5] = pictures[5].as_uri()
    seen: list[int] = []

    def progress(done: int, of: int) -> None:
        seen.append(done)
        if len(seen) == 1:
            os.kill(worker(), signal.SIGKILL)

    ours = extract_features(extractor, pictures, progress, fit="crop", with_thumbnails=True)
    pictures[5] = paths()[4]
    theirs = alone(extractor, pictures, fit="crop", with_thumbnails=True)
    assert ours.kept == theirs.kept and len(seen) > 1 and seen[-1] == len(pictures)
    assert [s.path.name for s in ours.skipped] == ["broken.jpg"]
    # other batches, other sums: some 1e-6 of values up to 5
    np.testing.assert_allclose(ours.values.numpy(), theirs.values.numpy(), atol=1e-4)
    np.testing.assert_allclose(ours.thumbnails.numpy(), theirs.thumbnails.numpy(), atol=1e-6)


def worker() -> int:
    """The process of a worker."""
    return next(
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"ray::MapWorker" in path.read_bytes()
    )


def test_a_cluster_is_shared_out(extractor: Extractor) -> None:
    assert shared() == Shares(2, 1, 0)
    assert shared(1) == Shares(1, 2, 0)
    assert shared(None, {"CPU": 16.0, "GPU": 2.0}) == Shares(16, 1, 0)  # this one is on the CPU


def test_teach_over_a_cluster_and_by_an_address(extractor: Extractor, tmp_path: Path) -> None:
    """As the command `teach file:///... --ray` does it."""
    (app,) = [app for app in APPS if app.name == "teach"]
    folder = tmp_path / "hands"
    for picture in find_pictures(sample_folder()).pictures:
        place = folder / picture.path.parent.name / picture.path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(picture.path.read_bytes())
    (folder / "up" / "notes.txt").write_text("no picture")
    out = str(tmp_path / "hands.zip")
    options = app.options(ray=True, out=out, epochs=10, no_cache=True)
    screen = Recorder()
    outcome = run_sync(app.run(Given({"folder": folder.as_uri()}, options, screen)))
    assert outcome.data["val_accuracy"] > 0.9 and Path(out).is_file()
    assert any("left out: 1 .txt" in str(what) for what in screen.shown)


def test_workers_are_timed(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "FEW", 160)
    monkeypatch.setattr(pipeline, "DIFFERENT", 4)
    (one,) = machines.rows(1, quick=True)
    assert "pictures a second" in one["note"] and one["ratio"] is None
    assert one["ours_ms"] > 0


def test_times_that_tell_nothing_are_refused(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([16.0, 4.0, 3.9, 5.0])
    monkeypatch.setattr(machines, "_seconds", lambda *_: next(seconds))
    with pytest.raises(RuntimeError, match=r"320 pictures took 3\.9 s and 64 of them 4\.0 s"):
        next(machines.rows(1, quick=True))


def test_addresses_that_hold_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs at least two class folders"):
        find_at(tmp_path.as_uri())
    with pytest.raises(FileNotFoundError):
        find_at((tmp_path / "nowhere").as_uri())
    with pytest.raises(ValueError, match="expected s3://BUCKET"):
        find_at("nothing://a/b")
