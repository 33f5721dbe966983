"""The page of examples/pyscript, as a visitor copies it: PyScript, a Pyodide and
pywebml's wheel in one folder of a plain host.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from any_pyodide import WHEEL, add_pyscript, write_site
from browser import watch
from static_host import hosted

from pywebml.site.browser import until
from pywebml.site.sources import NEWEST_PYODIDE, PYODIDE

LOAD = f"""import pyodide_js
from js import location

await pyodide_js.loadPackage(location.origin + "/{WHEEL}")
"""


@pytest.mark.browser
@pytest.mark.parametrize(("pyscript", "pyodide"), [("0.6.66", PYODIDE), ("0.7.31", NEWEST_PYODIDE)])
def test_the_example_trains_and_draws(
    pyscript: str, pyodide: str, context: Any, tmp_path: Path
) -> None:
    """In the PyScript whose own Pyodide is ours, file by file; in the newest with the
    newest Pyodide, whose micropip no registry has: there a line in front of the program
    brings the wheel.
    """
    site = tmp_path / "site"
    write_site(site, pyodide)
    add_pyscript(site, pyscript)
    if pyodide == NEWEST_PYODIDE:
        (site / "pyscript.json").write_text('{"interpreter": "./pyodide/pyodide.mjs"}')
        program = site / "main.py"
        program.write_text(LOAD + program.read_text())
    with hosted(site) as host:
        page = context.new_page()
        wrong = watch(page, host.url)
        page.goto(host.url)
        until(page, "document.querySelector('#train:enabled')")
        said = page.inner_text("#status")
        drawn = page.locator("#chart svg polyline, #chart svg circle").count()
    match = re.fullmatch(r"Epoch 100: loss ([\d.]+), on (.+)", said)
    assert match and float(match[1]) < 0.05, said  # the noise has a variance of 0.01
    assert pyodide == PYODIDE or "NumPy" not in match[2]
    assert drawn >= 2
    assert not wrong
