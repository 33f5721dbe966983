"""What it has learned of hands, in a file: the page saves it, and the command plays
with it.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from ...host.json_data import json_object
from ...models import KNNClassifier
from ...zoo import Extractor
from .rules import known

WHOSE = "extractor.json"
"""Beside the examples: which network made them of pictures."""


async def saved_hands(knn: KNNClassifier, extractor: Extractor) -> bytes:
    """A zip, which `pw.models.KNNClassifier.load` reads, too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hands.zip"
        await knn.save_async(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(WHOSE, json.dumps(_whose(extractor)))
        return path.read_bytes()


async def read_hands(path: Path, extractor: Extractor) -> KNNClassifier:
    """What `saved_hands` wrote. ValueError for anything else, for what is no gesture,
    and for another network's features; FileNotFoundError where there is no file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}; expected a zip that the page saved")
    knn = await KNNClassifier.load_async(path)
    for label in knn.labels:
        known(label)
    whose = _stored_whose(path)
    if whose != _whose(extractor):
        raise ValueError(
            "these hands were learned with the features of another network"
            f" ({whose.get('name', 'unknown')}), expected {extractor.name}; show them anew"
        )
    return knn


def _whose(extractor: Extractor) -> dict[str, str]:
    return {"name": extractor.name, "weights_sha256": extractor.weights_sha256}


def _stored_whose(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        if WHOSE not in archive.namelist() or archive.getinfo(WHOSE).file_size > 1000:
            return {}
        return json_object(archive.read(WHOSE), WHOSE)
