"""Python's standard library as a tab gets it: without what cannot work there, and
packed so that a host can compress it as a whole.
"""

from __future__ import annotations

import io
import zipfile

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


def repacked(archive: bytes) -> bytes:
    """Pyodide's zip of the library without LEFT_OUT; its files are not compressed one
    by one, which spares a third. The same zip gives the same bytes.
    """
    modules = [module for each in LEFT_OUT.values() for module in each]
    paths = tuple(f"{module.replace('.', '/')}{end}" for module in modules for end in (".py", "/"))
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as whole,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as ours,
    ):
        for name in sorted(whole.namelist()):
            if not name.startswith(paths) and not name.endswith("/"):
                ours.writestr(zipfile.ZipInfo(name), whole.read(name))
    return packed.getvalue()
