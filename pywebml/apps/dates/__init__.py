"""`dates`: a network with attention learns to read dates, however they are written; and
the page of that name.
"""

from __future__ import annotations

from ..app import App, Reaches, Takes
from .command import DateCommand, run
from .session import DateSession

APP = App(
    name="dates",
    says="Teach a network with attention to read dates, however they are written.",
    run=run,
    title="Read dates",
    card=(
        "A network learns that “3rd of Feb 2021” means 2021-02-03. Type any date and see"
        " where it looked."
    ),
    known_as=("date conversion", "attention", "sequence to sequence", "seq2seq", "translation"),
    options=DateCommand,
    takes=(
        Takes(
            "dates",
            'dates to read in the end, such as "3 Feb 2021"',
            metavar="DATE",
            many=True,
            optional=True,
        ),
    ),
    session=DateSession,
    shows=("dates", "dates '3rd of Feb 2021' --out looked.svg"),
    reaches=(Reaches("accuracy", above=0.97, seconds=60),),
    page=True,
    stops=True,
)
