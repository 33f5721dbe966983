"""The blocks of code in Markdown, and what is to become of them.

    ```python            runs in the tests, and by a button on the site
    ```sh                its commands run, in a folder with the files that they name
    ```js                runs, in a browser or in Node
    ```text, json, html  is shown

A comment on the line before a block says what is different, and why:

    <!-- not in the tab: it reads files -->   runs in the tests alone
    <!-- not run: it needs a camera -->       is shown
    <!-- not run, `npm ci`: it installs -->   of its commands, this one is only read;
                                              there may be several such lines
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"^( *)(`{3,})\s*(?:\{ *\.)?(\w*)")
MARK = re.compile(r"^ *<!-- (not in the tab|not run): (.+) -->$")
COMMAND = re.compile(r"^ *<!-- not run, `(.+)`: (.+) -->$")
PYTHON = "python"


@dataclass(frozen=True)
class Block:
    """A block: `line` is the number of its first line, from 1."""

    language: str
    text: str
    line: int
    mark: str = ""
    reason: str = ""
    not_run: tuple[str, ...] = ()  # commands


def blocks(markdown: str) -> Iterator[Block]:
    """All fenced blocks of a text, in their order."""
    lines = markdown.splitlines()
    at = 0
    while at < len(lines):
        opening = FENCE.match(lines[at])
        if opening is None:
            at += 1
            continue
        end = closing(lines, at, opening)
        not_run = tuple(commands_above(lines, at))
        above = at - 1 - len(not_run)
        mark = MARK.match(lines[above]) if above >= 0 else None
        indent = len(opening[1])
        text = "\n".join(line[indent:] for line in lines[at + 1 : end]) + "\n"
        said, why = mark.groups() if mark else ("", "")
        yield Block(opening[3], text, at + 2, said, why, not_run)
        at = end + 1


def commands_above(lines: list[str], at: int) -> Iterator[str]:
    """Those that the comments right above line `at` say do not run."""
    while at > 0 and (comment := COMMAND.match(lines[at - 1])):
        yield comment[1]
        at -= 1


def closing(lines: list[str], at: int, opening: re.Match[str]) -> int:
    """The number of the line that ends the block which begins at `at`."""
    fence = opening[1] + opening[2]
    rest = range(at + 1, len(lines))
    return next((i for i in rest if lines[i].rstrip() == fence), len(lines))


def runnable(markdown: str) -> str:
    """The text whose blocks of Python have the class that run.js looks for."""
    lines = markdown.splitlines()
    for block in blocks(markdown):
        if block.language == PYTHON and not block.mark:
            fence = lines[block.line - 2]
            kind = "pycon" if block.text.startswith(">>> ") else PYTHON
            indent = fence[: len(fence) - len(fence.lstrip())]
            lines[block.line - 2] = f"{indent}``` {{ .{kind} .run }}"
    return "\n".join(lines) + "\n"
