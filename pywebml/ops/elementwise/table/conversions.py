"""What is behind `cast`."""

from __future__ import annotations

from ..instructions import POSITIVE, Row
from ..meaning import whole

ROWS: dict[str, Row] = {
    "cast_float32": Row(
        "a",
        lambda a: a.astype("float32" if a.dtype.kind != "f" else a.dtype),
        lambda g, y, a: (g,),
        "x as float32.",
        "float32",
    ),
    "cast_float16": Row(
        "F(H(a))",
        lambda a: a.astype("float16").astype(a.dtype),
        lambda g, y, a: (g,),
        "x as float16.",
        "float16",
    ),
    "cast_int32": Row(
        "select(a, F(0.0), NAN(a))",
        lambda a: whole(a, -(2.0**31), 2.0**31 - 128).astype("int32"),
        None,
        "x as int32.",
        "int32",
        integers="a",
    ),
    "cast_uint32": Row(
        "select(a, F(0.0), NAN(a))",
        lambda a: whole(a, 0.0, 2.0**32 - 256).astype("uint32"),
        None,
        "x as uint32.",
        "uint32",
        (POSITIVE,),
        integers="a",
    ),
    "cast_bool": Row("!(a == T(0))", lambda a: a != 0, None, "x != 0.", "bool"),
}
