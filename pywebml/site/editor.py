"""The editor of the Python page: CodeMirror 6 from npm, as plain ES modules without a
bundler.

Every package of CodeMirror is one module. They import each other by package name, which
browsers don't resolve; so each is stored as vendor/NAME.js and the names in its imports
become relative paths.
"""

from __future__ import annotations

import re

from ..host.packages import files_of
from ..host.supplies import supply

LICENCE = "LICENSE"
MADE_OF = (
    "@codemirror/autocomplete", "@codemirror/commands", "@codemirror/lang-python",
    "@codemirror/language", "@codemirror/state", "@codemirror/streamparser", "@codemirror/view",
    "@lezer/common", "@lezer/highlight", "@lezer/lr", "@lezer/python",
    "@marijn/find-cluster-break", "crelt", "style-mod", "w3c-keyname",
)  # fmt: skip
_IMPORT = re.compile(r"""\b(from|import)(\s*)(['"])(@?[\w./-]+)\3""")


def editor_files() -> dict[str, bytes]:
    """{path in the app's folder: content}: the modules, and their licence (MIT, all by
    the same author).

    Downloads them on first use, verified. ConnectionError where that fails.
    """
    files = {}
    for package in map(supply, MADE_OF):
        folder = files_of(package)
        for path in package.files:
            data = (folder / path).read_bytes()
            if path == LICENCE:
                files["vendor/LICENSE.txt"] = data
            else:
                files[f"vendor/{file_name(package.name)}"] = resolve_imports(data.decode()).encode()
    return files


def resolve_imports(source: str) -> str:
    """The module with the names of MADE_OF in its imports made relative."""

    def relative(match: re.Match[str]) -> str:
        word, space, quote, name = match.groups()
        return f"{word}{space}{quote}./{file_name(name)}{quote}" if name in MADE_OF else match[0]

    return _IMPORT.sub(relative, source)


def file_name(package: str) -> str:
    """'@codemirror/state' -> 'codemirror-state.js'."""
    return package.removeprefix("@").replace("/", "-") + ".js"
