"""Python's standard library as a tab gets it: without what cannot work there, and
packed so that a host can compress it as a whole.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

from .archive import compile_beside

NAME = "stdlib.zip.txt"
"""Hosts that compress go by the kind of a file, and all compress text."""
LEFT_OUT = {
    "a tab has no sockets": (
        "ftplib", "http.server", "imaplib", "nntplib", "poplib", "smtplib", "telnetlib", "wsgiref",
        "xmlrpc",
    ),
    "a tab has one process": ("multiprocessing",),
    "a tab is none of these systems": (
        "asyncio.proactor_events", "asyncio.windows_events", "asyncio.windows_utils", "ctypes._aix",
        "ctypes.macholib",
    ),
    "the same is there in C": ("_pydatetime", "_pyio"),
    "gone from Python 3.13 on": (
        "aifc", "cgi", "cgitb", "chunk", "crypt", "imghdr", "mailcap", "pipes", "sndhdr", "sunau",
        "uu", "xdrlib",
    ),
}  # fmt: skip
"""{why: modules}. Whatever works in a tab stays, since visitors write programs."""


COMPILED = (
    "collections", "dataclasses", "email.charset", "email.header", "email.quoprimime",
    "email.utils", "enum", "functools", "hashlib", "heapq", "inspect", "json.encoder", "locale",
    "logging", "opcode", "pathlib", "random", "re._compiler", "re._parser", "socket",
    "subprocess", "sysconfig", "tempfile", "textwrap", "threading", "urllib.parse", "zipfile",
)  # fmt: skip
"""Modules that lie there compiled: of the 150 that each start imports, those that spare
most seconds for each byte that they add. All of them would spare twice as much, and add
half a million bytes to a first visit.
"""
_PLACE = "/lib/python312.zip"  # where Pyodide puts the library


def repacked(archive: bytes, interpreter: str | None = None) -> bytes:
    """Pyodide's zip of the library without LEFT_OUT, and with COMPILED compiled where
    there is an `interpreter` of its version. Its files are not compressed one by one,
    which spares a third, and those of a kind lie side by side. The same zip gives the
    same bytes.
    """
    modules = [module for each in LEFT_OUT.values() for module in each]
    paths = tuple(f"{module.replace('.', '/')}{end}" for module in modules for end in (".py", "/"))
    with zipfile.ZipFile(io.BytesIO(archive)) as whole:
        files = {
            name: whole.read(name)
            for name in whole.namelist()
            if not name.startswith(paths) and not name.endswith("/")
        }
    if interpreter is not None:
        files = _with_compiled(files, interpreter)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as ours:
        for name in sorted(files, key=lambda name: (Path(name).suffix, name)):
            ours.writestr(zipfile.ZipInfo(name), files[name])
    return packed.getvalue()


def _with_compiled(files: dict[str, bytes], interpreter: str) -> dict[str, bytes]:
    """The files with COMPILED in place of their source."""
    names = [_file_of(module, files) for module in COMPILED]
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            path = Path(scratch) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
        compile_beside(interpreter, Path(scratch), names, _PLACE)
        compiled = {f"{name}c": (Path(scratch) / f"{name}c").read_bytes() for name in names}
    return {name: data for name, data in files.items() if name not in names} | compiled


def _file_of(module: str, files: dict[str, bytes]) -> str:
    path = module.replace(".", "/")
    return f"{path}.py" if f"{path}.py" in files else f"{path}/__init__.py"
