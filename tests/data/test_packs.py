"""Pictures packed by threads: order, bounds, errors, an end at once."""

from __future__ import annotations

import itertools
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hosts import ROOT
from PIL import Image
from traced import a_traced_process, peak_of

from pywebml import tensor
from pywebml.data.helpers import ROOM, _Helper
from pywebml.data.packs import MOST, as_it_is, packs
from pywebml.data.pictures import load_picture
from pywebml.host.side_by_side import SPARE, side_by_side
from pywebml.ops import pixels_to_tensor
from pywebml.ops.image.packed import PackedPixels

needs_helpers = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="Linux shares memory so")


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    paths = []
    for i in range(2 * MOST + 5):
        pixels = rng.integers(0, 256, (rng.integers(5, 60), rng.integers(5, 60), 3), np.uint8)
        paths.append(tmp_path / f"{i}.{'jpg' if i % 2 else 'png'}")
        Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.mark.parametrize("lasting", [True, False])
@pytest.mark.parametrize("fit", ["squash", "crop"])
def test_packs_have_the_pictures_in_order(pictures, fit, lasting):
    pictures[3].write_bytes(b"no picture")
    seen, refused = [], []
    for pack in packs(enumerate(pictures), (12, 20), fit, lasting=lasting):
        assert len(pack.read) <= MOST and pack.places.dtype == np.int32
        refused += pack.refused
        op = PackedPixels((12, 20), (1, 1, 1), (0, 0, 0))
        rows = op(tensor(pack.pixels, dtype="uint8"), tensor(pack.places)).numpy()
        for number, row in zip(pack.read, rows, strict=True):
            seen.append(number)
            pixels = load_picture(pictures[number], (12, 20), fit)
            alone = pixels_to_tensor(tensor(pixels, dtype="uint8"), (12, 20), 1.0, fit=fit)
            np.testing.assert_array_equal(row, alone.numpy()[0])
    assert seen == [i for i in range(len(pictures)) if i != 3]
    assert [number for number, _ in refused] == [3] and "3.jpg" in refused[0][1]


