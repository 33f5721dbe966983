"""`tables`: a network learns one column of a table from the others; and the page of
that name.
"""

from __future__ import annotations

from ..app import App, Reaches, Takes
from .command import TableCommand, run
from .session import TableSession

APP = App(
    name="tables",
    says="Train a network on a table: one column from the others.",
    run=run,
    title="Learn a table",
    card=(
        "Flowers by their measures, or a CSV of yours: train, see where it errs, then move the"
        " sliders and watch it answer."
    ),
    known_as=("iris", "CSV", "classification", "regression", "spreadsheet"),
    options=TableCommand,
    takes=(
        Takes(
            "file",
            "a CSV file; without it, Fisher's irises",
            metavar="FILE.csv",
            optional=True,
        ),
    ),
    session=TableSession,
    shows=("tables", "tables flowers.csv --target species --columns petal_length,petal_width"),
    reaches=(Reaches("accuracy", above=0.93, seconds=60),),
    page=True,
    stops=True,
)
