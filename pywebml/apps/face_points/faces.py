"""Faces with known points, drawn on the device: no two alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ... import ops
from ...core.tensor import Tensor, tensor

SIDE = 32
POINTS = (
    *("left eye", "right eye", "left brow, outer", "left brow, inner", "right brow, inner"),
    *("right brow, outer", "nose", "mouth, left", "mouth, right", "mouth, below", "chin"),
)
"""What is known of each face, as it is seen: left is the picture's."""
SOFT = 40.0  # how sharp edges are, in picture sizes
CHUNK = 250  # faces that are drawn at once
RANGES = {
    "x": (-0.16, 0.16), "y": (-0.14, 0.14), "size": (0.7, 0.95), "turn": (-0.35, 0.35),
    "back": (0.05, 0.95), "slope": (-0.3, 0.3), "skin": (0.35, 0.85), "ink": (0.0, 0.2),
    "width": (0.62, 0.8), "height": (0.85, 1.0), "apart": (0.25, 0.36), "eyes": (-0.2, -0.05),
    "eye": (0.07, 0.12), "gaze": (-0.03, 0.03), "brow": (0.16, 0.26), "tilt": (-0.07, 0.07),
    "nose": (0.14, 0.28), "aside": (-0.06, 0.06), "mouth": (0.42, 0.55), "lips": (0.2, 0.34),
    "smile": (-0.1, 0.16), "light": (-0.15, 0.15),
}  # fmt: skip
"""Of what differs from face to face; lengths in half picture sizes, angles in radians."""


class Faces(NamedTuple):
    """Pictures [n, SIDE, SIDE, 1] from 0 to 1, and where each of POINTS lies in them, x
    and y from 0 to 1: [n, 2 * POINTS].
    """

    pictures: Tensor
    points: Tensor


def faces(count: int, seed: int = 0) -> Faces:
    """So many faces. The same seed draws the same.

    Example:
        >>> from pywebml.apps.face_points.faces import faces
        >>> pictures, points = faces(3)
        >>> pictures.shape, points.shape
        ((3, 32, 32, 1), (3, 22))
    """
    random = ops.Generator(seed)
    drawn = []
    for i in range(0, count, CHUNK):
        shares = random.uniform((len(RANGES), min(CHUNK, count - i), 1, 1))
        drawn.append(_drawn(shares, random))
    pictures, points = zip(*drawn, strict=True)
    return Faces(ops.concat(list(pictures), 0), ops.concat(list(points), 0))


class Features(dict[str, float]):
    """Where in its range each of RANGES is, from 0 to 1: what makes a face."""

    @classmethod
    async def drawn(cls, seed: int) -> Features:
        """Those of a face at random."""
        shares = await ops.Generator(seed).uniform((len(RANGES),)).data()
        return cls(zip(RANGES, map(float, shares), strict=True))

    def changed(self, others: Mapping[str, Any]) -> Features:
        """With some in place of its own. ValueError for what is none, or out of 0 to 1."""
        for name, value in others.items():
            if name not in RANGES:
                raise ValueError(f"a face has no {name!r}; it has {', '.join(RANGES)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ValueError(f"{name} must be a number from 0 to 1, got {value!r}")
        return Features({**self, **others})

    def face(self, seed: int = 0) -> Faces:
        """The face that has them; the seed draws the picture's noise."""
        shares = tensor([float(self[name]) for name in RANGES]).reshape(-1, 1, 1, 1)
        return Faces(*_drawn(shares, ops.Generator(seed)))


def _drawn(shares: Tensor, random: Any) -> tuple[Tensor, Tensor]:
    """(pictures, points) of faces with shares [RANGES, n, 1, 1]."""
    n = shares.shape[1]
    f = {
        name: low + (high - low) * shares[i] for i, (name, (low, high)) in enumerate(RANGES.items())
    }
    axis = (ops.range(0, SIDE, 1, "float32") + 0.5) * (2 / SIDE) - 1
    x, y = axis.reshape(1, 1, SIDE), axis.reshape(1, SIDE, 1)
    cos, sin = f["turn"].cos(), f["turn"].sin()
    u = ((x - f["x"]) * cos + (y - f["y"]) * sin) / f["size"]  # in the face's own frame
    v = ((y - f["y"]) * cos - (x - f["x"]) * sin) / f["size"]
    picture = f["back"] + f["slope"] * x + 0 * y
    tone = f["skin"] + f["light"] * u
    picture = _over(picture, tone, 1 - ((u / f["width"]) ** 2 + (v / f["height"]) ** 2).sqrt())
    brows = f["eyes"] - f["brow"]
    outer, inner = f["apart"] + 0.13, f["apart"] - 0.12
    for side in (-1, 1):
        du, dv = u - side * f["apart"], v - f["eyes"]
        picture = _over(picture, 0.95, f["eye"] - (du**2 + (1.4 * dv) ** 2).sqrt())
        pupil = ((du - f["gaze"]) ** 2 + dv**2).sqrt()
        picture = _over(picture, f["ink"], 0.5 * f["eye"] - pupil)
        ends = (side * outer, brows + f["tilt"], side * inner, brows - f["tilt"])
        picture = _over(picture, f["ink"], 0.035 - _to_line(u, v, *ends))
    zero = 0 * f["nose"]
    line = _to_line(u, v, zero, f["eyes"] + 0.08, f["aside"], f["nose"])
    picture = _over(picture, 0.6 * tone, 0.022 - line)
    curve = f["mouth"] + f["smile"] * (1 - (u / f["lips"]) ** 2)
    lips = ops.minimum(0.04 - (v - curve).abs(), f["lips"] - u.abs())
    picture = _over(picture, f["ink"], lips)
    picture = (picture + 0.04 * random.normal((n, SIDE, SIDE))).clip(0, 1)
    places = [
        *((-f["apart"], f["eyes"]), (f["apart"], f["eyes"])),
        *((-outer, brows + f["tilt"]), (-inner, brows - f["tilt"])),
        *((inner, brows - f["tilt"]), (outer, brows + f["tilt"])),
        (f["aside"], f["nose"]),
        *((-f["lips"], f["mouth"]), (f["lips"], f["mouth"])),
        (zero, f["mouth"] + f["smile"]),
        (zero, f["height"]),
    ]
    points = []
    for across, down in places:
        points.append(f["x"] + f["size"] * (across * cos - down * sin))
        points.append(f["y"] + f["size"] * (across * sin + down * cos))
    flat = ops.concat([point.reshape(n, 1) for point in points], 1)
    return picture.reshape(n, SIDE, SIDE, 1), (flat + 1) / 2


def _over(picture: Tensor, tone: Any, inside: Tensor) -> Tensor:
    """Painted with a tone where `inside`, a distance from the edge, is above 0."""
    share = (SOFT * inside).sigmoid()
    return picture + share * (tone - picture)


def _to_line(u: Tensor, v: Tensor, u0: Any, v0: Any, u1: Any, v1: Any) -> Tensor:
    """How far each place is from the line between two."""
    du, dv = u1 - u0, v1 - v0
    along = (((u - u0) * du + (v - v0) * dv) / (du * du + dv * dv)).clip(0, 1)
    return ((u - u0 - along * du) ** 2 + (v - v0 - along * dv) ** 2 + 1e-12).sqrt()
