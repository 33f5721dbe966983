"""`classify`: which of its own classes a pretrained network sees in pictures, where it
sees them, and what its inner layers see; and the page of that name.
"""

from __future__ import annotations

from ..app import App, Reaches, Takes
from ..pictures import PICTURES
from .command import ClassifyOptions, run
from .session import ClassifySession

APP = App(
    name="classify",
    says="Say which of ImageNet's 1,000 classes pictures show, and where.",
    run=run,
    title="What is in a picture?",
    card="The five likeliest of 1,000 things, and where in the picture it sees each of them.",
    known_as=("ImageNet", "image classifier", "MobileNet", "CAM", "Grad-CAM", "activations"),
    options=ClassifyOptions,
    takes=(
        Takes(
            PICTURES.name,
            f"{PICTURES.help}, or addresses of some (pictures drawn for it)",
            metavar=PICTURES.metavar,
            many=True,
            optional=True,
        ),
    ),
    session=ClassifySession,
    needs=("extractor", "classes", "camera"),
    shows=("classify", "classify cat.jpg --top 3"),
    reaches=(Reaches("accuracy", above=0.99, seconds=60), Reaches("confidence", above=0.4)),
    page=True,
)