@pytest.fixture
def starting(monkeypatch):
    """Other processes, for few pictures and on few cores, which may not have started yet."""
    monkeypatch.setattr("pywebml.data.packs.FEW", 2)
    monkeypatch.setattr("pywebml.data.helpers.cores", lambda: 8)
    monkeypatch.setenv("PYWEBML_TESTS_ASKING", str(os.getpid()))
    started = []
    start = subprocess.Popen.__init__

    def noted(self, *arguments, **options):
        started.append(self)
        start(self, *arguments, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    yield started
    assert all(each.poll() is not None for each in started), "a helper goes on"


@pytest.fixture
def helpers(starting, monkeypatch):
    """The same, started before a picture is looked at."""
    started = _Helper.started

    def waited(self):
        select.select([self._process.stdout], [], [], 30)
        return started(self)

    monkeypatch.setattr(_Helper, "started", waited)
    return starting


def packed(pictures, opened=as_it_is):
    """(read, refused, places and pixels as bytes, notes) of all packs."""
    return [
        (p.read, p.refused, p.places.tobytes(), p.pixels.tobytes(), p.notes)
        for p in packs(enumerate(pictures), (12, 20), opened=opened, lasting=False)
    ]


def numbers(made):
    return [number for each in made for number in each[0]]


def in_helper():
    return os.environ.get("PYWEBML_TESTS_ASKING", str(os.getpid())) != str(os.getpid())


def noting(number, source):
    return (None if number == 4 else source), (number, in_helper())


@needs_helpers
def test_other_processes_make_the_same_packs(pictures, request):
    pictures[3].write_bytes(b"no picture")
    pictures = 9 * pictures  # more than both have room for
    here = packed(pictures, noting)
    started = request.getfixturevalue("helpers")
    there = packed(pictures, noting)
    assert [each[:4] for each in there] == [each[:4] for each in here] and len(started) == 2
    notes = [note for each in there for _, note in each[4]]
    assert notes == [(i, True) for i in range(len(pictures))]


@needs_helpers
def test_nobody_waits_for_them_to_start(pictures, starting, monkeypatch):
    monkeypatch.setattr(_Helper, "started", lambda _: False)
    there = packed(pictures, noting)
    assert numbers(there) == [i for i in range(len(pictures)) if i != 4]
    assert not any(note[1] for each in there for _, note in each[4])
    assert len(starting) == 2


@needs_helpers
def test_what_helpers_cannot_do_is_done_here(pictures, helpers, tmp_path):
    far = tmp_path / "/".join(["n" * 200] * 4)
    far.mkdir(parents=True)
    shutil.copy(pictures[5], far)
    with pictures[4].open("rb") as opened:  # not among those that are looked at first
        mixed = [*pictures[:5], opened, *(MOST * [far / pictures[5].name])]
        assert numbers(packed(mixed)) == list(range(len(mixed)))
    assert len(helpers) == 2


@needs_helpers
def test_a_large_picture_comes_without_its_slot(helpers, tmp_path, monkeypatch):
    monkeypatch.setattr("pywebml.data.packs.MOST_BYTES", 1 << 30)
    path = tmp_path / "large.png"
    pixels = np.arange(3 * 2560 * 2560, dtype=np.uint32).astype(np.uint8)
    Image.fromarray(pixels.reshape(2560, 2560, 3)).save(path)
    (pack,) = packs(enumerate([path] * 3), (2500, 2500), lasting=False)
    assert pack.pixels.nbytes > ROOM and len(pack.read) == 3


def killing(number, source):
    if number % 9 == 5 and in_helper():
        os.kill(os.getpid(), signal.SIGKILL)
    return source, None


@needs_helpers
def test_killed_helpers_cost_nothing_but_time(pictures, helpers):
    """Their pictures are decoded here."""
    pictures = 19 * pictures
    assert numbers(packed(pictures, killing)) == list(range(len(pictures)))
    assert [each.poll() for each in helpers] == [-signal.SIGKILL] * 2


@needs_helpers
@pytest.mark.parametrize("there", [0, 1])
def test_where_processes_cannot_be_started_threads_decode(pictures, helpers, monkeypatch, there):
    """Or fewer processes do."""
    start = subprocess.Popen.__init__

    def refused(self, *arguments, **options):
        if len(helpers) == there:
            raise OSError(11, "Resource temporarily unavailable")
        start(self, *arguments, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", refused)
    made = packed(9 * pictures, noting)
    assert numbers(made) == [i for i in range(9 * len(pictures)) if i != 4]
    assert {note[1] for each in made for _, note in each[4]} == {there == 1}


def printing(number, source):
    if in_helper():
        os.write(1, b"said by a library")
        print("said in Python")
    return source, number


@needs_helpers
def test_who_prints_there_does_not_answer(pictures, helpers):
    made = packed(9 * pictures, printing)
    assert [number for each in made for number, _ in each[4]] == list(range(9 * len(pictures)))


def raising(number, source):
    if number != 2:
        return source, None
    raise RuntimeError(f"of picture {number} {'there' if in_helper() else 'here'}")


@needs_helpers
def test_what_is_raised_there_is_raised_here(pictures, helpers):
    with pytest.raises(RuntimeError, match="of picture 2 here"):
        packed(pictures, raising)


@needs_helpers
def test_helpers_end_with_who_stops_asking(pictures, helpers):
    decoded = packs(enumerate(9 * pictures), (12, 20), lasting=False)
    next(decoded)
    assert [each.poll() for each in helpers] == [None, None]
    # the terminal's Ctrl-C reaches none of them, also while they start
    assert os.getsid(0) not in [os.getsid(each.pid) for each in helpers]
    decoded.close()


@needs_helpers
def test_helpers_end_with_the_process_that_started_them(pictures, tmp_path):
    """Even if it is killed."""
    program = f"""
import os
from pathlib import Path
from pywebml.data import helpers, packs
packs.FEW = 2
helpers.cores = lambda: 8
pictures = 9 * sorted(Path({str(tmp_path)!r}).glob("*.jpg"))
decoded = packs.packs(enumerate(pictures), (12, 20), lasting=False)
next(decoded)
print(Path(f"/proc/self/task/{{os.getpid()}}/children").read_text(), flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    children = [Path(f"/proc/{number}/cmdline") for number in done.stdout.split()]
    assert len(children) == 2, done.stderr
    until = time.monotonic() + 20
    while (there := any(map(_runs, children))) and time.monotonic() < until:
        time.sleep(0.05)
    assert not there


def _runs(command):
    """Whether a process does; one that has ended and that nobody asked has no command."""
    try:
        return bool(command.read_bytes())
    except OSError:
        return False


def test_memory_is_taken_again_where_packs_need_not_last(pictures, monkeypatch):
    monkeypatch.setattr("pywebml.data.packs.MOST", 1)

    def shared(lasting):
        pixels = [p.pixels for p in packs(enumerate(pictures), (12, 20), lasting=lasting)]
        return sum(np.shares_memory(*both) for both in itertools.combinations(pixels, 2))

    assert shared(lasting=True) == 0 < shared(lasting=False)


def test_a_small_file_takes_little_memory(pictures):
    """And not what the largest would: a map of 64 MB for each holds up all threads."""
    with a_traced_process() as traced:
        peak = traced.submit(peak_of, packs, list(enumerate(pictures)), (12, 20)).result()
    assert 0 < peak < 8 << 20


def test_work_is_bounded_in_order_and_side_by_side():
    begun, both = [], threading.Barrier(2, timeout=10)

    def work(i):
        begun.append(i)
        if i < 2:
            both.wait()  # would break if one waited for the other
        return i * i

    results = side_by_side(work, iter(range(1000)), threads=2)
    assert next(results) == 0
    time.sleep(0.05)
    assert len(begun) <= 2 + SPARE
    assert list(results) == [i * i for i in range(1, 1000)]


def test_an_error_comes_in_its_place_and_ends_the_rest():
    begun = []

    def work(i):
        begun.append(i)
        if i == 3:
            raise ValueError("number 3")
        return i

    results = side_by_side(work, range(1000), threads=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="number 3"):
        next(results)
    assert len(begun) < 20


def test_whoever_stops_asking_waits_for_nobody():
    results = side_by_side(lambda i: time.sleep(0.2 if i else 0), range(100), threads=2)
    next(results)
    start = time.perf_counter()
    results.close()
    assert time.perf_counter() - start < 0.1
