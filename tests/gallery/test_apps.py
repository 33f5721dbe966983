"""Every app does what it declares: its first example, as a command on this machine,
reaches the bounds that test_pages.py holds its page to.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hosts import ROOT
from outcomes import missed
from shares import ALL

from pywebml.apps import APPS
from pywebml.apps.app import App
from pywebml.cli.parser import build_parser
from pywebml.data.samples import sample_folder

REACHING = [app for app in APPS if app.reaches]
SOONER = {} if ALL else {"digits": ["--epochs", "2"]}
"""With which the same bounds are reached in less than half the time (`make test-all`
takes the default).
"""
COMMANDS = [app for app in APPS if app.run is not None]
PAGES = ROOT / "web" / "pages"


def cpu_seconds() -> float:
    """What the processes that this one has started, and that have ended, have computed."""
    times = os.times()
    return times.children_user + times.children_system


def name_of(app: App) -> str:
    return app.name


@pytest.mark.parametrize("app", APPS, ids=name_of)
def test_an_app_shows_itself_and_says_what_it_reaches(app: App) -> None:
    assert app.says.endswith(".")
    assert app.reaches or app.unmeasured, "say what it reaches, or why there is nothing to reach"
    assert not (app.reaches and app.unmeasured)
    if app.run is not None:
        assert app.shows, "an example"
        for words in app.shows:
            assert build_parser().parse_args(shlex.split(words)).app is app
    assert app.run is not None or app.page


def test_an_app_with_a_page_has_its_folder() -> None:
    for app in APPS:
        assert (PAGES / app.name / "page.html").is_file() == app.page, app.name


def test_the_readme_lists_the_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    lines = [line for line in readme if line.startswith("python -m pywebml ")]
    assert {line.split()[3] for line in lines} == {app.name for app in COMMANDS}


@pytest.mark.parametrize("app", REACHING, ids=name_of)
def test_the_command_reaches_it(app: App, tmp_path: Path) -> None:
    """In a folder with `photos`: the drawn hands, a folder per class."""
    assert app.json, "its outcome can be compared"
    shutil.copytree(sample_folder(), tmp_path / "photos")
    words = [*shlex.split(app.shows[0]), *SOONER.get(app.name, ())]
    words += ["--device", "cpu", "--json", "outcome.json"]
    start, cpu = time.monotonic(), cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "pywebml", *words], cwd=tmp_path, capture_output=True, text=True
    )
    # other tests take the processor meanwhile, so the one says too much; of several
    # threads, the other does
    took = min(time.monotonic() - start, cpu_seconds() - cpu)
    assert done.returncode == 0, done.stderr
    outcome = json.loads((tmp_path / "outcome.json").read_text(encoding="utf-8"))
    assert not missed(app, outcome, took)


def test_an_outcome_that_falls_short_is_seen() -> None:
    (app,) = [app for app in APPS if app.name == "teach"]
    assert missed(app, {"val_accuracy": 0.5})
    assert missed(app, {})
    assert missed(app, {"val_accuracy": 1.0}, seconds=1000)
    assert not missed(app, {"val_accuracy": 0.95}, seconds=10)
