"""Python programs as HTML, with a class for each kind of word; components.css has their
colours. The build does it, by Python's own tokenizer: pages need no script for it.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator
from html import escape

Place = tuple[int, int]
"""Row, from 1 on, and column, from 0 on."""
KINDS = {tokenize.COMMENT: "comment", tokenize.STRING: "string", tokenize.NUMBER: "number"}
NAMING = ("def", "class")
"""Words that a name follows which is defined there."""


def highlighted(source: str) -> str:
    """The program with `<span class="py-KIND">` around its words: "keyword", "name"
    (where a function or class is defined), "string", "number" and "comment".
    SyntaxError where it is no Python.

    Example:
        >>> highlighted("x = 1 < 2")
        'x = <span class="py-number">1</span> &lt; <span class="py-number">2</span>'
    """
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    parts, end = [], 0
    for kind, (row, column), (last_row, last_column) in _words(source):
        start, stop = starts[row - 1] + column, starts[last_row - 1] + last_column
        parts += [escape(source[end:start], quote=False), f'<span class="py-{kind}">']
        parts += [escape(source[start:stop], quote=False), "</span>"]
        end = stop
    return "".join([*parts, escape(source[end:], quote=False)])


def _words(source: str) -> Iterator[tuple[str, Place, Place]]:
    """What is to be coloured: its kind, its start and its end."""
    before, begun = "", []  # the word before, and where f-strings that are open began
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]  # f-strings are words of their own since 3.12
        if kind == "FSTRING_START":
            begun.append(token.start)
        elif kind == "FSTRING_END":
            start = begun.pop()
            if not begun:
                yield "string", start, token.end
        elif begun:
            continue
        elif token.type in KINDS:
            yield KINDS[token.type], token.start, token.end
        elif keyword.iskeyword(token.string):
            yield "keyword", token.start, token.end
        elif before in NAMING:
            yield "name", token.start, token.end
        before = token.string
