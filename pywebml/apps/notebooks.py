"""`notebooks`: notebooks that run in the visitor's tab, as a folder for any static
host.
"""

from __future__ import annotations

from dataclasses import dataclass

from .app import App, Given, Outcome
from .options import Options, option


@dataclass(frozen=True)
class NotebooksOptions(Options):
    """Where the notebooks come from, and where they go."""

    out: str = option("notebooks", "the folder of the site", metavar="DIR")
    folder: str | None = option(
        None, "notebooks of yours, and files beside them; else pywebml's own", metavar="DIR"
    )


def run(given: Given) -> Outcome:
    """The command."""
    from ..site.notebooks import build  # not for a tab

    options: NotebooksOptions = given.options
    nbytes = build(options.out, options.folder, given.screen.line)
    given.screen.line(f"{options.out}: {nbytes / 1e6:.1f} MB", "title")
    given.screen.line(f"to look at it: python -m http.server --directory {options.out}")
    return Outcome()


APP = App(
    name="notebooks",
    says="Build JupyterLite with pywebml's notebooks, or yours.",
    run=run,
    options=NotebooksOptions,
    shows=("notebooks --out site",),
    unmeasured="tests/site/test_notebooks.py runs what it builds",
    json=False,
)
