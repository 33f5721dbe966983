"""The editor of the Python page: CodeMirror 6 from npm, as plain ES modules without a
bundler.

Every package of CodeMirror is one module. They import each other by package name, which
browsers don't resolve; so each is stored as vendor/NAME.js and the names in its imports
become relative paths.
"""

from __future__ import annotations

import re

from ..host.packages import Package, files_of

LICENCE = "LICENSE"
PACKAGES = (
    Package(
        "@codemirror/autocomplete",
        "6.20.4",
        {"dist/index.js": "0bc143dbdc725b9cd2a550a552b4f3a8cfd057948b274eee9f0689b3eb9ad798"},
    ),
    Package(
        "@codemirror/commands",
        "6.11.1",
        {"dist/index.js": "395c41fb17d4966162e8d29106e438278123bc3a3fa1b11825debdf1523594a4"},
    ),
    Package(
        "@codemirror/lang-python",
        "6.2.1",
        {"dist/index.js": "c60274624c703cb07b471a2de503b319b222b87e140445c09ce57415130b5eca"},
    ),
    Package(
        "@codemirror/language",
        "6.13.1",
        {"dist/index.js": "3ee82597686d97904b1c0df409661c2e6386e206b9122ac309622e225a0075ff"},
    ),
    Package(
        "@codemirror/state",
        "6.7.6",
        {"dist/index.js": "cf4ffe7d177bf2c7c5da66c49be0811cc79a29e12cb658238876bbdcef12939c"},
    ),
    Package(
        "@codemirror/streamparser",
        "6.0.0",
        {"dist/index.js": "03b1109bc091c1f70e34abbd6161cd1675280a10ac5d26fffdede446076e4bb6"},
    ),
    Package(
        "@codemirror/view",
        "6.43.15",
        {
            "dist/index.js": "e1ee658a4f903317aa6a573b993b78c5552307cba4c4b838335e9ef079d82451",
            LICENCE: "05c6130cda97e7600ca91427a41e8a065efcf82365fc0293e7de80faec494c07",
        },
    ),
    Package(
        "@lezer/common",
        "1.5.5",
        {"dist/index.js": "5afcf283f7ab19b5c1ffaf60efb4984d694c0b62077c8f8897545a98d01ef571"},
    ),
    Package(
        "@lezer/highlight",
        "1.2.5",
        {"dist/index.js": "8984bb2887a6354d3e5ac79bdd7e522948f1cee1dda16aac77d9473f10696d7c"},
    ),
    Package(
        "@lezer/lr",
        "1.4.12",
        {"dist/index.js": "3c649203d840e7175277239ef43baa3c98aec6c183a770e7d3867006927a3238"},
    ),
    Package(
        "@lezer/python",
        "1.1.19",
        {"dist/index.js": "47135244f8db0253e8cc7c01115f6cb86049a094936209091e6ca32c01258224"},
    ),
    Package(
        "@marijn/find-cluster-break",
        "1.0.4",
        {"src/index.js": "4e9e441fac9db54e09e4e3b1cb0b0393da207ebe943f2ff9efc577821fc03751"},
    ),
    Package(
        "crelt",
        "1.0.7",
        {"index.js": "924800defa2bf95a0bfd16dde589ecebbcd9e36b03635274da84968c77a3721e"},
    ),
    Package(
        "style-mod",
        "4.1.4",
        {"src/style-mod.js": "4bd6b34edda52f362553d33df7e3a10f31fbdc0c95125aabec89c4de6be80b0a"},
    ),
    Package(
        "w3c-keyname",
        "2.2.8",
        {"index.js": "b649dec4f01c7c5eb05be4641b5b698c6938231ee50b38e17a2f0f822ca3df2e"},
    ),
)
_NAMES = {package.name for package in PACKAGES}
_IMPORT = re.compile(r"""\b(from|import)(\s*)(['"])(@?[\w./-]+)\3""")


def editor_files() -> dict[str, bytes]:
    """{path in the app's folder: content}: the modules, and their licence (MIT, all by
    the same author).

    Downloads them on first use, verified. ConnectionError where that fails.
    """
    files = {}
    for package in PACKAGES:
        folder = files_of(package)
        for path in package.files:
            data = (folder / path).read_bytes()
            if path == LICENCE:
                files["vendor/LICENSE.txt"] = data
            else:
                files[f"vendor/{file_name(package.name)}"] = resolve_imports(data.decode()).encode()
    return files


def resolve_imports(source: str) -> str:
    """The module with the names of PACKAGES in its imports made relative."""

    def relative(match: re.Match[str]) -> str:
        word, space, quote, name = match.groups()
        return f"{word}{space}{quote}./{file_name(name)}{quote}" if name in _NAMES else match[0]

    return _IMPORT.sub(relative, source)


def file_name(package: str) -> str:
    """'@codemirror/state' -> 'codemirror-state.js'."""
    return package.removeprefix("@").replace("/", "-") + ".js"
