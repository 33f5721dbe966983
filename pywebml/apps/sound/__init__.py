"""`sound`: a network learns to tell a few sounds apart, from wav files or a microphone;
and the page of that name.
"""

from __future__ import annotations

from ..app import App, Reaches, Takes
from .command import SoundCommand, run
from .session import SoundSession

APP = App(
    name="sound",
    says="Teach a network to tell sounds apart, from a folder of wav files per class.",
    run=run,
    title="Teach it sounds",
    card="Whistle, clap, say a word: record a few of each, train it, and it hears which is which.",
    known_as=("audio", "speech commands", "spectrogram", "wav", "noise"),
    options=SoundCommand,
    takes=(
        Takes(
            "folder",
            "a folder with a folder of wav files per class, or a zip of it (sounds made for it)",
            metavar="DIR",
            optional=True,
        ),
    ),
    session=SoundSession,
    needs=("microphone",),
    shows=("sound",),
    reaches=(Reaches("accuracy", above=0.9, seconds=60),),
    page=True,
    stops=True,
)
