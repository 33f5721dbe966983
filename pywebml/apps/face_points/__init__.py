"""`face_points`: a network of densely connected blocks learns to find points of drawn
faces; and the page of that name.
"""

from __future__ import annotations

from ..app import App, Reaches
from .command import FaceCommand, run
from .session import FaceSession

APP = App(
    name="face_points",
    says="Teach a small network where eyes, brows, nose and mouth of drawn faces are.",
    run=run,
    title="Find face points",
    card=(
        "A small network learns where eyes, nose and mouth are. Then draw a face of your own,"
        " and shrink the network to a quarter."
    ),
    known_as=(
        *("face landmarks", "keypoints", "face-api.js", "skip connections", "DenseNet"),
        *("depthwise separable convolution", "quantization", "quantisation"),
    ),
    options=FaceCommand,
    session=FaceSession,
    shows=("face_points", "face_points --skips both --out faces.svg"),
    reaches=(Reaches("error", below=0.035, seconds=60),),
    page=True,
    stops=True,
)
