"""host/settings: one table of the variables, and nobody reads past it."""

from __future__ import annotations

import ast

import pytest
from hosts import ROOT

from pywebml.host import settings

PACKAGE = ROOT / "pywebml"


def test_a_variable_that_is_not_set_or_says_nonsense_is_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for setting in (settings.TUNED, settings.CHECKS, settings.DEBUG):
        monkeypatch.delenv(setting.name, raising=False)
        assert setting() is setting.default
        for text, value in (
            ("1", True),
            ("0", False),
            ("", setting.default),
            ("yes", setting.default),
        ):
            monkeypatch.setenv(setting.name, text)
            assert setting() is value
    monkeypatch.delenv("PYWEBML_MODELS", raising=False)
    assert settings.MODELS() is None
    monkeypatch.setenv("PYWEBML_MODELS", "/models")
    assert settings.MODELS() == "/models"


def test_the_table_has_every_variable_with_a_sentence() -> None:
    rows = {
        name: value for name, value in vars(settings).items() if isinstance(value, settings.Setting)
    }
    assert set(rows.values()) == set(settings.SETTINGS)
    for name, setting in rows.items():
        assert setting.name == f"PYWEBML_{name}"
        assert len(setting.does.split()) > 3


def misuses(source: str) -> list[str]:
    """Reads of the environment that are of ours, or of a name that cannot be seen."""
    tree = ast.parse(source)
    keys: dict[int, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            keys[id(node.func.value)] = keys[id(node.func)] = node.args[0]
        if isinstance(node, ast.Subscript):
            keys[id(node.value)] = node.slice
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            wrong += [alias.name for alias in node.names if alias.name in ("environ", "getenv")]
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
            key = keys.get(id(node))
            name = key.value if isinstance(key, ast.Constant) else "a name that is not spelled out"
            if not isinstance(key, ast.Constant) or str(name).startswith("PYWEBML_"):
                wrong.append(str(name))
    return wrong


def test_only_the_table_reads_the_environment() -> None:
    wrong = {
        str(path.relative_to(ROOT)): names
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "host" / "settings.py"
        and (names := misuses(path.read_text(encoding="utf-8")))
    }
    assert not wrong, f"read through host/settings.py: {wrong}"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("import os\nos.environ.get('PYWEBML_X')", 1),
        ("import os\nos.environ['PYWEBML_X']", 1),
        ("import os\nos.getenv('PYWEBML_X')", 1),
        ("import os\nos.environ.get(NAME)", 1),
        ("import os\nx = os.environ", 1),
        ("from os import environ", 1),
        ("import os\nos.environ.get('TERM')", 0),
    ],
)
def test_a_read_past_the_table_would_be_seen(source: str, count: int) -> None:
    assert len(misuses(source)) == count
