"""Features that are kept between runs: the same numbers, and nothing that is not theirs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest
from hosts import ROOT
from PIL import Image

import pywebml as pw
from pywebml.zoo import kept_features
from pywebml.zoo.extraction import Work, extract_features
from pywebml.zoo.extractor import Extractor, Preprocess
from pywebml.zoo.kept_features import KeptFeatures, State, known_readable
from pywebml.zoo.shelf import shelf_of

SIDE, LAYER = 24, "mean"


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Where features are kept meanwhile."""
    monkeypatch.setenv("PYWEBML_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYWEBML_FEATURES", "1")
    return tmp_path / "cache" / "features" / "features.sqlite"


@pytest.fixture
def pictures(tmp_path):
    rng, paths = np.random.default_rng(0), []
    for i in range(20):
        paths.append(tmp_path / f"{i}.jpg")
        Image.fromarray(rng.integers(0, 256, (40, 50, 3), np.uint8)).save(paths[-1])
        os.utime(paths[-1], (1e9, 1e9))  # long ago
    return paths


class Counting(Extractor):
    """Counts the pictures that it looks at."""

    looked = 0

    def __call__(self, seen):
        self.looked += len(seen)
        return super().__call__(seen)


def extractor(weights="a" * 64, seed=0, scale=1 / 255):
    pw.utils.set_random_seed(seed)
    network = pw.Sequential(
        [
            pw.layers.Conv2D(4, 3, input_shape=(SIDE, SIDE, 3)),
            pw.layers.GlobalAveragePooling2D(name=LAYER),
        ]
    )
    return Counting("small", network, LAYER, Preprocess((scale,) * 3, (0.0,) * 3), 0.001, weights)


def features_of(network, pictures, **options):
    return extract_features(network, pictures, keep=True, **options).values.numpy()


def test_the_second_time_nothing_is_looked_at_and_the_numbers_are_the_same(pictures):
    network, told = extractor(), []
    first = extract_features(network, pictures, keep=True, with_thumbnails=True)
    assert network.looked == 20
    again = extract_features(
        network, pictures, lambda *done: told.append(done), keep=True, with_thumbnails=True
    )
    assert network.looked == 20 and told == [(20, 20)]
    for name in ("values", "thumbnails"):
        np.testing.assert_array_equal(
            getattr(again, name).numpy(), getattr(first, name).numpy(), name
        )
    extract_features(network, pictures)
    assert network.looked == 40  # it has to be asked for


def test_a_mixture_of_old_new_and_broken_comes_in_order(pictures, tmp_path):
    network = extractor()
    features_of(network, pictures[::3])
    pictures[4].write_bytes(b"no picture")
    mixed = extract_features(network, pictures, keep=True)
    assert network.looked == 7 + 12
    assert mixed.kept == [i for i in range(20) if i != 4] and len(mixed.skipped) == 1
    plain = extract_features(network, pictures)
    np.testing.assert_allclose(mixed.values.numpy(), plain.values.numpy(), 1e-6, 1e-6)


def test_a_file_is_known_by_its_content_wherever_it_lies(pictures, tmp_path):
    network = extractor()
    first = features_of(network, pictures)
    moved = tmp_path / "elsewhere.jpg"
    pictures[7].rename(moved)
    np.testing.assert_array_equal(features_of(network, [moved])[0], first[7])
    assert network.looked == 20
    # other content under a name that is known
    pictures[3].write_bytes(pictures[5].read_bytes())
    np.testing.assert_array_equal(features_of(network, [pictures[3]])[0], first[5])
    assert network.looked == 20


def test_to_look_for_files_writes_nothing(pictures, kept):
    """A write at each look would wait for the disk."""
    features_of(extractor(), pictures)
    before = kept.read_bytes(), kept.stat().st_mtime_ns
    assert len(known_readable(pictures)) == len(pictures)
    assert (kept.read_bytes(), kept.stat().st_mtime_ns) == before


