"""`text`: a network that learns a text character by character and writes on; and what
a page of it would talk to.
"""

from __future__ import annotations

from ..app import App, Reaches, Takes
from .command import TextCommand, run
from .session import TextSession

APP = App(
    name="text",
    says="Teach a network to write like a text of yours, character by character.",
    run=run,
    title="Teach it to write",
    card=(
        "Give it a text. It learns to guess the next letter, and writes its own: first"
        " gibberish, then words."
    ),
    known_as=("LSTM", "character model", "write", "generate", "language model", "recurrent"),
    options=TextCommand,
    takes=(
        Takes(
            "file",
            "a plain text; without it, some of Alice in Wonderland",
            metavar="FILE",
            optional=True,
        ),
    ),
    session=TextSession,
    shows=("text --save alice.zip",),
    reaches=(Reaches("val_loss", below=2.1, seconds=60),),
    page=True,
    needs=("samples/alice",),
    stops=True,
)
