"""What each command does and prints: takes the parsed words and a report, runs a job,
returns the exit code.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..cli.report import Report, seconds, write_json
from ..core.precision import allow_float16_accumulation
from ..device import get_device, run_sync, set_device
from ..host.progress import Step


def main_job(words: Any, report: Report) -> int:
    """Without a command: `teach` on the sample set that comes with the package."""
    from ..data.pictures import find_pictures
    from ..data.samples import sample_folder
    from .teach import TeachOptions

    report.title(
        "Teaching a model to tell up, down, left and right apart, from hands that were drawn for it"
        " (no photos)."
    )
    folder = sample_folder()
    model = f"{folder.name}.zip"
    code = _teach(words, report, find_pictures(folder), TeachOptions(), Path(model))
    example = str(min((folder / "left").iterdir()))
    report.title("What to try next")
    report.line(
        f"  python -m pywebml predict {model} " + (f'"{example}"' if " " in example else example)
    )
    report.line(
        "  python -m pywebml teach DIR           (DIR: one folder of your own photos a class)"
    )
    report.line("  python -m pywebml classify PICTURE")
    report.line("  python -m pywebml --help")
    return code


def teach(words: Any, report: Report) -> int:
    """The `teach` command."""
    from ..data.pictures import find_pictures
    from .teach import TeachOptions

    options = TeachOptions(
        words.extractor,
        words.epochs,
        words.batch_fraction,
        words.units,
        words.learning_rate,
        words.val,
        words.seed,
        words.dtype,
    )
    out = Path(words.out or f"{Path(words.folder).resolve().name}.zip")
    _writable(out, words.json)
    code = _teach(words, report, find_pictures(words.folder), options, out)
    report.title("What to try next")
    report.line(f"  python -m pywebml predict {out} PICTURE...")
    return code


def _teach(words: Any, report: Report, found: Any, options: Any, out: Path) -> int:
    """Teaches, prints how it went and saves the model. After Ctrl-C in training, keeps
    what is trained so far.
    """
    from . import teach as job

    _device(words, report)
    report.line(
        "pictures: "
        + ", ".join(f"{n} {name}" for name, n in zip(found.classes, found.counts(), strict=True))
    )
    report.line(f"extractor: {options.extractor}")
    with _ctrl_c() as asked:

        def listener(step: Step) -> None:
            report.step(step)
            if asked() and step.stage == "features":  # nothing is trained yet that could be kept
                raise KeyboardInterrupt

        taught = run_sync(job.teach(found, options, listener, asked))
        report.close()
        job.save(taught, out)
    for skipped in taught.skipped:
        report.line(f"skipped: {skipped.reason}", "yellow")
    if taught.stopped:
        report.line(
            f"stopped by Ctrl-C after {taught.steps} steps; what was trained so far is kept",
            "yellow",
        )
    held = "" if taught.val_accuracy is None else f"validation accuracy {taught.val_accuracy:.3f}, "
    report.title(f"{held}training accuracy {taught.train_accuracy:.3f}")
    if taught.val_accuracy is None:
        report.line(
            "no pictures were kept aside to test on; this is how it does on those it learnt from:"
        )
    report.confusion(taught.classes, taught.confusion)
    took = taught.seconds
    report.line(
        f"features {seconds(took['features'])}, training {seconds(took['training'])}"
        f" ({taught.steps} steps)"
    )
    report.line(f"model saved: {out}")
    _save_json(words, report, taught.summary(str(out)))
    return 130 if taught.stopped else 0


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], bool]]:
    """Turns the first Ctrl-C into a question that the job asks; the second one ends it
    at once.
    """
    pressed: list[int] = []

    def handler(number: int, frame: Any) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, handler)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def predict(words: Any, report: Report) -> int:
    """The `predict` command."""
    from .predict import predict as job

    _writable(words.json)
    _device(words, report)
    found, skipped = job(words.model, words.pictures, _progress(report), words.dtype)
    report.close()
    report.table(
        ["picture", "class", "probability"],
        [(p["picture"], p["class"], f"{p['probability']:.3f}") for p in found],
        right=[2],
    )
    return _finish(words, report, found, skipped)


def classify(words: Any, report: Report) -> int:
    """The `classify` command."""
    from .classify import classify as job

    _writable(words.json)
    _device(words, report)
    found, skipped = job(words.pictures, words.extractor, words.top, _progress(report), words.dtype)
    report.close()
    for picture in found:
        report.title(picture["picture"])
        lines = [
            (f"{c['probability']:.3f}", c["label"], f"(class {c['class']})") for c in picture["top"]
        ]
        report.table(["probability", "label", ""], lines, right=[0])
    return _finish(words, report, found, skipped)


def features(words: Any, report: Report) -> int:
    """The `features` command."""
    from .features import features as job

    _writable(words.out)
    _device(words, report)
    shape, skipped = job(words.pictures, words.extractor, words.out, _progress(report), words.dtype)
    report.close()
    report.line(f"written: {words.out}, float32 of shape {shape}")
    return _finish(words, report, None, skipped)


def check(words: Any, report: Report) -> int:
    """The `check` command."""
    from . import check as job

    _writable(words.json)
    hosts = (
        words.hosts
        or {"auto": "reference,native", "cpu": "reference", "gpu": "native"}[words.device]
    )
    rows = []
    for row, trouble in job.check(
        [h.strip() for h in hosts.split(",") if h.strip()], listener=report.step
    ):
        if not row["ok"]:
            why = trouble or f"error {row['error']:.2e}, tolerance {row['tolerance']:.2e}"
            report.line(f"MISS {row['kernel']} ({row['case']}) on {row['host']}: {why}", "red")
        rows.append(row)
    report.close()
    adapters = {row["host"]: row["adapter"] for row in rows}
    columns = ["kernel", "cases", *(c for host in adapters for c in (f"{host}: error", ""))]
    report.table(columns, job.by_kernel(rows), right=[1, *range(2, len(columns), 2)])
    for host, adapter in adapters.items():
        report.line(f"{host}: {adapter}")
    missed = sum(not row["ok"] for row in rows)
    report.line(
        f"{len(rows)} cases, {missed} outside their tolerance", "red" if missed else "green"
    )
    _save_json(words, report, rows)
    return 1 if missed or not rows else 0


def devices(words: Any, report: Report) -> int:
    """The `devices` command."""
    from .devices import devices as job

    lines = [(d.name, d.kind, d.backend, d.choice and f"--device {d.choice}") for d in job()]
    report.table(["device", "kind", "through", "taken by"], lines)
    report.line(f"--device {words.device} takes {set_device(words.device).adapter.name}")
    return 0


def models(words: Any, report: Report) -> int:
    """The `models` command; 2 where `verify` finds weights that are not the right ones."""
    from ..zoo import models_fetch, models_list, models_verify

    def progress(done: int, of: int) -> None:
        report.step(Step("fetching", done, of))

    wanted = {
        "list": lambda: models_list(words.name),
        "fetch": lambda: models_fetch(words.name, progress),
        "verify": lambda: models_verify(words.name),
    }
    rows = wanted[words.action]()
    report.close()
    for row in rows:
        report.title(row.name)
        report.line(f"  status:   {row.status}")
        report.line(f"  features: {row.features}")
        report.line(f"  from:     {row.source} ({row.licence})")
        report.line(f"  here:     {row.path}")
    wrong = words.action == "verify" and any(
        row.status != "verified" and "not there yet" not in row.status for row in rows
    )
    return 2 if wrong else 0


def page(words: Any, report: Report) -> int:
    """The `page` command."""
    from ..site.build import build

    out = Path(words.out)
    if words.action == "build" or not (out / "sw.js").is_file():
        made = build(out, report.line)
        report.title(
            f"{out}: {made['files']} files, {made['bytes'] / 1e6:.1f} MB; a first visit takes"
            f" {made['start_bytes'] / 1e6:.1f} MB"
        )
    if words.action == "serve":
        import webbrowser

        from ..site.serve import Server

        with Server(out, words.port) as server:
            report.line(f"{server.url} (Ctrl-C ends it)")
            if words.open:
                webbrowser.open(server.url)
            with contextlib.suppress(KeyboardInterrupt):
                server.serve_forever()
    return 0


def bench(words: Any, report: Report) -> int:
    """The `bench` command."""
    from . import bench as job

    _writable(words.json)
    if words.what == "tune":
        return _bench_tune(words, report)
    if words.forget:
        raise ValueError("--forget belongs to `bench tune`")
    if words.what == "page" or words.page:
        rows = _bench_page(words, report)
    elif words.what == "boot":
        from .bench import boot

        rows = boot.rows(report.line)
    elif words.what == "floor":
        rows = _bench_floor(words, report)
    elif words.peers or words.only:
        raise ValueError(
            "--peers and --only are for pages, --only for tune and floor too; natively peers are"
            " taken where installed"
        )
    else:
        _device(words, report)
        rows = list(
            job.bench(
                (words.what,) if words.what else tuple(job.SUBJECTS), report.step, words.quick
            )
        )
    report.close()
    if not rows:  # only one subject can be without any
        report.line(
            "nothing was measured: this adapter has no 16-bit floats (shader-f16)", "yellow"
        )

    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.3g}"

    lines = [
        (
            r["work"],
            number(r["ours_ms"]),
            r["peer"],
            number(r["peer_ms"]),
            number(r["ratio"]),
            r["note"],
        )
        for r in rows
    ]
    report.table(["work", "ours, ms", "peer", "peer, ms", "ratio", "note"], lines, right=[1, 3, 4])
    report.line("ratio: how many times faster we are than the peer (below 1: slower)")
    _save_json(words, report, rows)
    return 0


def _bench_tune(words: Any, report: Report) -> int:
    from ..core.choices import reload
    from ..device import measured

    if words.page:
        from .bench.page import tuned

        rows = tuned(_only(words), words.quick, report.step)
        report.close()
        report.line(f"device: {rows[0]['adapter'] if rows else 'none'}, in a headless Chromium")
        return _tuned(words, report, rows, "nothing is kept; bench.html tunes one's own browser")
    _device(words, report)
    adapter = get_device().adapter
    if words.forget:
        report.line(
            "forgotten" if measured.forget(adapter) else "nothing was kept for this adapter"
        )
        reload()
        return 0
    from .bench.tune import tune

    async def run() -> list[Any]:
        return [row async for row in tune(_until_done, _only(words), words.quick, report.step)]

    rows = run_sync(run())
    report.close()
    return _tuned(
        words,
        report,
        rows,
        f"kept: {measured.where(adapter)}; `bench tune --forget` drops it, PYWEBML_TUNED=0"
        " ignores it",
    )


def _tuned(words: Any, report: Report, rows: list[Any], where: str) -> int:
    def cell(value: Any) -> str:
        return (
            f"{value:.3g}"
            if isinstance(value, float) and value < 1000
            else f"{value:,.0f}"
            if isinstance(value, float)
            else str(value)
        )

    names = ("choice", "shape", "default", "default_ms", "best", "best_ms", "gain", "gflops")
    columns = ["choice", "shapes like", "default", "ms", "best", "ms", "gain", "GFLOP/s"]
    report.table(columns, [[cell(row[name]) for name in names] for row in rows], right=[3, 5, 6, 7])
    report.line(where)
    _save_json(words, report, rows)
    return 0


def _bench_floor(words: Any, report: Report) -> list[Any]:
    from .bench import floor
    from .bench.works import chosen

    only = chosen(_only(words))
    _device(words, report)
    best = run_sync(floor.measure(_until_done))
    report.line(
        f"at best: {best.bandwidth / 1e9:,.4g} GB/s, {best.flops / 1e9:,.4g} GFLOP/s,"
        f" {1e6 * best.launch:.3g} us a launch; plan.summary() tells floors from now on"
    )
    return list(floor.rows(best, only, words.quick))


async def _until_done() -> None:
    get_device().sync()


def _only(words: Any) -> list[str]:
    return [name.strip() for name in (words.only or "").split(",") if name.strip()]


def _bench_page(words: Any, report: Report) -> list[Any]:
    from .bench import page

    only = _only(words) or page.BENCHES
    if words.what not in (None, "page"):
        if words.what not in page.BENCHES:
            raise ValueError(
                f"`bench {words.what}` does not run in a page; `bench --page --only NAME` has"
                f" {', '.join(page.BENCHES)}"
            )
        if words.only:
            raise ValueError(
                f"`bench {words.what} --page` times {words.what} only; leave out --only, or the"
                f" {words.what}"
            )
        only = [words.what]
    rows = page.rows(words.peers, only, words.device, report.line)
    if rows:
        report.line(f"device: {rows[0]['adapter']}, in a headless Chromium")
    return rows


def _device(words: Any, report: Report) -> None:
    """Takes the device and the sums the user asked for, and says which device it is."""
    half_sums = getattr(words, "sums", "float32") == "float16"
    if half_sums and words.dtype != "float16":
        raise ValueError(
            f"--sums float16 is for networks in float16, got --dtype {words.dtype}; add --dtype"
            " float16"
        )
    allow_float16_accumulation(half_sums)
    adapter = set_device(words.device).adapter
    if adapter.language == "numpy":
        report.line(f"device: CPU, {adapter.name}")
    else:
        report.line(
            f"device: GPU, {adapter.name} through"
            f" {adapter.backend}{' (software, slow)' if adapter.software else ''}"
        )


def _progress(report: Report) -> Callable[[int, int], None]:
    return lambda done, of: report.step(Step("pictures", done, of)) if of > 16 else None


def _finish(words: Any, report: Report, found: Any, skipped: Sequence[Any]) -> int:
    """Names what was skipped and writes the JSON; 2 where a picture that was asked for
    could not be read.
    """
    for one in skipped:
        print(f"pywebml: {one.reason}; skipped", file=sys.stderr)
    _save_json(words, report, found)
    return 2 if skipped else 0


def _writable(*paths: str | Path | None) -> None:
    """Better to hear of a missing folder now than after minutes of work."""
    for path in paths:
        if path and not Path(path).resolve().parent.is_dir():
            raise FileNotFoundError(
                f"there is no folder {Path(path).resolve().parent} to write {Path(path).name} into;"
                " make it first"
            )


def _save_json(words: Any, report: Report, value: Any) -> None:
    path = getattr(words, "json", None)
    if path:
        write_json(path, value)
        report.line(f"written: {path}")