@pytest.fixture
def reads(monkeypatch):
    """The files that are opened to be read, by their names."""
    names, opened = [], open

    def counted(file, *words, **more):
        names.append(os.path.basename(file) if isinstance(file, (str, os.PathLike)) else "")
        return opened(file, *words, **more)

    monkeypatch.setattr("builtins.open", counted)
    return names


def test_a_file_is_read_once_and_then_not_at_all(pictures, reads, monkeypatch):
    monkeypatch.setattr("pywebml.zoo.shelf.FRESH", -1.0)  # as if they had lain here for long
    network = extractor()
    first = features_of(network, pictures)
    assert sorted(name for name in reads if name.endswith(".jpg")) == sorted(
        path.name for path in pictures
    )
    reads.clear()
    np.testing.assert_array_equal(features_of(network, pictures), first)
    assert not reads and network.looked == 20
    assert all(known_readable(pictures))
    moved = [path.rename(path.with_suffix(".jpeg")) for path in pictures]
    assert not any(known_readable(moved))
    np.testing.assert_array_equal(features_of(network, moved), first)
    assert len(reads) == 20 and network.looked == 20
    reads.clear()
    features_of(network, moved)
    assert not reads and all(known_readable(moved))


@pytest.mark.skipif(sys.platform == "win32", reason="no time there that nobody can set")
def test_a_change_behind_the_same_size_and_time_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("pywebml.zoo.shelf.FRESH", -1.0)
    network, path, rows = extractor(), tmp_path / "1.bmp", []
    for grey in (50, 200):
        Image.new("RGB", (40, 30), (grey,) * 3).save(path)
        os.utime(path, (1e9, 1e9))
        rows.append(features_of(network, [path]))
        time.sleep(0.02)  # a disk's clock ticks a hundred times a second or more
    assert not np.array_equal(*rows) and network.looked == 2


def test_what_changed_a_moment_ago_is_read_again(tmp_path, monkeypatch):
    network, path, now = extractor(), tmp_path / "1.bmp", time.time_ns()
    rows = []
    monkeypatch.setattr("pywebml.zoo.kept_features.state_of", lambda path: same)
    monkeypatch.setattr("pywebml.zoo.shelf.state_of", lambda path: same)
    same = State(3654, now, now, 1)
    for grey in (50, 200):  # of one size, within one tick of the disk's clock
        Image.new("RGB", (40, 30), (grey,) * 3).save(path)
        rows.append(features_of(network, [path]))
    assert not np.array_equal(*rows) and network.looked == 2


def test_other_weights_fits_mirrors_and_preprocessing_have_others(pictures):
    few = pictures[:3]
    for count, (network, options) in enumerate(
        [
            (extractor(), {}),
            (extractor("b" * 64), {}),
            (extractor(scale=1 / 127.5), {}),
            (extractor(), {"fit": "crop"}),
            (extractor(), {"mirror": True}),
        ]
    ):
        features_of(network, few, **options)
        assert network.looked == 3, count
    assert shelf_of(extractor(weights=""), "crop", False) is None


@pytest.mark.parametrize("damage", ["none of SQLite's", "cut short", "other tables", "empty"])
def test_a_damaged_file_begins_anew_and_says_so(pictures, kept, damage):
    network = extractor()
    first = features_of(network, pictures)
    if damage == "none of SQLite's":
        kept.write_bytes(b"rubbish" * 10_000)
    elif damage == "cut short":
        kept.write_bytes(kept.read_bytes()[: 16384 * 2 + 5000])
    elif damage == "empty":
        kept.write_bytes(b"")
    else:
        with sqlite3.connect(kept) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
    if damage == "empty":  # SQLite's own beginning
        np.testing.assert_allclose(features_of(network, pictures), first, 1e-6)
    else:
        with pytest.warns(UserWarning, match=r"features\.sqlite is damaged"):
            np.testing.assert_allclose(features_of(network, pictures), first, 1e-6)
    assert network.looked == 40
    features_of(network, pictures)
    assert network.looked == 40


