"""Files of Keras 1 and 2 that are broken where their words are: a value of the config
is another, or a byte. Each loads, or is refused by a FormatError.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from keras_1_files import PICTURES, TEXTS, filled, written

import pywebml as pw
from pywebml.host.files import FormatError

VALUES = (None, [], {}, True, -1, 1e9, "x", [[[]]], [2], "th", {"name": "x"})
FILES = 60


def places(config: Any) -> list[tuple[Any, Any]]:
    """(what holds a value, its key) of all values in a config."""
    keys = config.keys() if isinstance(config, dict) else range(len(config))
    inside = [(config, key) for key in keys]
    deeper = (config[key] for key in keys if isinstance(config[key], (dict, list)))
    return inside + [place for value in deeper for place in places(value)]


@pytest.mark.parametrize("pairs", [PICTURES, TEXTS], ids=["pictures", "texts"])
def test_files_of_keras_1_with_other_words(pairs: Any, tmp_path: Path) -> None:
    filled(pw.Sequential([layer for _, layer in pairs]))
    text = json.dumps({"class_name": "Sequential", "config": [said for said, _ in pairs]})
    rng = random.Random(7)
    refused = 0
    for i in range(FILES):
        config = json.loads(text)
        for _ in range(rng.randint(1, 2)):
            holder, key = rng.choice(places(config))
            holder[key] = rng.choice(VALUES)
        data = written(tmp_path / f"{i}.h5", pairs, config).read_bytes()
        if i % 3 == 0:
            at = rng.randrange(len(data))
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        try:
            pw.load_model(data)
        except FormatError:
            refused += 1
    assert 0 < refused < FILES
