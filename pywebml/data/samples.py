"""The sample sets that ship with the package: hands that point up, down, left and
right, drawn by draw_samples.py, the gestures of draw_gestures.py, the things of
draw_things.py.
"""

from __future__ import annotations

from pathlib import Path


def sample_folder(name: str = "up_down_left_right") -> Path:
    """A sample set as a folder of class folders, for `find_pictures` and `teach`:
    "up_down_left_right", "rock_paper_scissors" or "things".
    """
    folder = Path(__file__).parent / name
    if not folder.is_dir():
        raise FileNotFoundError(
            f"the sample set is missing from {folder}; reinstall pywebml from a wheel or checkout,"
            " unpacked"
        )
    return folder


TITLE = "Alice's Adventures in Wonderland by Lewis Carroll, chapters 1, 2 and 7"
"""What `sample_text` is. Published in 1865; its author died in 1898, so it is out of
copyright everywhere.
"""


def sample_text() -> str:
    """The text that ships with the package. A tab has it from its page's folder."""
    path = Path(__file__).parent / "alice.txt"
    if not path.is_file():
        raise FileNotFoundError(f"the sample text is missing at {path}; reinstall pywebml")
    return path.read_text(encoding="utf-8")


def iris_table() -> bytes:
    """150 irises as CSV: lengths and widths of their sepals and petals in centimetres,
    and their species. Measured by Edgar Anderson, published by R. A. Fisher in 1936
    ("The Use of Multiple Measurements in Taxonomic Problems"), whose values these are:
    two rows of a widely spread copy (the UCI repository's 35th and 38th) are not.
    """
    path = Path(__file__).parent / "iris.csv"
    if not path.is_file():
        raise FileNotFoundError(f"the table of irises is missing at {path}; reinstall pywebml")
    return path.read_bytes()
