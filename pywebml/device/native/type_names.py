"""How cffi reads the name of a C type, such as "WGPUBindGroupEntry[]".

It puts a line for each type of the whole header before it and has all that parsed,
for each of some forty names: half a second of a processor at every start.
"""

from __future__ import annotations

import copy
import re
from typing import Any


def read_alone(ffi: Any) -> None:
    """From now on names are read with those types alone that are named in them. What
    comes of it is the same; a cffi that works otherwise is left as it is.
    """
    parser: Any = getattr(ffi, "_parser", None)
    if not hasattr(parser, "_parse") or not isinstance(getattr(parser, "_declarations", 0), dict):
        return
    read = type(parser)._parse

    def parse(text: str) -> Any:
        every, one = parser._declarations, copy.copy(parser)
        keys = (f"typedef {word}" for word in set(re.findall(r"\w+", text)))
        one._declarations = {key: every[key] for key in keys if key in every}
        return read(one, text)

    parser._parse = parse
