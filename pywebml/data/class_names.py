"""Names of classes that no folder can have (`x?`, `con`): a file beside the class
folders, `classes.json`, gives each folder's class its name. The page writes it.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from ..host.files import FormatError
from ..host.json_data import json_object

FILE = "classes.json"
MAX_BYTES = 1 << 20


def class_names(root: Path, folders: list[str]) -> list[str]:
    """What the classes in `folders` of `root` are called: as `classes.json` says, else
    as the folder. Names stay apart: one that is taken already is left to the folder's.
    Each is a text that can be seen and written.

    FormatError where the file is no JSON object of texts.
    """
    path = root / FILE
    folders = [_as_text(folder) for folder in folders]
    if not path.is_file():
        return folders
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        names = json_object(path.read_bytes(), "it")
        if not all(isinstance(name, str) for name in names.values()):
            raise ValueError("expected an object of texts")
    except ValueError as error:
        raise FormatError(
            f"{path} should give class folders their names, such as"
            f' {{"folder": "name"}}, but cannot be read: {error}; mend or remove it'
        ) from None
    by_folder = {unicodedata.normalize("NFC", folder): name for folder, name in names.items()}
    called: list[str] = []
    for folder in folders:
        name = by_folder.get(unicodedata.normalize("NFC", folder), "").strip()
        taken = {*called, *folders} - {folder}
        called.append(name if _can_be_seen(name) and name not in taken else folder)
    return called


def _as_text(folder: str) -> str:
    """A folder's name, with what is no text, or cannot be seen, spelled out."""
    text = os.fsencode(folder).decode("utf-8", "backslashreplace")
    return text if _can_be_seen(text) else ascii(text)[1:-1]


def _can_be_seen(name: str) -> bool:
    """Whether it has a letter, a digit or a sign that is drawn."""
    return any(unicodedata.category(c)[0] not in "CZ" for c in name)
