"""Tables of names for those who come from elsewhere: TensorFlow.js's ops, from the list
that its npm package is held against, after what people wrote in docs/coming-from/.
"""

from __future__ import annotations

import re

from tools.tensorflow_ops import NAMES, absent, ours

OPS = "coming-from/tensorflowjs-ops.md"


def pages() -> dict[str, str]:
    """{file: Markdown}."""
    rows = [f"| `tf.{name}` | `pw.{there}` |" for name in NAMES if (there := ours(name))]
    missing = [f"| `tf.{name}` | {reason} |" for name, reason in absent().items()]
    return {
        OPS: "\n".join(
            [
                "# TensorFlow.js's ops, one by one",
                "",
                "Every op of TensorFlow.js 4.22 and what it is called here; a test holds the",
                "left side against the npm package, and the right side against `pywebml`.",
                "",
                "| TensorFlow.js | here |",
                "|---|---|",
                *rows,
                "",
                "## What is not here",
                "",
                "| TensorFlow.js | why |",
                "|---|---|",
                *missing,
                "",
            ]
        )
    }


ROW = re.compile(r"^\| (.+?) \| (.+?) \|", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"(?:pw|np|pywebml|keras)(?:\.\w+)+")


def said(markdown: str) -> list[tuple[list[str], list[str]]]:
    """(names there, names here) of each row of a page's tables."""
    rows = []
    for left, right in ROW.findall(markdown):
        here = [name for code in CODE.findall(right) for name in NAME.findall(code)]
        rows.append((CODE.findall(left), here))
    return [row for row in rows if row[0]]
