"""Docstrings as Markdown: what griffe, which reads them for mkdocstrings, hands on.

Ours are plain text. So brackets and stars stand for themselves, words such as "Shapes:"
begin a line of their own, and examples become blocks of code that the page can run.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

EXAMPLE = re.compile(r"^ *Examples?: *$")
LABEL = re.compile(r"^([A-Z][a-z]+(?: [a-z]+)?): (?=\S)")  # Shapes: [batch, ...] -> [batch]
CODE = re.compile(r"(`+[^`]*`+)")
SPECIAL = re.compile(r"([\[\]*])")


class Docstrings(Extension):
    """The extension, by which mkdocs.yml names this file."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(text: str) -> str:
    """A docstring as Markdown.

    Example:
        >>> print(markdown("x[0] * 2."))
        x\\[0\\] \\* 2.
    """
    lines: list[str] = []
    rest = text.splitlines()
    while rest:
        if EXAMPLE.match(rest[0]):
            indent = depth(rest.pop(0))
            inner = f"{' ' * indent} "
            block = taken(
                rest, lambda line, inner=inner: not line.strip() or line.startswith(inner)
            )
            lines += ["", *markdown("\n".join(dedented(block))).splitlines(), ""]
        elif rest[0].lstrip().startswith(">>> "):
            pad = " " * depth(rest[0])
            lines += ["", *(pad + line for line in fence(example(rest))), ""]
        else:
            lines.append(plain(rest.pop(0), lines))
    return "\n".join(lines)


def example(rest: list[str]) -> list[str]:
    """Takes a session from the front: to the last output of its last prompt."""
    indent = depth(rest[0])
    lines: list[str] = []
    while rest and rest[0].lstrip().startswith(">>> "):
        lines += taken(rest, lambda line: bool(line.strip()))
        blanks = taken(rest, lambda line: not line.strip())
        if rest and rest[0].startswith(" " * indent + ">>> "):
            lines += blanks
    return dedented(lines)


def fence(lines: list[str]) -> list[str]:
    return ["``` { .pycon .run }", *lines, "```"]


def plain(line: str, before: list[str]) -> str:
    """A line of prose in which nothing but code is markup."""
    bullet = re.match(r" *[*-] ", line)
    start = bullet.group() if bullet else ""
    parts = CODE.split(line[len(start) :])
    parts[::2] = [SPECIAL.sub(r"\\\1", part.replace("<", "&lt;")) for part in parts[::2]]
    label = LABEL.match(line)
    breaks = "\n" if label and before and before[-1].strip() else ""
    return breaks + start + "".join(parts)


def taken(rest: list[str], wanted: Any) -> list[str]:
    """The lines at the front for which `wanted` is true; they are gone from `rest`."""
    count = next((i for i, line in enumerate(rest) if not wanted(line)), len(rest))
    lines, rest[:] = rest[:count], rest[count:]
    return lines


def dedented(lines: list[str]) -> list[str]:
    pads = [depth(line) for line in lines if line.strip()]
    return [line[min(pads, default=0) :] for line in lines]


def depth(line: str) -> int:
    return len(line) - len(line.lstrip())
