"""The command line: `python -m pywebml`. Parses words and calls apps/commands.py, which
runs the jobs and prints.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .host import settings

EXTRACTOR = "efficientnet_lite0"
COMMANDS = {  # name: (what it does, an example)
    "teach": ("teach a model to tell your pictures apart", "teach photos --out hands.zip"),
    "predict": ("say what pictures show, by a taught model", "predict hands.zip new.jpg"),
    "classify": ("say which of ImageNet's 1,000 classes pictures show", "classify cat.jpg --top 3"),
    "features": (
        "write the features of pictures to a NumPy file",
        "features cat.jpg --extractor efficientnet_lite0 --out cat.npy",
    ),
    "check": (
        "run every kernel's sample cases and compare with float64",
        "check --hosts reference,native --json check.json",
    ),
    "devices": ("list what this machine can compute on", "devices"),
    "models": ("list, fetch or verify the pretrained networks", "models verify"),
    "bench": (
        "time this machine, against NumPy and PyTorch where installed, or a browser tab on it",
        "bench matmul --json matmul.json",
    ),
    "page": ("build the page that teaches in a browser tab, and serve it", "page serve --open"),
}


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line, like everything else here."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"pywebml: {' '.join(message.split())}; see `{self.prog} --help`\n")


def build_parser() -> Parser:
    from .apps import commands

    parser = Parser(
        prog="python -m pywebml",
        description=(
            "Teach, run and inspect models on the GPU. Without a command: teaches a model on the"
            " sample set of drawn hands."
        ),
        epilog="example: python -m pywebml teach photos",
    )
    device: dict[str, Any] = {
        "choices": ("auto", "gpu", "cpu"),
        "help": "auto (the default) takes a real GPU, else the CPU",
    }
    parser.add_argument("--device", default="auto", **device)
    parser.set_defaults(job=commands.main_job)
    words = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    sub: dict[str, Parser] = {}
    for name, (text, example) in COMMANDS.items():
        about = text[0].upper() + text[1:] + "."
        sub[name] = words.add_parser(
            name, help=text, description=about, epilog=f"example: python -m pywebml {example}"
        )
        sub[name].add_argument("--device", default=argparse.SUPPRESS, **device)
        sub[name].set_defaults(job=getattr(commands, name))
    for name in ("teach", "predict", "classify", "check", "bench"):
        sub[name].add_argument("--json", metavar="FILE", help="write the results there as well")
    for name in ("predict", "classify", "features"):
        if name == "predict":
            sub[name].add_argument("model", metavar="MODEL", help="what `teach` saved")
        sub[name].add_argument(
            "pictures", metavar="PICTURE", nargs="+", help="png, jpg, webp, bmp or gif"
        )
    for name in ("teach", "classify", "features"):
        about = "one of `models list`, or a folder with a model.json"
        sub[name].add_argument(
            "--extractor",
            metavar="NAME|FOLDER",
            required=name == "features",
            default=EXTRACTOR,
            help=about,
        )

    floats: dict[str, Any] = {"choices": ("float32", "float16"), "default": "float32"}
    for name in ("teach", "predict", "classify", "features"):
        about = "what the network computes on; float16 takes half the memory (float32)"
        sub[name].add_argument("--dtype", help=about, **floats)
        about = (
            "what its float16 products may add up in; float16 is less exact, and faster on some"
            " GPUs (float32)"
        )
        sub[name].add_argument("--sums", help=about, **floats)

    teach = sub["teach"].add_argument
    teach("folder", metavar="DIR", help="a folder with one folder of pictures a class")
    teach("--epochs", type=whole, default=20, help="how often every picture is seen (20)")
    teach(
        "--batch-fraction",
        type=share,
        default=0.4,
        help="pictures a step, as a fraction of those trained on (0.4)",
    )
    teach("--units", type=whole, default=100, help="size of the hidden layer (100)")
    teach(
        "--learning-rate", type=positive, metavar="X", help="defaults to what suits the extractor"
    )
    teach(
        "--val",
        type=part,
        default=0.2,
        help="fraction of every class that is kept aside to test on (0.2)",
    )
    teach(
        "--seed",
        type=int,
        default=0,
        help="the same seed gives the same split and the same start (0)",
    )
    teach(
        "--out", metavar="MODEL", help="where the model goes (DIR's name and .zip, in this folder)"
    )

    sub["classify"].add_argument(
        "--top", type=whole, default=5, help="how many classes to name (5)"
    )
    sub["features"].add_argument(
        "--out", required=True, metavar="FILE.npy", help="float32, one row a picture"
    )
    sub["check"].add_argument(
        "--hosts",
        metavar="HOST,...",
        help=(
            "reference (NumPy), native (the GPU, software too), page (a headless browser); the"
            " first two, if left out"
        ),
    )
    sub["models"].add_argument(
        "action", nargs="?", choices=("list", "fetch", "verify"), default="list"
    )
    sub["models"].add_argument("name", metavar="NAME", nargs="?", help="all of them, if left out")
    sub["bench"].add_argument(
        "what",
        nargs="?",
        choices=(
            "head",
            "frame",
            "convnet",
            "matmul",
            "float16",
            "conv",
            "depthwise",
            "scale",
            "memory",
            "page",
            "boot",
            "tune",
            "floor",
        ),
        help="all but page and boot, which need a Chromium, and tune and floor, if left out",
    )
    sub["bench"].add_argument(
        "--quick",
        action="store_true",
        help="with scale, memory, tune and floor: fewer sizes and repetitions",
    )
    sub["bench"].add_argument(
        "--peers",
        action="store_true",
        help="with page or --page: TensorFlow.js and ONNX Runtime Web in its tab, fetched by npm",
    )
    sub["bench"].add_argument(
        "--only",
        metavar="NAME,...",
        help=(
            "with page: some of dispatch, first, frame, head, matmul, convnet, float16; with tune,"
            " floor: works"
        ),
    )
    sub["bench"].add_argument(
        "--forget", action="store_true", help="with tune: drops what is kept for this adapter"
    )
    sub["bench"].add_argument(
        "--page",
        action="store_true",
        help="in a headless Chromium, where a page can; tune keeps nothing then",
    )
    page = sub["page"].add_argument
    page("action", choices=("build", "serve"), help="serve builds first where nothing is built yet")
    page("--out", metavar="DIR", default="page", help="the folder of the page (page)")
    page(
        "--port",
        type=port,
        default=8000,
        help="of `serve`, on 127.0.0.1; 0 takes a free one (8000)",
    )
    page("--open", action="store_true", help="open it in this machine's browser")
    return parser


def _number(
    kind: Callable[[str], float], fits: Callable[[float], bool], what: str
) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not fits(value):
            raise argparse.ArgumentTypeError(f"{text!r}; expected {what}")
        return value

    return read


whole = _number(int, lambda n: n >= 1, "a whole number from 1 up")
positive = _number(float, lambda x: 0 < x < math.inf, "a number above 0")
part = _number(float, lambda x: 0 <= x < 1, "a fraction from 0 up, below 1")
port = _number(int, lambda n: 0 <= n < 65536, "a port from 0 to 65535")
share = _number(float, lambda x: 0 < x <= 1, "a fraction above 0, at most 1")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code: 0, 1 for check's misses, 2 for an error,
    130 after Ctrl-C.
    """
    words = build_parser().parse_args(arguments)
    from .cli.report import Report

    report = Report()
    try:
        return int(words.job(words, report))
    except KeyboardInterrupt:
        report.close()
        print("pywebml: stopped by Ctrl-C; nothing was saved", file=sys.stderr)
        return 130
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        if settings.DEBUG():
            raise
        report.close()
        print(f"pywebml: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
