"""What a Flower server (Flower 1.42) and a node say to each other, as plain data.

A message's content is a tree of objects, which are sent one by one and known by the
sha256 of their bytes: "KIND CHILDREN SIZE", a zero byte, a body. CHILDREN are the ids
of the objects below, with commas between them. Of these kinds:

Message       a body of protobuf (MESSAGE: its metadata), and its RecordDict below
RecordDict    {name: id} as JSON; its records below
ArrayRecord   {name: id} as JSON; its arrays below
Array         {"dtype", "shape", "stype", "arraychunk_ids"} as JSON; its chunks below
ArrayChunk    bytes of a .npy file
ConfigRecord, MetricRecord    names and values in protobuf (VALUES)

Records are {name: record} here, a record {name: Weight} or {name: number, text, list}.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ...host.files import FormatError, refused
from ...host.json_data import json_object
from . import npz
from .protobuf import Reader, Table, written
from .stored import Weight

MAX_UPDATE = 64 << 20
"""Bytes of a message's objects in all: heads of millions of numbers fit in there."""
MAX_OBJECTS = 1000
CHUNK = 16 << 20
"""Bytes of an array that travel in one object."""
MAX_HEAD = 65 * MAX_OBJECTS + 100
TRAINS, EVALUATES = "train", "evaluate"
"""Types of messages, and how those begin that name one of several."""
FAILED = 4
"""Flower's code 2, a client that raised an error, as sint64."""

PLACE = "/v1/fleet/"
"""Where the Fleet API lies on a server; a call is a word behind it."""
CALLS = (
    "register-node", "activate-node", "pull-messages", "pull-object", "confirm-message-received",
    "push-messages", "push-object", "send-node-heartbeat", "deactivate-node", "unregister-node",
)  # fmt: skip
SIGNED = ("flwr-public-key", "flwr-timestamp", "flwr-signature")
"""Headers of a call: a key, a time, and the time signed with that key."""
TYPE = "application/protobuf"
MAX_CALL = 32 << 20
"""Bytes of a call or its answer; Flower sends 20 MiB of an object at once."""

NODE: Table = {1: ("node_id", "int")}
METADATA: Table = {
    1: ("run_id", "int"), 2: ("message_id", "text"), 3: ("src_node_id", "int"),
    4: ("dst_node_id", "int"), 5: ("reply_to_message_id", "text"), 6: ("group_id", "text"),
    7: ("ttl", "double"), 8: ("message_type", "text"), 9: ("created_at", "double"),
    10: ("src_task_id", "int"), 11: ("dst_task_id", "int"),
}  # fmt: skip
ERROR: Table = {1: ("code", "int"), 2: ("reason", "text")}
MESSAGE: Table = {1: ("metadata", METADATA), 2: ("content", {}), 3: ("error", ERROR)}
TREE: Table = {1: ("object_id", "text")}
TREE[2] = ("children", [TREE])
KEY: Table = {1: ("public_key", "bytes"), 2: ("heartbeat_interval", "double")}
PULLED: Table = {2: ("messages", [MESSAGE]), 3: ("trees", [TREE])}
PUSH: Table = {
    1: ("node", NODE), 2: ("messages", [MESSAGE]), 3: ("trees", [TREE]), 4: ("seconds", "doubles"),
}  # fmt: skip
PUSHED: Table = {3: ("objects", ["text"]), 4: ("session_id", "text")}
HEARTBEAT: Table = {1: ("node", NODE), 2: ("heartbeat_interval", "double")}
SUCCESS: Table = {1: ("yes", "int")}
OBJECT_ASKED: Table = {1: ("node", NODE), 2: ("run_id", "int"), 3: ("object_id", "text")}
OBJECT: Table = {1: ("known", "int"), 2: ("there", "int"), 3: ("content", "bytes")}
PUSH_OBJECT: Table = {
    1: ("node", NODE), 2: ("run_id", "int"), 3: ("object_id", "text"), 4: ("content", "bytes"),
    5: ("session_id", "text"),
}  # fmt: skip
VALUE: Table = {
    1: ("double", "double"), 2: ("sint64", "int"), 3: ("uint64", "int"), 4: ("bool", "int"),
    5: ("text", "text"), 6: ("bytes", "bytes"), 21: ("doubles", {1: ("values", "doubles")}),
    22: ("sints", {1: ("values", "ints")}), 23: ("uints", {1: ("values", "ints")}),
    24: ("bools", {1: ("values", "ints")}), 25: ("texts", {1: ("values", ["text"])}),
}  # fmt: skip
VALUES: Table = {1: ("items", [{1: ("name", "text"), 2: ("value", VALUE)}])}

