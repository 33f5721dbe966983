"""The sample sets that ship with the package: hands that point up, down, left and
right, drawn by draw_samples.py, and the gestures of draw_gestures.py.
"""

from __future__ import annotations

from pathlib import Path


def sample_folder(name: str = "up_down_left_right") -> Path:
    """A sample set as a folder of class folders, for `find_pictures` and `teach`:
    "up_down_left_right" or "rock_paper_scissors".
    """
    folder = Path(__file__).parent / name
    if not folder.is_dir():
        raise FileNotFoundError(
            f"the sample set is missing from {folder}; reinstall pywebml from a wheel or checkout,"
            " unpacked"
        )
    return folder