def test_numbers_that_are_not_what_was_written_are_made_again(pictures, kept):
    network = extractor()
    first = features_of(network, pictures)
    with sqlite3.connect(kept) as db:
        db.execute("UPDATE features SET numbers = zeroblob(16) WHERE id = 1")
        db.execute("UPDATE features SET numbers = zeroblob(100000000) WHERE id = 2")
        db.execute("UPDATE features SET numbers = 'text', small = 7 WHERE id = 3")
    db.close()
    np.testing.assert_allclose(features_of(network, pictures), first, 1e-6)
    assert network.looked == 23


def test_where_nothing_can_be_written_nothing_is_kept(pictures, kept, monkeypatch):
    kept.parent.parent.mkdir(parents=True)
    kept.parent.write_bytes(b"a file where a folder would be")
    with pytest.warns(UserWarning, match="features of pictures are not kept"):
        assert len(features_of(extractor(), pictures)) == 20
    monkeypatch.setenv("PYWEBML_FEATURES", "0")
    assert len(features_of(extractor(), pictures)) == 20


def test_what_was_used_longest_ago_goes_first(kept, monkeypatch):
    store = KeptFeatures(most=400_000)
    maker = store.maker(b"key", "words")
    days = [10, 12, 11]
    for day in days:
        monkeypatch.setattr(kept_features, "_today", lambda day=day: day)
        rows = [(bytes([day, i]) * 16, os.urandom(4000), b"") for i in range(30)]
        store.keep(maker, rows)
        assert store.nbytes() <= 500_000
        assert kept.stat().st_size == store.nbytes()  # what went is the disk's again
    left = {day: len(store.rows(maker, [bytes([day, i]) * 16 for i in range(30)])) for day in days}
    assert left[12] == 30 and left[10] < 30 and store.kept()[0].words == "words"
    store.clear()
    assert not kept.exists()


def test_several_processes_at_once(pictures, kept, tmp_path):
    program = (
        "import os, sys, warnings; warnings.simplefilter('error')\n"
        "from pywebml.zoo.kept_features import KeptFeatures\n"
        "store = KeptFeatures(); maker = store.maker(b'key', 'words')\n"
        "for i in range(10):\n"
        "    store.keep(maker, [(bytes([i, int(sys.argv[1])]) * 16, os.urandom(5000), b'')])\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(i)], env=env) for i in range(2)
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    store = KeptFeatures()
    assert store.kept()[0].pictures == 20
    store.close()


def test_what_is_done_is_kept_when_a_job_is_stopped(pictures, monkeypatch):
    network = extractor()

    def stop(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="features of 8 pictures are kept"):
        extract_features(network, pictures, stop, batch=8, keep=True)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        extract_features(network, pictures, stop, batch=8)
    looked = network.looked
    features_of(network, pictures)
    assert network.looked == looked + 12


@pytest.mark.parametrize("words", ["", "features of 8 pictures are kept"])
def test_who_presses_ctrl_c_hears_what_is_kept(pictures, monkeypatch, capsys, words):
    from pywebml.cli import main

    def stopped(*_, **__):
        raise KeyboardInterrupt(*filter(None, [words]))

    monkeypatch.setattr("pywebml.apps.features.features", stopped)
    command = ["features", str(pictures[0]), "--extractor", "small", "--out", "a.npy"]
    assert main(command) == 130
    assert f"stopped by Ctrl-C; {words or 'nothing was saved'}\n" in capsys.readouterr().err


def test_the_command_lists_and_clears(pictures, kept, capsys):
    from pywebml.cli import main

    def said(*words):
        assert main(["cache", *words]) == 0
        return capsys.readouterr().out

    assert "no features are kept yet" in said()
    features_of(extractor(), pictures)
    listing = said()
    assert "small, float32, squash" in listing and "20" in listing and "today" in listing
    assert "cleared" in said("clear") and not kept.exists()
    assert "no features are kept yet" in said("clear")


def test_what_cannot_be_read_is_named_in_the_order_of_the_pictures() -> None:
    """Workers come upon them in any order."""
    work = Work(extractor(), ["a", "b", "c", "d"], "crop", False, False)
    work.took([2], [(3, "d is broken")])
    work.took([0], [(1, "b is gone")])
    assert [skipped.reason for skipped in work.skipped] == ["b is gone", "d is broken"]
    assert work.done == 2
