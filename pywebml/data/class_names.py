"""Names of classes that no folder can have (`x?`, `con`): a file beside the class
folders, `classes.json`, gives each folder's class its name. The page writes it.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from ..host.json_data import json_object

FILE = "classes.json"
MAX_BYTES = 1 << 20


def class_names(root: Path, folders: list[str]) -> list[str]:
    """What the classes in `folders` of `root` are called: as `classes.json` says, else
    as the folder. Names stay apart: one that is taken already is left to the folder's.

    ValueError where the file is no JSON object of texts.
    """
    path = root / FILE
    if not path.is_file():
        return folders
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        names = json_object(path.read_bytes(), "it")
        if not all(isinstance(name, str) for name in names.values()):
            raise ValueError("expected an object of texts")
    except ValueError as error:
        raise ValueError(
            f"{path} should give class folders their names, such as"
            f' {{"folder": "name"}}, but cannot be read: {error}; mend or remove it'
        ) from None
    by_folder = {unicodedata.normalize("NFC", folder): name for folder, name in names.items()}
    called: list[str] = []
    for folder in folders:
        name = by_folder.get(unicodedata.normalize("NFC", folder), "").strip()
        called.append(name if name and name not in {*called, *folders} - {folder} else folder)
    return called
