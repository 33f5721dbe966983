"""Where the other files lie when somebody else's Python has installed the wheel, and what
is said where it cannot be waited for. The rest runs in a browser:
tests/tab/test_anywhere.py.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

from pywebml.host import anywhere

HOME = "https://theirs.test/lib/pywebml-0.1.0-py3-none-any.whl"
PYODIDE = "https://theirs.test/pyodide/"
INDEX = "https://files.index.test/pywebml-0.1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("notes", "place"),
    [
        ({"PYODIDE_URL": HOME, "PYODIDE_SOURCE": HOME}, HOME),
        ({"PYODIDE_SOURCE": HOME}, HOME),  # by loadPackage
        ({"PYODIDE_URL": HOME, "PYODIDE_SOURCE": "pypi"}, HOME),  # the page's own index
        ({"PYODIDE_URL": INDEX, "PYODIDE_SOURCE": INDEX}, INDEX),  # asked for by its address
        ({"PYODIDE_URL": INDEX, "PYODIDE_SOURCE": "pypi"}, None),
        ({"PYODIDE_URL": "emfs:/tmp/a.whl", "PYODIDE_SOURCE": "emfs:/tmp/a.whl"}, None),
        ({"PYODIDE_SOURCE": "pyodide"}, PYODIDE),  # named in its lock file
        ({}, None),
    ],
)
def test_where_the_wheel_came_from(
    notes: dict[str, str], place: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = SimpleNamespace(origin="https://theirs.test")
    monkeypatch.setitem(sys.modules, "js", SimpleNamespace(location=location))
    api = SimpleNamespace(config=SimpleNamespace(indexURL=PYODIDE))
    monkeypatch.setitem(sys.modules, "pyodide_js", SimpleNamespace(_api=api))
    about = SimpleNamespace(read_text=notes.get)
    monkeypatch.setattr(anywhere, "distribution", lambda name: about)
    assert anywhere.place() == place


def test_what_was_not_installed_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setitem(sys.modules, "js", SimpleNamespace())
    monkeypatch.setattr(anywhere, "distribution", missing)
    assert anywhere.place() is None


def test_who_cannot_wait_is_told_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anywhere, "can_wait", lambda: False)
    with pytest.raises(RuntimeError, match=r"write `await pw\.ready\(\)` after `import"):
        anywhere.page("auto")
    monkeypatch.setattr(anywhere, "_page", "open")
    assert anywhere.page("auto") == "open"


def test_scripts_ask_for_nothing_beside_them() -> None:
    """They are blobs where they run, and a blob has no neighbours."""
    seen: set[Path] = set()

    def look(path: Path) -> None:
        if path in seen:
            return
        seen.add(path)
        text = path.read_text(encoding="utf-8")
        assert "import.meta" not in text, path
        for _, name in anywhere._IMPORT.findall(text):
            look((path.parent / name).resolve())

    look((anywhere.scripts() / PurePosixPath(anywhere.ENTRY)).resolve())
    assert {"anywhere.js", "gpu.js", "gpu_pictures.js", "stores.js"} <= {p.name for p in seen}
