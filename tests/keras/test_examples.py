"""Every program of examples/keras, with our import line and with Keras's: both print
the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hosts import ROOT
from keras_programs import PROGRAMS, assert_prints_agree
from shares import share

COMPARED = share(PROGRAMS, 3)
RUN = """
import contextlib, io, json, pathlib, sys, traceback
{first}
told = {{}}
for name in sys.argv[1:]:
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(open(name, encoding="utf-8").read(), name, "exec"), {{"__name__": "p"}})
    except Exception:
        out.write(traceback.format_exc())
    told[pathlib.Path(name).stem] = out.getvalue()
print(json.dumps(told))
"""
"""All programs in one process: Keras, and what is below it, takes seconds to import."""


def printed(folder: Path, real: bool) -> dict[str, str]:
    """{program: what it prints}, or how it failed."""
    scripts = []
    for program in COMPARED:
        text = program.read_text(encoding="utf-8")
        assert "import pywebml.keras as keras" in text
        if real:
            text = text.replace("import pywebml.keras as keras", "import keras")
            text = text.replace("from pywebml.keras", "from keras")
            assert "pywebml" not in text
        scripts.append(folder / program.name)
        scripts[-1].write_text(text, encoding="utf-8")
    first = "import in_keras" if real else "import pywebml; pywebml.set_device('cpu')"
    code = f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'tests' / 'support')]!r}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code + RUN.format(first=first), *map(str, scripts)],
        capture_output=True, text=True, cwd=folder, timeout=600, check=True,
    )  # fmt: skip
    told: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    ours, kerass = (printed(tmp_path_factory.mktemp("programs"), real) for real in (False, True))
    return ours, kerass


@pytest.mark.parametrize("name", [program.stem for program in COMPARED])
def test_a_program_prints_what_keras_prints(
    both: tuple[dict[str, str], dict[str, str]], name: str
) -> None:
    ours, kerass = both
    assert_prints_agree(name, ours[name], kerass[name])
