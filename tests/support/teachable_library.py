"""Teachable Machine's own library, in Node, and pictures for it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
from in_node import run_node
from PIL import Image


def pixels(number: int = 3, side: int = 12) -> list[Any]:
    """Pictures of noise, uint8 [side, side, 4]."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (number, side, side, 4), np.uint8)
    noise[..., 3] = 255
    return list(noise)


def saved(pictures: list[Any], folder: Path) -> list[Path]:
    paths = [folder / f"{number}.png" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    return paths


def in_their_library(files: dict[str, bytes], pictures: list[Any], flipped: bool = False) -> Any:
    """What it says of pictures by an export: {label: probability} for each."""
    job = {
        "files": {name: base64.b64encode(data).decode() for name, data in files.items()},
        "pictures": [
            {
                "width": picture.shape[1],
                "height": picture.shape[0],
                "rgba": base64.b64encode(picture.tobytes()).decode(),
            }
            for picture in pictures
        ],
        "flipped": flipped,
    }
    return run_node("teachable.mjs", [job])[0]
