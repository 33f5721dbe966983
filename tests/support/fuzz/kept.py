"""Files that once failed, as they were: kept/READER/WHAT.zip, with one entry where the
file is one.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "kept"
ALONE = "the file"


def keep(reader: str, what: str, file: Any) -> Path:
    """Keeps a file for ever: CI reads it again each time."""
    path = FOLDER / reader / f"{what}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (file if isinstance(file, dict) else {ALONE: file}).items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def kept() -> dict[str, tuple[str, Any]]:
    """{which: (its reader, the file)}."""
    files: dict[str, tuple[str, Any]] = {}
    for path in sorted(FOLDER.glob("*/*.zip")):
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        file = parts[ALONE] if list(parts) == [ALONE] else parts
        files[f"{path.parent.name}: {path.stem}"] = (path.parent.name, file)
    return files
