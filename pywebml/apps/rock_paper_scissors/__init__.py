"""`rock_paper_scissors`: learns three gestures from a few pictures each, at once, and
plays against them; and the page of that name.
"""

from __future__ import annotations

from ..app import App, Reaches, Takes
from .command import GameOptions, run
from .session import GameSession

APP = App(
    name="rock_paper_scissors",
    says="Learn rock, paper, scissors from a few pictures, and play.",
    run=run,
    title="Rock, paper, scissors",
    card="Show it three gestures; it learns them as you show them. Then play against it.",
    known_as=("k-nearest neighbours", "KNN", "gestures", "hands", "game"),
    options=GameOptions,
    takes=(
        Takes(
            "folder",
            "a folder with folders rock, paper and scissors, or a zip of it (hands drawn for it)",
            metavar="DIR",
            optional=True,
        ),
    ),
    session=GameSession,
    needs=("extractor", "camera", "samples/rock_paper_scissors"),
    shows=("rock_paper_scissors",),
    reaches=(Reaches("accuracy", above=0.9, seconds=60),),
    page=True,
)
