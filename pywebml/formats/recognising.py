"""What a file is that nothing here reads: told by its names and first bytes, and what
to do with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

SavedAs = Callable[[set[str], bytes], bool]
_CONVERT = (
    "save the model with Keras 2 as .h5, or convert it with `tensorflowjs_converter` into a"
    " TensorFlow.js layers model"
)


def _starts(*beginnings: bytes) -> SavedAs:
    return lambda names, start: start.lstrip().lower().startswith(beginnings)


def _has(*wanted_names: str) -> SavedAs:
    return lambda names, start: all(name in names for name in wanted_names)


def _ends(*endings: str) -> SavedAs:
    return lambda names, start: any(name.endswith(endings) for name in names)


KINDS: tuple[tuple[SavedAs, str], ...] = (
    (lambda names, start: not names and not start, "empty; is the file whole?"),
    (_has("project.json"), "a project of the Teach page; open it there, or give it to `predict`"),
    (
        lambda names, start: "manifest.json" in names and any("-!-" in name for name in names),
        "a project of Teachable Machine, which has pictures and no model; give it to `teach`, or"
        " drop it on the Teach page",
    ),
    (_has("saved_model.pb"), f"a SavedModel of TensorFlow; {_CONVERT}"),
    (
        lambda names, start: start[4:8] == b"TFL3" or _ends(".tflite")(names, start),
        "a TensorFlow Lite model, which has no layers any more; export the model for TensorFlow.js"
        " or Keras instead (in Teachable Machine: Export Model, TensorFlow.js, Download; or"
        " Tensorflow, Keras)",
    ),
    (_starts(b"version https://git-lfs"), "a pointer of Git LFS, not the file; run: git lfs pull"),
    (_starts(b"<!doctype html", b"<html"), "a web page, not a model; was it a download's page?"),
    (_starts(b"\xff\xd8\xff", b"\x89png", b"gif8", b"riff"), "a picture, not a model"),
    (
        _starts(b"\x1f\x8b", b"7z\xbc\xaf", b"rar!", b"bzh", b"\xfd7zxz"),
        "packed in another way than zip; unpack it first",
    ),
    (_starts(b"\x93numpy"), "an array of NumPy, not a model"),
    (_starts(b"gguf"), "a GGUF model, which is not read here"),
    (_starts(b"\x80"), "a pickle that is no state dict of PyTorch; pickles are not run here"),
)
"""(whether it is that, in words what it is and what to do)"""


def recognised(names: Iterable[str], start: bytes = b"") -> str:
    """What files of these names are, the first or only one beginning so; "" where
    nobody knows.

    Example:
        >>> recognised(["x.h5"], b"<!DOCTYPE html>")
        "a web page, not a model; was it a download's page?"
        >>> recognised(["hello.txt"], b"hello")
        ''
    """
    last = {name.rsplit("/", 1)[-1] for name in names}
    return next((words for is_that, words in KINDS if is_that(last, start)), "")


def told(path: str | Path, names: Iterable[str], start: bytes, expected: str) -> str:
    """The sentence of an error about a file that is not `expected`."""
    what = recognised(names, start)
    return f"{path} is {what}" if what else f"{path} is not {expected}"
