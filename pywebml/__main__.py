"""The command line: `python -m pywebml`. Parses words, calls a job in apps/, prints what it reports."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

EXTRACTOR = "efficientnet_lite0"


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line, like everything else here."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"pywebml: {message}; see `{self.prog} --help`\n")


def build_parser() -> Parser:
    parser = Parser(
        prog="python -m pywebml",
        description="Teach, run and inspect models on the GPU. Without a command: teaches a small model on the sample set of drawn arrows.",
        epilog="example: python -m pywebml teach photos",
    )
    parser.add_argument("--device", choices=("auto", "gpu", "cpu"), default="auto", help="auto takes a real GPU, else the CPU")
    parser.set_defaults(job=main_job)
    words = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)

    def command(name: str, job: Any, text: str, example: str, json: bool = False) -> Parser:
        sub = words.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=f"example: python -m pywebml {example}")
        sub.add_argument("--device", choices=("auto", "gpu", "cpu"), default=argparse.SUPPRESS, help="auto takes a real GPU, else the CPU")
        if json:
            sub.add_argument("--json", metavar="FILE", help="write the results there as well")
        sub.set_defaults(job=job)
        return sub

    extractor = dict(metavar="NAME|FOLDER", default=EXTRACTOR, help="a network of `models list`, or a folder with a model.json")

    sub = command("teach", teach, "teach a model to tell your pictures apart", "teach photos --out hands.zip --json hands.json", json=True)
    sub.add_argument("folder", metavar="DIR", help="a folder with one folder of pictures a class")
    sub.add_argument("--extractor", **extractor)
    sub.add_argument("--epochs", type=whole, default=20, help="how often every picture is seen (20)")
    sub.add_argument("--batch-fraction", type=share, default=0.4, help="pictures a step, as a fraction of all (0.4)")
    sub.add_argument("--units", type=whole, default=100, help="size of the hidden layer (100)")
    sub.add_argument("--learning-rate", type=positive, default=None, metavar="X", help="defaults to what suits the extractor")
    sub.add_argument("--val", type=share, default=0.2, help="fraction of every class kept aside to test on (0.2)")
    sub.add_argument("--seed", type=int, default=0, help="the same seed gives the same split and start (0)")
    sub.add_argument("--out", metavar="MODEL", default=None, help="where the model goes (DIR's name + .zip, in this folder)")

    sub = command("predict", predict, "say what pictures show, by a taught model", "predict photos.zip new.jpg", json=True)
    sub.add_argument("model", metavar="MODEL", help="what `teach` saved")
    sub.add_argument("pictures", metavar="PICTURE", nargs="+")

    sub = command("classify", classify, "say which of ImageNet's 1,000 classes pictures show", "classify cat.jpg --top 3", json=True)
    sub.add_argument("pictures", metavar="PICTURE", nargs="+")
    sub.add_argument("--extractor", **extractor)
    sub.add_argument("--top", type=whole, default=5, help="how many classes to name (5)")

    sub = command("features", features, "write the features of pictures to a NumPy file", "features cat.jpg --extractor efficientnet_lite0 --out cat.npy")
    sub.add_argument("pictures", metavar="PICTURE", nargs="+")
    sub.add_argument("--extractor", required=True, metavar="NAME|FOLDER", help=extractor["help"])
    sub.add_argument("--out", required=True, metavar="FILE.npy", help="float32, one row a picture")

    sub = command("check", check, "run every kernel's sample cases and compare with float64", "check --hosts reference,native", json=True)
    sub.add_argument("--hosts", default="reference,native", help="reference (NumPy), native (the GPU, software too)")

    command("devices", devices, "list what this machine can compute on", "devices")

    sub = command("models", models, "list, fetch or verify the pretrained networks", "models verify")
    sub.add_argument("action", nargs="?", choices=("list", "fetch", "verify"), default="list")

    sub = command("bench", bench, "time this machine, against NumPy and PyTorch where installed", "bench matmul --json matmul.json", json=True)
    sub.add_argument("what", nargs="?", choices=("head", "frame", "matmul", "memory"), default=None, help="all of them, if left out")
    return parser


def whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number from 1 up")
    return value


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: expected a number above 0")
    return value


def share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a fraction above 0, at most 1")
    return value


# Jobs. Each takes the parsed words and a report, and returns the exit code.


def main_job(words: Any, report: Any) -> int:
    """Without a command: `teach` on the sample set that comes with the package."""
    from .apps.teach import TeachOptions
    from .data import find_pictures, sample_folder

    report.title("Teaching a model to tell up, down, left and right apart, from hands that were drawn for it (no photos).")
    with sample_folder() as folder:
        _teach(words, report, find_pictures(folder), TeachOptions(), Path(f"{folder.name}.zip"))
        picture = next((folder / "left").iterdir())
        report.title("What to try next")
        report.line(f"  python -m pywebml predict {folder.name}.zip {picture}")
    report.line("  python -m pywebml teach DIR       (a folder with one folder of your own photos a class)")
    report.line("  python -m pywebml classify PICTURE")
    report.line("  python -m pywebml --help")
    return 0


def teach(words: Any, report: Any) -> int:
    """The `teach` command."""
    from .apps.teach import TeachOptions
    from .data import find_pictures

    options = TeachOptions(words.extractor, words.epochs, words.batch_fraction, words.units, words.learning_rate, words.val, words.seed)
    folder = Path(words.folder)
    out = Path(words.out) if words.out else Path(f"{folder.resolve().name}.zip")
    code = _teach(words, report, find_pictures(folder), options, out, words.json)
    report.title("What to try next")
    report.line(f"  python -m pywebml predict {out} PICTURE...")
    return code


def _teach(words: Any, report: Any, found: Any, options: Any, out: Path, json: str | None = None) -> int:
    """Teaches, prints how it went and saves the model. After Ctrl-C in training, what is trained so far."""
    from .apps import teach as job
    from .apps.report import seconds
    from .device import run_sync

    _writable(out, json)
    _device(words, report)
    report.line("pictures: " + ", ".join(f"{n} {name}" for name, n in zip(found.classes, found.counts(), strict=True)))
    report.line(f"extractor: {options.extractor}")
    with _ctrl_c() as asked:

        def listener(step: Any) -> None:
            report.step(step)
            if asked() and step.stage == "features":
                raise KeyboardInterrupt

        taught = run_sync(job.teach(found, options, listener, asked))
        report.close()
        job.save(taught, out)
        for skipped in taught.skipped:
            report.line(f"skipped: {skipped.reason}", "yellow")
        if taught.stopped:
            report.line(f"stopped by Ctrl-C after {taught.epochs} of {options.epochs} epochs; what was trained so far is kept", "yellow")
        accuracy = f"training accuracy {taught.train_accuracy:.3f}"
        if taught.val_accuracy is not None:
            accuracy = f"validation accuracy {taught.val_accuracy:.3f}, {accuracy}"
        report.title(accuracy)
        report.confusion(taught.classes, taught.confusion)
        took = taught.seconds
        report.line(f"features {seconds(took['features'])}, training {seconds(took['training'])} ({taught.steps} steps)")
        report.line(f"model saved: {out}")
        _save_json(json, taught.summary(str(out)), report)
    return 130 if taught.stopped else 0


def _writable(*paths: str | Path | None) -> None:
    """Better to hear of a missing folder now than after minutes of work."""
    for path in paths:
        if path and not Path(path).resolve().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {Path(path).resolve().parent} to write {Path(path).name} to; make it first")


@contextmanager
def _ctrl_c() -> Iterator[Any]:
    """Turns the first Ctrl-C into a question that the job asks, `asked()`; the second one ends it at once."""
    pressed = []

    def handler(number: int, frame: Any) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, handler)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def predict(words: Any, report: Any) -> int:
    """The `predict` command."""
    from .apps.predict import predict as job

    _writable(words.json)
    _device(words, report)
    found, skipped = job(words.model, words.pictures, _progress(report))
    report.close()
    report.table(["picture", "class", "probability"], [(p["picture"], p["class"], f"{p['probability']:.3f}") for p in found], right=[2])
    return _finish(words, report, found, skipped)


def classify(words: Any, report: Any) -> int:
    """The `classify` command."""
    from .apps.classify import classify as job

    _writable(words.json)
    _device(words, report)
    found, skipped = job(words.pictures, words.extractor, words.top, _progress(report))
    report.close()
    for picture in found:
        report.title(picture["picture"])
        report.table(["probability", "class", "number"], [(f"{c['probability']:.3f}", c["label"], c["class"]) for c in picture["top"]], right=[0, 2])
    return _finish(words, report, found, skipped)


def features(words: Any, report: Any) -> int:
    """The `features` command."""
    from .apps.features import features as job

    _writable(words.out)
    _device(words, report)
    shape, skipped = job(words.pictures, words.extractor, words.out, _progress(report))
    report.close()
    report.line(f"written: {words.out}, float32 {shape}")
    return _finish(words, report, None, skipped)


def _progress(report: Any) -> Any:
    from .apps.report import Step

    return lambda done, of: report.step(Step("pictures", done, of)) if of > 16 else None


def _finish(words: Any, report: Any, found: Any, skipped: Sequence[Any]) -> int:
    """Names what was skipped and writes the JSON; 2 where a picture that was asked for could not be read."""
    for one in skipped:
        print(f"pywebml: {one.reason}; skipped", file=sys.stderr)
    _save_json(getattr(words, "json", None), found, report)
    return 2 if skipped else 0


def check(words: Any, report: Any) -> int:
    """The `check` command."""
    from .apps import check as job

    rows = []
    for row, trouble in job.check([h.strip() for h in words.hosts.split(",") if h.strip()], listener=report.step):
        if not row["ok"]:
            report.line(f"MISS {row['kernel']} ({row['case']}) on {row['host']}: {trouble or _gap(row)}", "red")
        rows.append(row)
    report.close()
    hosts = list(dict.fromkeys(row["host"] for row in rows))
    report.table(["kernel", "cases", *(c for h in hosts for c in (f"{h} error", ""))], job.by_kernel(rows), right=[1, *range(2, 2 + 2 * len(hosts), 2)])
    missed = [row for row in rows if not row["ok"]]
    for host in hosts:
        report.line(f"{host}: {next(r['adapter'] for r in rows if r['host'] == host)}")
    report.line(f"{len(rows)} cases, {len(missed)} outside their tolerance", "red" if missed else "green")
    _save_json(words.json, rows, report)
    return 1 if missed or not rows else 0


def _gap(row: Any) -> str:
    return f"error {row['error']:.2e}, tolerance {row['tolerance']:.2e}"


def devices(words: Any, report: Any) -> int:
    """The `devices` command."""
    from .apps.devices import auto
    from .apps.devices import devices as job

    report.table(["device", "kind", "through", "taken by"], [(d.name, d.kind, d.backend, d.choice and f"--device {d.choice}") for d in job()])
    report.line(f"--device auto takes {auto()}")
    return 0


def bench(words: Any, report: Any) -> int:
    """The `bench` command."""
    from .apps import bench as job

    _device(words, report)
    rows = list(job.bench((words.what,) if words.what else tuple(job.SUBJECTS), report.step))
    report.close()
    number = "{:.3g}".format
    cells = [
        (r["work"], number(r["ours_ms"]), r["peer"], "" if r["peer_ms"] is None else number(r["peer_ms"]), "" if r["ratio"] is None else number(r["ratio"]), r["note"])
        for r in rows
    ]
    report.table(["work", "ours, ms", "peer", "peer, ms", "ratio", "note"], cells, right=[1, 3, 4])
    report.line("ratio: how many times faster we are than the peer (below 1: slower)")
    _save_json(words.json, rows, report)
    return 0


def _device(words: Any, report: Any) -> Any:
    """Takes the device the user asked for, and says which it is."""
    from .device import set_device

    device = set_device(words.device)
    kind = "GPU" if device.adapter.language == "wgsl" else "CPU"
    soft = ", in software" if device.adapter.software and kind == "GPU" else ""
    report.line(f"device: {kind}, {device.adapter.name}{soft}")
    return device


def _save_json(path: str | None, value: Any, report: Any) -> None:
    from .apps.report import write_json

    if path:
        write_json(path, value)
        report.line(f"written: {path}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code: 0, 1 for check's misses, 2 for an error, 130 after Ctrl-C."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # without it, Linux's graphics libraries print errors of their own
    words = build_parser().parse_args(arguments)
    from .apps.report import Report

    report = Report()
    try:
        return int(words.job(words, report))
    except KeyboardInterrupt:
        report.close()
        print("pywebml: stopped by Ctrl-C; nothing was saved", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader went away, as in `| head`
        sys.stdout = None  # type: ignore[assignment]
        return 0
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        if os.environ.get("PYWEBML_DEBUG") == "1":
            raise
        report.close()
        print(f"pywebml: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
