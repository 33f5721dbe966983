"""The data of a pickle that torch.save wrote, without running what it says.

A pickle is a program. So it is not given to `pickle`: the small stack machine below
knows only the opcodes that build data, calls nothing, and turns the few names that a
state dict needs (ALLOWED) into marks. Any other opcode or name is an error that says
which one it was.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from ...host.files import FormatError

MAX_BYTES = 1 << 30
"""Largest file, and largest sum of all tensors after strides are written out, that is
read (1 GiB).
"""

STORAGES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1",
    "BoolStorage": "?",
}  # fmt: skip
"""PyTorch's storages, in NumPy's words."""
ITEMSIZE_OF = {kind: int(form[-1]) if form[-1].isdigit() else 1 for kind, form in STORAGES.items()}
ALLOWED = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
    }
    | {f"torch {s}" for s in STORAGES}
)


class Name(str):
    """A global that the pickle mentioned; only ever compared, never called."""


class Storage(NamedTuple):
    kind: str  # a key of STORAGES
    key: str
    size: int  # elements


class StridedTensor(NamedTuple):
    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in elements


class Marker:
    """Where a tuple, a list of items or a dict's pairs begin on the stack."""


_INTEGERS = {"BININT", "BININT1", "BININT2", "LONG1"}
_TEXTS = {"BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_IGNORED = {"PROTO", "FRAME"}


def unpickle(file: BinaryIO, storages: dict[str, Storage] | None = None) -> Any:
    """The data of one pickle; the storages that its persistent ids name are added to
    `storages`.
    """
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    pop = _popper(stack)
    for opcode, arg, position in _opcodes(file):
        op = opcode.name
        if op in _IGNORED:
            continue
        if op == "STOP":
            return pop()
        if op in _INTEGERS or op in _TEXTS or op == "BINFLOAT":
            stack.append(arg)
        elif op in _CONSTANTS:
            stack.append(_CONSTANTS[op])
        elif op == "EMPTY_DICT":
            stack.append({})
        elif op == "EMPTY_LIST":
            stack.append([])
        elif op == "MARK":
            stack.append(Marker())
        elif op in ("BINPUT", "LONG_BINPUT"):
            memo[arg] = stack[-1] if stack else pop()
        elif op == "MEMOIZE":
            memo[len(memo)] = stack[-1] if stack else pop()
        elif op in ("BINGET", "LONG_BINGET"):
            if arg not in memo:
                raise FormatError(f"broken pickle: nothing remembered as {arg}")
            stack.append(memo[arg])
        elif op == "TUPLE":
            stack.append(tuple(_items(stack)))
        elif op in ("TUPLE1", "TUPLE2", "TUPLE3"):
            stack.append(tuple(reversed([pop() for _ in range(int(op[-1]))])))
        elif op in ("APPEND", "APPENDS"):
            items = [pop()] if op == "APPEND" else _items(stack)
            _top(stack, list).extend(items)
        elif op in ("SETITEM", "SETITEMS"):
            items = [pop(), pop()][::-1] if op == "SETITEM" else _items(stack)
            if len(items) % 2 or not all(isinstance(k, (str, int)) for k in items[::2]):
                raise FormatError(
                    "broken pickle: a dict needs text or integer keys, each with a value"
                )
            _top(stack, dict).update(zip(items[::2], items[1::2], strict=True))
        elif op == "GLOBAL":
            stack.append(_allowed(arg))
        elif op == "STACK_GLOBAL":
            name, module = pop(), pop()
            stack.append(
                _allowed(
                    f"{module} {name}" if isinstance(name, str) and isinstance(module, str) else "?"
                )
            )
        elif op == "BINPERSID":
            stack.append(_storage(pop(), storages))
        elif op == "REDUCE":
            arguments, function = pop(), pop()
            stack.append(_reduce(function, arguments))
        elif op == "BUILD":  # attributes such as an OrderedDict's _metadata: not needed
            pop()
            _top(stack, dict)
        else:
            raise FormatError(
                f"refused: pickle opcode {op} at byte {position} is not needed for a state dict"
            )
    raise FormatError("broken pickle: it ends without STOP")


def _opcodes(file: BinaryIO) -> Iterator[tuple[Any, Any, int | None]]:
    import pickletools  # heavy, and a tab that starts needs none of it

    try:
        yield from pickletools.genops(file)
    except (ValueError, OverflowError, struct.error) as e:
        raise FormatError(f"broken pickle: {e}") from None


def _popper(stack: list[Any]) -> Callable[[], Any]:
    def pop() -> Any:
        if not stack or isinstance(stack[-1], Marker):
            raise FormatError("broken pickle: it takes more from the stack than it put there")
        return stack.pop()

    return pop


def _items(stack: list[Any]) -> list[Any]:
    """What lies above the last mark; takes it and the mark off the stack."""
    start = next((i for i in range(len(stack) - 1, -1, -1) if isinstance(stack[i], Marker)), None)
    if start is None:
        raise FormatError("broken pickle: a mark is missing")
    items = stack[start + 1 :]
    del stack[start:]
    return items


def _top(stack: list[Any], kind: type) -> Any:
    if not stack or not isinstance(stack[-1], kind):
        raise FormatError(
            f"refused: expected a {kind.__name__} to fill, found"
            f" {type(stack[-1]).__name__ if stack else 'nothing'}"
        )
    return stack[-1]


def _allowed(name: str) -> Name:
    if name not in ALLOWED:
        raise FormatError(
            f"refused: the pickle asks for {name.replace(' ', '.')!r}, which a state dict does not"
            " need"
        )
    return Name(name)


def _is_integers(x: Any) -> bool:
    return isinstance(x, tuple) and all(type(i) is int for i in x)


def _storage(pid: Any, storages: dict[str, Storage] | None) -> Storage:
    """("storage", type, key, location, elements) and, in the legacy layout, a sixth
    entry for views, here None.
    """
    if (
        storages is None
        or not isinstance(pid, tuple)
        or len(pid) not in (5, 6)
        or pid[0] != "storage"
        or pid[5:] not in ((), (None,))
    ):
        raise FormatError("refused: a persistent id that is not a plain storage")
    _, kind, key, _, size = pid[:5]
    if (
        not isinstance(kind, Name)
        or not kind.endswith("Storage")
        or not isinstance(key, str)
        or type(size) is not int
        or size < 0
    ):
        raise FormatError("refused: a storage needs a type, a key and a size")
    storage = Storage(kind.split()[1], key, size)
    if size * ITEMSIZE_OF[storage.kind] > MAX_BYTES:
        raise FormatError(
            f"storage {key!r} would have {size} elements, more than the {MAX_BYTES} bytes that are"
            " read"
        )
    if storages.setdefault(key, storage) != storage:
        raise FormatError(f"storage {key!r} is named twice with different types or sizes")
    return storage


def _reduce(function: Any, arguments: Any) -> Any:
    """What the three allowed calls would make, as plain data."""
    if isinstance(function, Name) and isinstance(arguments, tuple):
        if function == "collections OrderedDict" and arguments in ((), ([],)):
            return {}
        if (
            function.endswith("_rebuild_parameter")
            and arguments
            and isinstance(arguments[0], StridedTensor)
        ):
            return arguments[0]
        if function.endswith("_rebuild_tensor_v2") and len(arguments) >= 4:
            storage, offset, shape, strides = arguments[:4]
            if (
                isinstance(storage, Storage)
                and type(offset) is int
                and _is_integers(shape)
                and _is_integers(strides)
            ):
                return StridedTensor(storage, offset, shape, strides)
    called = function if isinstance(function, Name) else type(function).__name__
    raise FormatError(f"refused: a call of {called} that a state dict does not make")