_ID = re.compile(r"[0-9a-f]{64}")
_HEAD = re.compile(rb"([A-Za-z]{1,32}) ((?:[0-9a-f]{64},?)*) (\d{1,12})")


class Object(NamedTuple):
    """An object's kind, the ids of those below it, and its body."""

    kind: str
    children: list[str]
    body: memoryview


def tree_ids(tree: Mapping[str, Any]) -> list[str]:
    """The ids of a tree's objects, each once, those below before those above.
    FormatError for a tree of more than MAX_OBJECTS, or with ids that are none.
    """
    ids: dict[str, None] = {}
    left = MAX_OBJECTS

    def walk(branch: Mapping[str, Any]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise FormatError(f"the server's message has more than {MAX_OBJECTS:,} objects")
        for child in branch.get("children", ()):
            walk(child)
        name = branch.get("object_id", "")
        if not _ID.fullmatch(name):
            raise FormatError(f"the server's message has an object called {name!r:.80}")
        ids[name] = None

    walk(tree)
    return list(ids)


def opened(content: bytes | memoryview, name: str) -> Object:
    """The object of that id. FormatError where it is another, or none."""
    if hashlib.sha256(content).hexdigest() != name:
        raise FormatError(f"object {name[:12]} came with other bytes than its sum says")
    view = memoryview(content)
    head, zero, _ = bytes(view[:MAX_HEAD]).partition(b"\0")
    said = _HEAD.fullmatch(head)
    if not zero or said is None:
        raise FormatError(f"object {name[:12]} begins with {head[:60]!r}, which is no head of one")
    body = view[len(head) + 1 :]
    if len(body) != int(said[3]):
        raise FormatError(f"object {name[:12]} says {int(said[3])} bytes and has {len(body)}")
    children = said[2].decode().split(",") if said[2] else []
    return Object(said[1].decode(), children, body)


def read_records(contents: Mapping[str, bytes | memoryview], root: str) -> dict[str, Any]:
    """The records of a RecordDict whose objects, by id, came from a server. FormatError
    for anything that is not as this module's first lines say.
    """
    with refused("what the server sent"):
        return {
            name: _record(contents, child)
            for name, child in _named(contents, root, "RecordDict").items()
        }


def _named(contents: Mapping[str, Any], name: str, kind: str) -> dict[str, str]:
    """{name: id} of an object that has others below it."""
    content = opened(_content(contents, name), name)
    if content.kind != kind:
        raise FormatError(f"object {name[:12]} is a {content.kind}; expected a {kind}")
    names = json_object(content.body, f"object {name[:12]}")
    if set(names.values()) != set(content.children):
        raise FormatError(f"object {name[:12]} names others than lie below it")
    return names


def _content(contents: Mapping[str, Any], name: str) -> Any:
    if name not in contents:
        raise FormatError(f"object {name[:12]} is missing")
    return contents[name]


def _record(contents: Mapping[str, Any], name: str) -> dict[str, Any]:
    content = opened(_content(contents, name), name)
    if content.kind == "ArrayRecord":
        names = _named(contents, name, "ArrayRecord")
        return {key: _array(contents, child, key) for key, child in names.items()}
    if content.kind in ("ConfigRecord", "MetricRecord"):
        items = Reader(content.body).message(VALUES).get("items", [])
        return {item.get("name", ""): _value(item) for item in items}
    raise FormatError(f"object {name[:12]} is a {content.kind}; expected a record")


def _array(contents: Mapping[str, Any], name: str, key: str) -> Weight:
    array = opened(_content(contents, name), name)
    if array.kind != "Array":
        raise FormatError(f"object {name[:12]} is a {array.kind}; expected an Array")
    order = json_object(array.body, f"array {key!r}")["arraychunk_ids"]
    if len(order) > MAX_OBJECTS or not all(type(i) is int and i >= 0 for i in order):
        raise FormatError(f"array {key!r} says its chunks in no order")
    chunks: list[memoryview] = []
    for i in order:
        child = array.children[i]
        chunk = opened(_content(contents, child), child)
        if chunk.kind != "ArrayChunk":
            raise FormatError(f"object {child[:12]} is a {chunk.kind}; expected an ArrayChunk")
        chunks.append(chunk.body)
        if sum(map(len, chunks)) > MAX_UPDATE:  # one chunk may be named again and again
            raise FormatError(f"array {key!r} has more than {MAX_UPDATE:,} bytes")
    return npz.array_in(b"".join(chunks), f"array {key!r}")


def _value(item: Mapping[str, Any]) -> Any:
    if not item["value"]:
        raise FormatError(f"{item.get('name')!r:.80} has no value of a kind that is read")
    kind, value = next(iter(item["value"].items()))
    if isinstance(value, dict):
        value = value.get("values", b"" if kind == "doubles" else [])
    if kind == "doubles":
        return memoryview(bytes(value)).cast("d").tolist()
    how = _READ.get(kind[:4])
    if how is None:
        return value
    return [how(each) for each in value] if isinstance(value, list) else how(value)


def _unzigzag(number: int) -> int:
    number = _unsigned(number)
    return number >> 1 ^ -(number & 1)


def _unsigned(number: int) -> int:
    return number & (1 << 64) - 1


_READ: dict[str, Callable[[Any], Any]] = {
    "sint": _unzigzag, "uint": _unsigned, "bool": bool, "byte": bytes,
}  # fmt: skip

# ---- the other way ----


class Written:
    """Objects as they are sent: `contents` by id, those below before those above."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def add(self, kind: str, body: bytes, trees: list[dict[str, Any]]) -> dict[str, Any]:
        """The tree of an object with these below it."""
        children = list(dict.fromkeys(tree["object_id"] for tree in trees))
        content = f"{kind} {','.join(children)} {len(body)}\0".encode() + body
        name = hashlib.sha256(content).hexdigest()
        self.contents[name] = content
        unique = {tree["object_id"]: tree for tree in trees}
        return {"object_id": name, "children": [unique[child] for child in children]}

    def message(
        self, metadata: Mapping[str, Any], records: Mapping[str, Any] | str
    ) -> dict[str, Any]:
        """The tree of a message with these records, or with the words of an error."""
        message: dict[str, Any] = {"metadata": dict(metadata)}
        if isinstance(records, str):
            message["error"] = {"code": FAILED, "reason": records}
            return self.add("Message", written(message, MESSAGE), [])
        return self.add("Message", written(message, MESSAGE), [self.records(records)])

    def records(self, records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        trees = {name: self._record(record) for name, record in records.items()}
        return self._naming("RecordDict", trees)

    def _record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        if all(isinstance(value, Weight) for value in record.values()):
            arrays = {name: self._array(name, weight) for name, weight in record.items()}
            return self._naming("ArrayRecord", arrays)
        items = [{"name": name, "value": _spelt(value)} for name, value in record.items()]
        return self.add("MetricRecord", written({"items": items}, VALUES), [])

    def _naming(self, kind: str, trees: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        names = {name: tree["object_id"] for name, tree in trees.items()}
        return self.add(kind, json.dumps(names).encode(), list(trees.values()))

    def _array(self, name: str, weight: Weight) -> dict[str, Any]:
        data = npz.array_bytes(name, weight)
        chunks = [
            self.add("ArrayChunk", data[at : at + CHUNK], []) for at in range(0, len(data), CHUNK)
        ]
        ids = [chunk["object_id"] for chunk in chunks]
        about = {
            "dtype": weight.dtype,
            "shape": list(weight.shape),
            "stype": "numpy.ndarray",
            "arraychunk_ids": [list(dict.fromkeys(ids)).index(each) for each in ids],
        }
        return self.add("Array", json.dumps(about).encode(), chunks)


def _spelt(value: float | int) -> dict[str, Any]:
    """A number of a MetricRecord."""
    return {"sint64": zigzag(value)} if isinstance(value, int) else {"double": float(value)}


def zigzag(number: int) -> int:
    """A whole number as protobuf's sint64 has it.

    Example:
        >>> zigzag(0), zigzag(-1), zigzag(1)
        (0, 1, 2)
    """
    return number << 1 if number >= 0 else (-number << 1) - 1
