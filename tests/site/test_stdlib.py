"""Python's standard library, repacked for tabs."""

from __future__ import annotations

import io
import zipfile

from pywebml.site import sources, stdlib


def test_the_library_is_whole_but_for_what_is_left_out() -> None:
    """Each file as it was, and not compressed; and each module that is said to be left
    out is one.
    """
    original = (sources.pyodide() / "python_stdlib.zip").read_bytes()
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
