"""The jobs, one file each: shared by the command line and the page. What there is
stands in APPS; `app.py` is what they declare.
"""

from __future__ import annotations

from . import (
    bench,
    cart_pole,
    check,
    classify,
    curve,
    dates,
    devices,
    digits,
    embedding_map,
    face_points,
    features,
    models,
    page,
    playground,
    predict,
    python,
    rock_paper_scissors,
    run,
    sound,
    tables,
    teach,
    text,
)
from .app import App

FIRST = teach.FIRST
"""The job of `python -m pywebml`, without a command."""

APPS: tuple[App, ...] = (
    teach.APP,
    rock_paper_scissors.APP,
    playground.APP,
    curve.APP,
    cart_pole.APP,
    python.APP,
    digits.APP,
    tables.APP,
    text.APP,
    sound.APP,
    dates.APP,
    predict.APP,
    classify.APP,
    features.APP,
    embedding_map.APP,
    face_points.APP,
    check.APP,
    devices.APP,
    models.APP,
    bench.APP,
    page.APP,
    run.APP,
)
"""In the order in which `--help` and the gallery list them."""
