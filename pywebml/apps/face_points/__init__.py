"""`face_points`: a network of densely connected blocks learns to find points of drawn
faces.
"""

from __future__ import annotations

from ..app import App, Reaches
from .command import FaceOptions, run

APP = App(
    name="face_points",
    says="Teach a small network where eyes, brows, nose and mouth of drawn faces are.",
    run=run,
    known_as=("landmarks", "skip connections", "DenseNet", "quantisation"),
    options=FaceOptions,
    shows=("face_points", "face_points --skips both --out faces.svg"),
    reaches=(Reaches("error", below=0.035, seconds=60),),
    stops=True,
)
