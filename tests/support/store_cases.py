"""What every store must do, as functions of (open: name -> Files): run in the tests,
and as source in a tab. So it imports nothing but pywebml and the standard library.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pywebml.host.files import FormatError
from pywebml.host.stores import copy, move

Open = Callable[[str], Any]
MODEL = {
    "model.json": b'{"format": "layers-model", "modelTopology": {"class_name": "Sequential"},'
    b' "weightsManifest": [{"paths": ["weights.bin"], "weights":'
    b' [{"name": "a/b", "shape": [2], "dtype": "float32"}]}]}',
    "weights.bin": bytes(range(8)),
}
OTHER = {**MODEL, "weights.bin": bytes(range(8, 16)), "metadata.json": b'{"labels": ["a"]}'}
OUTSIDE = ("../up", "/etc/passwd", "a/../../b", "a\\b", "c:x", "", "nul\0byte")


async def refused(error: type[Exception], call: Awaitable[Any], says: str = "") -> None:
    try:
        await call
    except error as e:
        message = str(e)
    else:
        raise AssertionError(f"expected {error.__name__}: {says}")
    assert says in message, f"{says!r} is not in {message}"


async def contents(files: Any) -> dict[str, bytes]:
    return {path: bytes(await files.read(path)) for path in await files.list()}


async def what_is_written_is_read(open: Open) -> None:
    await open("m").write(MODEL)
    assert await contents(open("m")) == MODEL
    assert open("m").name


async def names_are_listed_in_order(open: Open) -> None:
    files = open("m")
    await files.write({"b": b"1", "a/z": b"2", "a/b/c": b""})
    assert await files.list() == ["a/b/c", "a/z", "b"]
    assert await files.read("a/b/c") == b""


async def writing_again_replaces_and_leaves_the_others(open: Open) -> None:
    files = open("m")
    await files.write(OTHER)
    await files.write({"weights.bin": b"01234567", "more": b"x"})
    assert await contents(open("m")) == {**OTHER, "weights.bin": b"01234567", "more": b"x"}


async def a_name_that_leads_out_is_refused(open: Open) -> None:
    files = open("m")
    await files.write(MODEL)
    for name in OUTSIDE:
        await refused(FormatError, files.write({"good": b"1", name: b"x"}), "leads out")
        await refused(FormatError, files.read(name), "leads out")
    assert await contents(files) == MODEL


async def a_missing_file_is_named(open: Open) -> None:
    files = open("m")
    await files.write(MODEL)
    await refused(FormatError, files.read("gone.bin"), "'gone.bin'")


async def a_store_with_nothing_in_it_says_so(open: Open) -> None:
    files = open("nothing")
    await refused(FileNotFoundError, files.list())
    await refused(FileNotFoundError, files.remove())
    await refused(FormatError, files.read("model.json"), "'model.json'")


async def what_is_removed_is_gone(open: Open) -> None:
    await open("m").write(OTHER)
    await open("m").remove()
    await refused(FileNotFoundError, open("m").list())
    await open("m").write(MODEL)
    assert await contents(open("m")) == MODEL


async def files_are_copied(open: Open) -> None:
    await open("m").write(OTHER)
    await copy(open("m"), open("n"))
    assert await contents(open("m")) == await contents(open("n")) == OTHER
    await refused(FormatError, copy(open("m"), open("o"), limit=20), "more than")
    await refused(FileNotFoundError, open("o").list())


async def files_are_moved(open: Open) -> None:
    await open("m").write(OTHER)
    await move(open("m"), open("n"))
    assert await contents(open("n")) == OTHER
    await refused(FileNotFoundError, open("m").list())


async def a_file_of_more_than_the_limit_is_not_read(open: Open) -> None:
    files = open("m")
    await files.write(MODEL)
    assert len(await files.read("weights.bin", 8)) == 8
    await refused(FormatError, files.read("weights.bin", 7), "more than the 7")


async def names_may_have_any_letters(open: Open) -> None:
    files = open("Füße 空")
    await files.write({"Füße/空 1.txt": "Größe".encode(), "%2e": b"percent"})
    again = open("Füße 空")
    assert await again.list() == ["%2e", "Füße/空 1.txt"]
    assert await again.read("Füße/空 1.txt") == "Größe".encode()
    assert await again.read("%2e") == b"percent"


async def two_models_stand_side_by_side(open: Open) -> None:
    await open("m").write(MODEL)
    await open("n").write(OTHER)
    assert await contents(open("m")) == MODEL
    assert await contents(open("n")) == OTHER
    await open("n").remove()
    assert await contents(open("m")) == MODEL


CASES = (
    what_is_written_is_read, names_are_listed_in_order,
    writing_again_replaces_and_leaves_the_others, a_name_that_leads_out_is_refused,
    a_missing_file_is_named, a_store_with_nothing_in_it_says_so, what_is_removed_is_gone,
    files_are_copied, files_are_moved, a_file_of_more_than_the_limit_is_not_read,
    names_may_have_any_letters, two_models_stand_side_by_side,
)  # fmt: skip
"""Beside these, each store is filled until it is full: whole or not at all."""
