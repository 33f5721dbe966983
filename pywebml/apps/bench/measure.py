"""How things are timed: warmed up, in turns, medians. A machine that slows down then
slows everybody down alike.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypedDict

from ...device import get_device

REST = 0.02  # seconds, as often as it takes until nothing of this process runs any more


class Row(TypedDict):
    """One comparison. `ratio` is peer_ms / ours_ms: above 1, we are the faster."""

    bench: str
    work: str
    host: str
    adapter: str
    ours_ms: float
    peer: str
    peer_ms: float | None
    ratio: float | None
    note: str


class Work(NamedTuple):
    """`run(n)` does the work n times and returns when all of it is done. One of those n
    is `each` units, as timed.
    """

    run: Callable[[int], object]
    each: int = 1


def repeated(once: Callable[[], Any], wait: Callable[[Any], object], each: int = 1) -> Work:
    """`once` n times over, then `wait` on what the last one gave: how training runs its
    steps.
    """

    def run(n: int) -> object:
        for _ in range(n):
            last = once()
        return wait(last)

    return Work(run, each)


def medians(
    contenders: Mapping[str, Work], seconds: float = 3.0, least: int = 5, most: int = 200
) -> dict[str, float]:
    """Milliseconds per unit of work, the median of each contender.

    Every contender is warmed up, and given as many repetitions per call as take it
    about 50 ms (at most 100). Then all are called in turns until `seconds` are over, at
    least `least` and at most `most` times, each after a rest: some peers' threads go on
    spinning for a while when their work is done, on cores that the next contender
    should have.
    """
    times: dict[str, int] = {}
    for name, work in contenders.items():
        work.run(1)
        times[name] = max(1, min(100, round(0.05 / _seconds(work, 1))))
        work.run(times[name])
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    end = time.perf_counter() + seconds
    for turn in range(most):
        if turn >= least and time.perf_counter() > end:
            break
        for name, work in contenders.items():
            _rest()
            taken[name].append(_seconds(work, times[name]) * 1e3 / (times[name] * work.each))
    return {name: statistics.median(each) for name, each in taken.items()}


def _rest(longest: float = 0.5) -> None:
    """Waits until this process's threads are idle: ONNX Runtime's spin for some 35 ms
    after a frame, PyTorch's for 8.
    """
    end = time.perf_counter() + longest
    busy = math.inf
    while busy > REST / 10 and time.perf_counter() < end:
        start = time.process_time()
        time.sleep(REST)
        busy = time.process_time() - start


def _seconds(work: Work, n: int) -> float:
    start = time.perf_counter()
    work.run(n)
    return max(time.perf_counter() - start, 1e-9)


def compare(
    bench: str,
    work: str,
    ours: Work,
    peers: Mapping[str, Work],
    note: str = "",
    seconds: float = 3.0,
) -> Iterator[Row]:
    """One row per peer; a row without a peer where there is none."""
    times = medians({"ours": ours, **peers}, seconds)
    for peer in peers or [""]:
        yield row(bench, work, times["ours"], peer, times.get(peer), note)


def rated(rows: Iterator[Row], flops: int, unit: str = "TFLOP/s") -> Iterator[Row]:
    """The rows of works of so many floating-point operations, with operations per
    second as their note, in TFLOP/s or GFLOP/s.
    """
    each = {"TFLOP/s": 1e9, "GFLOP/s": 1e6}[unit]  # a millisecond
    for row in rows:
        row["note"] = f"{flops / row['ours_ms'] / each:.3g} {unit}"
        if row["peer_ms"] is not None:
            row["note"] += f", {row['peer']} {flops / row['peer_ms'] / each:.3g}"
        yield row


def row(
    bench: str,
    work: str,
    ours_ms: float,
    peer: str = "",
    peer_ms: float | None = None,
    note: str = "",
) -> Row:
    adapter = get_device().adapter
    return Row(
        bench=bench,
        work=work,
        host="native" if adapter.language == "wgsl" else "reference",
        adapter=adapter.name,
        ours_ms=ours_ms,
        peer=peer,
        peer_ms=peer_ms,
        ratio=None if peer_ms is None else peer_ms / ours_ms,
        note=note,
    )


def page_row(bench: str, work: str, ms: float, info: Any, note: str) -> Row:
    """Of a page whose worker says this of itself."""
    return Row(
        bench=bench,
        work=work,
        host="page",
        adapter=info["device"]["name"],
        ours_ms=ms,
        peer="",
        peer_ms=None,
        ratio=None,
        note=note,
    )
