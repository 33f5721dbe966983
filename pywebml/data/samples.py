"""The sample set that ships with the package: hands that point up, down, left and
right, drawn by draw_samples.py.
"""

from __future__ import annotations

from pathlib import Path


def sample_folder() -> Path:
    """The sample set as a folder of class folders, for `find_pictures` and `teach`."""
    folder = Path(__file__).parent / "up_down_left_right"
    if not folder.is_dir():
        raise FileNotFoundError(
            f"the sample set is missing from {folder}; reinstall pywebml from a wheel or checkout,"
            " unpacked"
        )
    return folder
