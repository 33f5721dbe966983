"""Python's standard library, repacked for tabs."""

from __future__ import annotations

import io
import subprocess
import zipfile
import zlib

import pytest

from pywebml.site import archive, sources, stdlib


def library() -> bytes:
    return (sources.pyodide() / "python_stdlib.zip").read_bytes()


def test_the_library_is_whole_but_for_what_is_left_out() -> None:
    """Each file as it was, and not compressed; and each module that is said to be left
    out is one.
    """
    original = library()
    packed = stdlib.repacked(original)
    assert packed == stdlib.repacked(original)
    before, after = (zipfile.ZipFile(io.BytesIO(data)) for data in (original, packed))
    assert {entry.compress_type for entry in after.infolist()} == {zipfile.ZIP_STORED}
    names = {name for name in before.namelist() if not name.endswith("/")}
    for name in after.namelist():
        assert after.read(name) == before.read(name)
    gone = dict.fromkeys(names - {*after.namelist()}, "")
    for module in (module for each in stdlib.LEFT_OUT.values() for module in each):
        path = module.replace(".", "/")
        its = [name for name in gone if name == f"{path}.py" or name.startswith(f"{path}/")]
        assert its, f"there is no {module} to leave out"
        gone |= dict.fromkeys(its, module)
    assert all(gone.values())


@pytest.mark.skipif(archive.python_of(sources.PYTHON) is None, reason="no Python of Pyodide's")
def test_what_starts_import_most_is_compiled() -> None:
    """In place of its source, for Pyodide's Python, the same each time, and for no more
    than 220 kB where it is zipped as a whole.
    """
    interpreter = archive.python_of(sources.PYTHON)
    plain, packed = stdlib.repacked(library()), stdlib.repacked(library(), interpreter)
    assert packed == stdlib.repacked(library(), interpreter)
    before, after = (zipfile.ZipFile(io.BytesIO(data)) for data in (plain, packed))
    gone = {*before.namelist()} - {*after.namelist()}
    added = {*after.namelist()} - {*before.namelist()}
    assert added == {f"{name}c" for name in gone}
    modules = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in gone
    }
    assert modules == {*stdlib.COMPILED}
    magic = {after.read(name)[:4] for name in added}
    (own,) = magic
    code = "import importlib.util, sys; sys.stdout.buffer.write(importlib.util.MAGIC_NUMBER)"
    assert interpreter is not None
    assert own == subprocess.run([interpreter, "-c", code], capture_output=True).stdout
    more = [len(zlib.compress(data, 9)) for data in (plain, packed)]
    assert more[1] - more[0] <= 220_000
