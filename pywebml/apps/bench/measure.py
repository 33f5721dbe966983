"""How things are timed: warmed up, in turns, medians. A machine that slows down then slows everybody down alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypedDict

from ...device import get_device


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


def medians(contenders: Mapping[str, Callable[[], object]], seconds: float = 3.0, least: int = 5, most: int = 200) -> dict[str, float]:
    """Milliseconds a call, the median of each. A call must return only when its work is done.

    All are called in turns, after two warm-up calls each, until `seconds` are over, at least `least` and at most `most` times.
    """
    for call in contenders.values():
        call()
        call()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    end = time.perf_counter() + seconds
    for turn in range(most):
        if turn >= least and time.perf_counter() > end:
            break
        for name, call in contenders.items():
            start = time.perf_counter()
            call()
            taken[name].append((time.perf_counter() - start) * 1e3)
    return {name: statistics.median(times) for name, times in taken.items()}


def compare(bench: str, work: str, ours: Callable[[], object], peers: Mapping[str, Callable[[], object]], note: str = "") -> Iterator[Row]:
    """One row a peer; a row without a peer where there is none."""
    times = medians({"ours": ours, **peers})
    for peer in peers or [""]:
        yield row(bench, work, times["ours"], peer, times.get(peer), note)


def row(bench: str, work: str, ours_ms: float, peer: str = "", peer_ms: float | None = None, note: str = "") -> Row:
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
