"""Warnings name the line of the program that they are about, whoever awaits what."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import pywebml as pw
from pywebml.host.warned import users_line

PACKAGE = Path(pw.__file__).parent


def ending() -> None:
    model = pw.Sequential([pw.layers.Dense(2, input_shape=(3,))])
    model.compile("sgd", "categorical_crossentropy")
    model.fit_sync([[1, 2, 3]], [[1, 0]], epochs=1, verbose=0)  # here


def ending_awaited() -> None:
    model = pw.Sequential([pw.layers.Dense(2, input_shape=(3,))])
    model.compile("sgd", "categorical_crossentropy")

    async def main() -> None:
        await model.fit([[1, 2, 3]], [[1, 0]], epochs=1, verbose=0)  # here

    asyncio.run(main())


def not_finite() -> None:
    model = pw.Sequential([pw.layers.Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse")
    model.fit_sync([[float("nan")]], [[1]], epochs=1, verbose=0)  # here


def no_monitor() -> None:
    model = pw.Sequential([pw.layers.Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse")
    stop = pw.callbacks.EarlyStopping("val_loss")
    model.fit_sync([[1]], [[1]], epochs=1, verbose=0, callbacks=[stop])  # here


@pytest.mark.parametrize("program", [ending, ending_awaited, not_finite, no_monitor])
def test_it_points_to_the_line(program: Callable[[], None]) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program()
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert caught
    for warning in caught:
        assert warning.filename == __file__
        assert lines[warning.lineno - 1].endswith("# here")


def test_there_is_one_way_to_warn() -> None:
    """`stacklevel` counts frames of the package, which differ from caller to caller."""
    users = [p for p in PACKAGE.rglob("*.py") if "warnings.warn(" in p.read_text(encoding="utf-8")]
    assert not users


def test_frames_of_a_wheel_in_a_tab_are_the_package_s() -> None:
    """There the paths in code are not those of the files."""
    code = compile("def call():\n    return users_line()\n", "pywebml/core/there.py", "exec")
    names = {"__name__": "pywebml.core.there", "users_line": users_line}
    exec(code, names)
    file, line = names["call"]()  # type: ignore[operator]  # here
    assert file == __file__
    assert "# here" in Path(__file__).read_text(encoding="utf-8").splitlines()[line - 1]
