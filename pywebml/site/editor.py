"""The editor of the Python page: CodeMirror 6 from npm, as plain ES modules without a
bundler.

Every package of CodeMirror is one module. They import each other by package name, which
browsers don't resolve; so each is stored as vendor/NAME.js and the names in its imports
become relative paths.
"""

from __future__ import annotations

import io
import re
import tarfile

from ..host.files import write_whole
from ..host.keeping import cache_folder
from . import sources

# package: (version, the module in it, sha256 of its archive)
PACKAGES = {
    "@codemirror/autocomplete": (
        "6.20.4",
        "dist/index.js",
        "40b9657b137284426bcd829cdee7dc78a748337de997a12b10b5c725f67aa0d0",
    ),
    "@codemirror/commands": (
        "6.11.1",
        "dist/index.js",
        "f477f46d8c00278e1b387baebd53bd6556fd5f3c7401ebe2a05543600fcbff0f",
    ),
    "@codemirror/lang-python": (
        "6.2.1",
        "dist/index.js",
        "022a075ece066c3015dce4fbddd4d8b6f597679e756d50e697ec16cd3e5b59ca",
    ),
    "@codemirror/language": (
        "6.13.1",
        "dist/index.js",
        "e711ec28da046f6c163e777c5466d8ac805ee9ef5f51c511e8729c6789be7f83",
    ),
    "@codemirror/state": (
        "6.7.6",
        "dist/index.js",
        "91d75acc955ceeaf86af9396c11cda7694fe6222aac8427fa033d89eff5ac839",
    ),
    "@codemirror/streamparser": (
        "6.0.0",
        "dist/index.js",
        "b4888c5ab40350e7a1747d765948a8fa45cfd127c479dd4cdef8097046efe14a",
    ),
    "@codemirror/view": (
        "6.43.15",
        "dist/index.js",
        "f0d5921406f841d211fa0887aabf10626c47676bfc63a4abed2a4d207e27c5ac",
    ),
    "@lezer/common": (
        "1.5.5",
        "dist/index.js",
        "ed93cee36403124f51eae638b8a032d6694914c19704de7610db7f2a9441c963",
    ),
    "@lezer/highlight": (
        "1.2.5",
        "dist/index.js",
        "e349eec1ff4382439c1e6286ae937e0203a8349c5192e2e133863391775ac7ff",
    ),
    "@lezer/lr": (
        "1.4.12",
        "dist/index.js",
        "64382ee7f144221e4c655f2034393c6be9cecaf5ea2ec1c1edeb99424defb272",
    ),
    "@lezer/python": (
        "1.1.19",
        "dist/index.js",
        "0e00a32717366099c01b38a19ceb73315cd1dd9b335d98b49fea50ab7c5c2a98",
    ),
    "@marijn/find-cluster-break": (
        "1.0.4",
        "src/index.js",
        "5d12b770b64d46632c84fcd18e1d4c09f195ed0f5dbc71f94a41f0af333eaeae",
    ),
    "crelt": (
        "1.0.7",
        "index.js",
        "3542299c0278fdc26aceb2b13d31bffbcb89d7367706bbc457130e3fd103c03e",
    ),
    "style-mod": (
        "4.1.4",
        "src/style-mod.js",
        "769073434ab698eb035cbaa9df5d028231c25d95bc7b8676a46d603fb2e89e39",
    ),
    "w3c-keyname": (
        "2.2.8",
        "index.js",
        "05d21484026d1f2dd842c843181e391e66d60f1d5dff292d562c3f40302dab36",
    ),
}
_IMPORT = re.compile(r"""\b(from|import)(\s*)(['"])(@?[\w./-]+)\3""")


def editor_files() -> dict[str, bytes]:
    """{path in the app's folder: content}: the modules, and their licence (MIT, all by
    the same author).

    Downloads them on first use, verified. ConnectionError where that fails.
    """
    files = {}
    for name, (version, module, sha256) in PACKAGES.items():
        with tarfile.open(fileobj=io.BytesIO(_archive(name, version, sha256))) as tar:
            files[f"vendor/{file_name(name)}"] = resolve_imports(
                _member(tar, module).decode()
            ).encode()
            if name == "@codemirror/view":
                files["vendor/LICENSE.txt"] = _member(tar, "LICENSE")
    return files


def resolve_imports(source: str) -> str:
    """The module with the names of PACKAGES in its imports made relative."""

    def relative(match: re.Match[str]) -> str:
        word, space, quote, name = match.groups()
        return f"{word}{space}{quote}./{file_name(name)}{quote}" if name in PACKAGES else match[0]

    return _IMPORT.sub(relative, source)


def file_name(package: str) -> str:
    """'@codemirror/state' -> 'codemirror-state.js'."""
    return package.removeprefix("@").replace("/", "-") + ".js"


def _archive(name: str, version: str, sha256: str) -> bytes:
    path = cache_folder("editor") / f"{file_name(name)[:-3]}-{version}.tgz"
    if not path.is_file():
        url = f"https://registry.npmjs.org/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        ways = [lambda: sources._get(url), lambda: sources._npm(f"{name}@{version}")]
        write_whole(path, sources._verified(url, sha256, ways))
    return path.read_bytes()


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(f"package/{name}")
    assert file is not None
    return file.read()
