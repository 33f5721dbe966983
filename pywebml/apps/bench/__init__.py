"""`bench`: times this machine, or a browser tab on it. What is timed is imported when
it is asked for: the subjects bring NumPy, the networks and their peers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...core.choices import reload
from ...device import get_device, measured, run_sync
from ..app import App, Given, Outcome, Takes
from ..options import Options, option

NATIVE = (
    "head", "frame", "cpu", "convnet", "lstm", "finetune", "transformer", "tsne", "matmul",
    "float16", "conv", "depthwise", "ops", "scale", "memory", "pipeline",
)  # fmt: skip
"""Subjects that `bench` times one after the other where none is named."""
OTHERS = ("page", "boot", "tune", "floor", "load")
TUNED = (
    ("choice", "choice"), ("shapes like", "shape"), ("default", "default"), ("ms", "default_ms"),
    ("best", "best"), ("ms", "best_ms"), ("gain", "gain"), ("GFLOP/s", "gflops"),
)  # fmt: skip
"""Columns of `bench tune`: (head, name in the row)."""


@dataclass(frozen=True)
class BenchOptions(Options):
    """How it is timed, and where."""

    quick: bool = option(
        False,
        "with scale, memory, cpu, pipeline, load, tune and floor: fewer sizes and repetitions",
        form=False,
    )
    peers: bool = option(
        False,
        "with page or --page: TensorFlow.js and ONNX Runtime Web in its tab, fetched by npm",
        form=False,
    )
    only: str | None = option(
        None,
        "with page: some of dispatch, first, frame, head, matmul, convnet, lstm, transformer,"
        " float16, ops; with tune, floor: works; with ops: some of them",
        metavar="NAME,...",
        form=False,
    )
    rows: int | None = option(
        None,
        "with scale: a head trained on so many rows of features in files instead, and the"
        " memory that takes; 1000000 are 5 GB of disk",
        low=100,
        metavar="N",
        form=False,
    )
    workers: int | None = option(
        None,
        "with scale: features of pictures by 1, 2, 4 and so on up to so many workers of a Ray"
        " cluster instead",
        low=1,
        metavar="N",
        form=False,
    )
    forget: bool = option(False, "with tune: drops what is kept for this adapter", form=False)
    page: bool = option(
        False,
        "in a headless Chromium, where a page can; tune keeps nothing then",
        form=False,
    )

    @property
    def names(self) -> list[str]:
        """Those of `only`."""
        return [name.strip() for name in (self.only or "").split(",") if name.strip()]


def run(given: Given) -> Outcome:
    """The `bench` command."""
    what, options = given.inputs["what"], given.options
    if what == "tune":
        return _forget(given) if options.forget and not options.page else _tune(given)
    if options.forget:
        raise ValueError("--forget belongs to `bench tune`")
    for name in ("rows", "workers"):
        if getattr(options, name) and (what != "scale" or options.page):
            raise ValueError(f"--{name} belongs to `bench scale`, on the desktop")
    if options.rows and options.workers:
        raise ValueError("--rows and --workers are two measurements; give one of them")
    if what == "load" and options.page:
        from .browser import load as in_page

        rows = in_page.rows(given.screen.line, given.device, options.quick)
    elif what == "page" or options.page:
        rows = _page(given)
    elif options.rows:
        from .large import rows as in_files

        given.take_device()
        rows = list(in_files(options.rows))
    elif options.workers:
        from .machines import rows as over_ray

        given.take_device()
        rows = list(over_ray(options.workers, options.quick))
    elif what == "boot":
        from .browser import boot

        rows = boot.rows(given.screen.line)
    elif what == "load":
        from . import load

        given.take_device()
        rows = list(load.rows(given.screen.line, given.device, options.quick))
    elif what == "floor":
        rows = _floor(given)
    elif options.peers or (options.only and what != "ops"):
        raise ValueError(
            "--peers and --only are for pages, --only for tune, floor and ops too; natively peers"
            " are taken where installed"
        )
    else:
        from .subjects import bench

        given.take_device()
        subjects = (what,) if what else NATIVE
        rows = list(bench(subjects, given.screen.progress, options.quick, options.names))
    _show(given, rows)
    return Outcome(rows)


def _show(given: Given, rows: Sequence[Any]) -> None:
    if not rows:  # only one subject can be without any
        given.screen.line(
            "nothing was measured: this adapter has no 16-bit floats (shader-f16)", "warning"
        )

    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.3g}"

    lines = [
        (
            row["work"],
            number(row["ours_ms"]),
            row["peer"],
            number(row["peer_ms"]),
            number(row["ratio"]),
            row["note"],
        )
        for row in rows
    ]
    columns = ["work", "ours, ms", "peer", "peer, ms", "ratio", "note"]
    given.screen.table(columns, lines, right=[1, 3, 4])
    given.screen.line("ratio: how many times faster we are than the peer (below 1: slower)")


def _page(given: Given) -> list[Any]:
    from .browser import page

    what, options = given.inputs["what"], given.options
    only = options.names or page.BENCHES
    if what not in (None, "page"):
        if what not in page.BENCHES:
            raise ValueError(
                f"`bench {what}` does not run in a page; `bench --page --only NAME` has"
                f" {', '.join(page.BENCHES)}"
            )
        if options.only:
            raise ValueError(
                f"`bench {what} --page` times {what} only; leave out --only, or the {what}"
            )
        only = [what]
    rows = page.rows(options.peers, only, given.device, given.screen.line)
    if rows:
        given.screen.line(f"device: {rows[0]['adapter']}, in a headless Chromium")
    return list(rows)


def _floor(given: Given) -> list[Any]:
    from . import floor
    from .works import chosen

    only = chosen(given.options.names)
    given.take_device()
    best = run_sync(floor.measure(_until_done))
    given.screen.line(
        f"at best: {best.bandwidth / 1e9:,.4g} GB/s, {best.flops / 1e9:,.4g} GFLOP/s,"
        f" {1e6 * best.launch:.3g} us per launch; plan.summary() tells floors from now on"
    )
    return list(floor.rows(best, only, given.options.quick))


def _forget(given: Given) -> Outcome:
    given.take_device()
    there = measured.forget(get_device().adapter)
    reload()
    given.screen.line("forgotten" if there else "nothing was kept for this adapter")
    return Outcome()


def _tune(given: Given) -> Outcome:
    options, screen = given.options, given.screen
    rows: list[Any]
    if options.page:
        from .browser.page import tuned

        rows = list[Any](tuned(options.names, options.quick, screen.progress))
        screen.line(f"device: {rows[0]['adapter'] if rows else 'none'}, in a headless Chromium")
        where = "nothing is kept; bench.html tunes one's own browser"
    else:
        from .tune import tune

        given.take_device()

        async def all_rows() -> list[Any]:
            tuning = tune(_until_done, options.names, options.quick, screen.progress)
            return [row async for row in tuning]

        rows = run_sync(all_rows())
        where = (
            f"kept: {measured.where(get_device().adapter)}; `bench tune --forget` drops it,"
            " PYWEBML_TUNED=0 ignores it"
        )
    columns, names = zip(*TUNED, strict=True)
    screen.table(columns, [[_cell(row[name]) for name in names] for row in rows], [3, 5, 6, 7])
    screen.line(where)
    return Outcome(rows)


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


async def _until_done() -> None:
    get_device().sync()


APP = App(
    name="bench",
    says=("Time this machine, against NumPy and PyTorch where installed, or a browser tab on it."),
    run=run,
    title="Time this browser",
    card="Times training steps, camera frames and matrix products on this device.",
    known_as=("benchmark", "speed", "TensorFlow.js"),
    options=BenchOptions,
    takes=(
        Takes(
            "what",
            "all but page and boot, which need a Chromium, tune, floor and load, if left out",
            choices=(*NATIVE, *OTHERS),
            optional=True,
        ),
    ),
    needs=("extractor",),
    shows=("bench matmul --json matmul.json",),
    unmeasured="times depend on the machine; tests/budget.json holds what does not",
    page=True,
)
