"""How sorting becomes launches: rows of up to 1,024 values by a bitonic sort in
workgroup memory, longer ones by a radix sort of 8 bits a pass. Where only the first few
are asked for, one after the other is looked for in chunks of a row, or chunks are
sorted; then the same among the chunks' first ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...core.lowering import Lowering, Slot, pack
from ...core.spec import FLOATS, WGSL_TYPE
from ...device.kernels import typed_kernel
from ..scan import launch_scan

CHUNK = 1024  # values that a workgroup sorts in its memory
_FEW = 32  # first values that are looked for one by one
_PER_LANE = 64  # values of a chunk, for each invocation that looks
_BUSY = 256  # workgroups that keep a device busy
_DIGIT = 8  # bits: the kernels'


def _items(values: int) -> int:
    """Of a radix sort's invocation: few where there would be few workgroups."""
    return 8 if values > 1 << 18 else 4


class Keys(NamedTuple):
    """How kernels make whole numbers of values, in the order of the values."""

    text: str
    constants: Mapping[str, int]
    last: int = 0  # segment that there is, where the values are ids
    bits: int = 32  # of the largest key


def keys_of(dtype: str, descending: bool = False) -> Keys:
    """Of floats, int32, uint32 or bool."""
    kind = 0 if dtype in FLOATS else 2 - (dtype == "int32")
    bits = 1 if dtype == "bool" and not descending else 32
    return Keys("sort/keys", {"KIND": kind, "DESCENDING": int(descending)}, bits=bits)


def keys_of_ids(segments: int, clip: bool) -> Keys:
    """Of int32 ids of segments: see kernels/sort/ids.wgsl."""
    last = segments - 1
    return Keys("sort/ids", {"CLIP": int(clip)}, last, max(1, last.bit_length()))


_PLACED = keys_of("uint32")  # keys are their own


def launch_sort(k: Lowering, x: Slot, order: Slot, rows: int, most: int, keys: Keys) -> Slot:
    """Launches that write the places of the first `most` of each row in order, [rows,
    most], equal ones as they stand; returns their keys.
    """
    n = x.size // rows
    if most <= min(_FEW, n // 2):
        return _launch_few(k, x, order, rows, most, keys)
    if n <= CHUNK or most <= CHUNK // 4:
        return _launch_bitonic(k, x, order, rows, most, keys)
    if most == n:
        return _launch_radix(k, x, order, rows, keys)
    raise ValueError(f"launch_sort takes all of a long row or up to {CHUNK // 4}, not {most}")


def _launch_few(k: Lowering, x: Slot, order: Slot, rows: int, most: int, by: Keys) -> Slot:
    places, placed = x, 0
    while True:
        n = x.size // rows
        lanes = min(256, max(32, 1 << (-(-n // 4) - 1).bit_length()))
        size = lanes * _PER_LANE
        while size > lanes * 8 and rows * -(-n // size) < _BUSY:
            size //= 2
        chunks = -(-n // size)
        last = n - (chunks - 1) * size
        out = min(most, n) if chunks == 1 else (chunks - 1) * most + min(most, last)
        keys = k.scratch((rows, out), "uint32")
        to = order if chunks == 1 else k.scratch((rows, out), "uint32")
        program = typed_kernel(
            "sort/few", WGSL_TYPE[x.dtype], SIZE=size, LANES=lanes, PLACED=placed, **by.constants
        )
        params = pack("5I", rows, n, chunks, most, out)
        k.launch_flat(program, [x, places, keys, to], params, rows * chunks, 1)
        if chunks == 1:
            return keys
        x, places, placed, by = keys, to, 1, _PLACED


def _launch_bitonic(k: Lowering, x: Slot, order: Slot, rows: int, most: int, by: Keys) -> Slot:
    places, placed = x, 0
    while True:
        n = x.size // rows
        size = min(CHUNK, max(2, 1 << (n - 1).bit_length()))
        chunks = -(-n // size)
        last = n - (chunks - 1) * size
        out = min(most, n) if chunks == 1 else (chunks - 1) * most + min(most, last)
        keys = k.scratch((rows, out), "uint32")
        to = order if chunks == 1 else k.scratch((rows, out), "uint32")
        lanes = min(256, max(1, size // 4))
        sizes = {"SIZE": size, "LANES": lanes, "PLACED": placed}
        program = typed_kernel(
            "sort/bitonic", WGSL_TYPE[x.dtype], choices=(by.text,), **sizes, **by.constants
        )
        params = pack("6I", rows, n, chunks, min(most, size), out, by.last)
        k.launch_flat(program, [x, places, keys, to], params, rows * chunks, 1)
        if chunks == 1:
            return keys
        x, places, placed, by = keys, to, 1, _PLACED


def _launch_radix(k: Lowering, x: Slot, order: Slot, rows: int, by: Keys) -> Slot:
    n = x.size // rows
    items = _items(rows * n)
    blocks = -(-n // (128 * items))
    counts, before = (k.scratch((rows, 256, blocks + 1), "uint32") for _ in range(2))
    pairs = [[k.scratch((rows, n), "uint32") for _ in range(2)] for _ in range(2)]
    places, placed, keys, bits = x, 0, x, by.bits
    for shift in range(0, bits, _DIGIT):
        element = WGSL_TYPE[x.dtype]
        params = pack("5I", rows, n, blocks, shift, by.last)
        sizes = {"ITEMS": items}
        count = typed_kernel(
            "sort/count", element, choices=(by.text,), sizes=tuple(sizes.items()), **by.constants
        )
        k.launch_flat(count, [x, counts], params, rows * blocks, 1)
        launch_scan(k, counts, before, rows * 256, exclusive=True)
        keys, to = pairs[shift // _DIGIT % 2]
        to = order if shift + _DIGIT >= bits else to
        sizes["WORDS"] = max(1024, 128 * items)
        place = typed_kernel(
            "sort/place",
            element,
            choices=(by.text,),
            sizes=tuple(sizes.items()),
            PLACED=placed,
            **by.constants,
        )
        k.launch_flat(place, [x, places, before, keys, to], params, rows * blocks, 1)
        x, places, placed, by = keys, to, 1, _PLACED
    return keys
