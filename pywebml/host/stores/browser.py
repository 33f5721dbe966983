"""The stores of a browser, in a tab: indexeddb://NAME and localstorage://NAME, each
with the database and keys that TensorFlow.js uses for a model of that name, and
downloads://NAME. Their JavaScript half is web/runtime/stores.js.

What TensorFlow.js knows of a model is a topology, one array of weights and some JSON.
So the files model.json and its shards are stored as that, and the others, with an index
of all of them, beside it, where TensorFlow.js passes over them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .. import IN_TAB
from ..files import MAX_FILE, checked_name, refused
from ..json_data import json_object, read_json
from ..page import opened
from .files import Entry, Names, Store, missing, too_big
from .folders import zip_bytes

_TEXTS = ("info", "model_topology", "weight_specs", "weight_data", "model_metadata", "pywebml")
"""The keys of an entry of localStorage; the last one is ours."""
_DOCUMENTS = [text for text in _TEXTS if text != "weight_data"]


THEIRS = ("model.json", "weights.bin")
"""The files of a model that TensorFlow.js saved."""


class Record(NamedTuple):
    """What is stored under a name.

    artifacts   a model's topology, weight specs and metadata as JSON, "" for no model
    weights     its shards, joined
    contents    [[path, "weights" or "data", start, length], ...] as JSON, "" where
                TensorFlow.js saved it
    data        the other files, joined
    """

    artifacts: str
    weights: bytes
    contents: str
    data: bytes


def packed(files: Mapping[str, bytes]) -> Record:
    """Files as an entry."""
    artifacts, shards = _artifacts(files)
    index: list[list[Any]] = []
    parts: dict[str, list[bytes]] = {"weights": [], "data": []}
    sizes = {"weights": 0, "data": 0}
    for path in [*shards, *sorted(set(files) - set(shards))]:
        part = "weights" if path in shards else "data"
        index.append([path, part, sizes[part], len(files[path])])
        parts[part].append(bytes(files[path]))
        sizes[part] += len(files[path])
    weights, data = (b"".join(parts[part]) for part in ("weights", "data"))
    return Record(artifacts, weights, json.dumps(index), data)


def unpacked(entry: Record) -> dict[str, bytes]:
    """The files of an entry."""
    if entry.contents:
        joined = {"weights": entry.weights, "data": entry.data}
        with refused("the index of what this browser stored"):
            return {
                checked_name(path): joined[part][start : start + length]
                for path, part, start, length in read_json(entry.contents, "the index")
            }
    artifacts = json_object(entry.artifacts, "the model that this browser stored")
    specs = artifacts.pop("weightSpecs", [])
    document = {**artifacts, "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}]}
    return {"model.json": json.dumps(document).encode(), "weights.bin": entry.weights}


def _artifacts(files: Mapping[str, bytes]) -> tuple[str, list[str]]:
    """(a model's artifacts as JSON, its shards); ("", []) where the files are none."""
    try:
        document = read_json(files["model.json"], "model.json")
        groups = document.pop("weightsManifest")
        shards = [path for group in groups for path in group["paths"]]
        specs = [spec for group in groups for spec in group["weights"]]
        whole = "modelTopology" in document and len(set(shards)) == len(shards)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", []
    if not whole or not set(shards) <= set(files) - {"model.json"}:
        return "", []
    return json.dumps({**document, "weightSpecs": specs}), shards


def _info(entry: Record) -> str:
    """What TensorFlow.js's lists show of a model."""
    artifacts = json.loads(entry.artifacts)
    return json.dumps(
        {
            "modelTopologyType": "JSON",
            "modelTopologyBytes": len(json.dumps(artifacts["modelTopology"])),
            "weightSpecsBytes": len(json.dumps(artifacts["weightSpecs"])),
            "weightDataBytes": len(entry.weights),
        }
    )


async def page_of(scheme: str) -> Any:
    """The page's stores. RuntimeError where there is no page."""
    if not IN_TAB:
        raise RuntimeError(f"{scheme}:// is a store of a browser, and this is none")
    return (await opened()).stores


def entries_in(listed: str) -> list[Entry]:
    """What the page lists of a store, as JSON: [[name, paths, bytes, when], ...]. What
    TensorFlow.js saved has no paths there.
    """
    return [
        Entry(name, tuple(paths or THEIRS), nbytes, datetime.fromisoformat(when) if when else None)
        for name, paths, nbytes, when in json.loads(listed)
    ]


async def asked(name: str, call: Awaitable[Any], to_be: str = "read") -> Any:
    """What the browser answers; where it refuses, an OSError in words."""
    try:
        return await call
    except (OSError, ValueError, RuntimeError):  # said by us
        raise
    except Exception as error:  # JavaScript's, such as QuotaExceededError
        said = str(error).removeprefix("Error: ")
    if "QuotaExceededError" in said:
        said = (
            "this browser has no more room for the page (QuotaExceededError), and all is as it"
            " was; make room with pw.remove_model or pw.data.forget, or at the foot of the gallery"
        )
    raise OSError(f"{name} could not be {to_be}: {said}")


class _Entries:
    """`Files` in one entry of a browser's store."""

    scheme = ""

    def __init__(self, entry: str):
        if not entry:
            raise ValueError(f"{self.scheme}:// needs a name behind it")
        self.entry, self.name = entry, f"{self.scheme}://{entry}"

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        files = await self._files()
        if checked_name(path) not in files:
            raise missing(path, self.name)
        data = files[path]
        if len(data) > limit:
            raise too_big(path, self.name, len(data), limit)
        return data

    async def write(self, files: Mapping[str, bytes]) -> None:
        checked = {checked_name(path): bytes(data) for path, data in files.items()}
        entry = packed({**await self._files(), **checked})
        await asked(self.name, self._put(entry), "written")

    async def remove(self) -> None:
        if await asked(self.name, self._get()) is None:
            raise FileNotFoundError(f"nothing is stored as {self.name}")
        await asked(self.name, self._drop(), "removed")

    async def list(self) -> Names:
        entry = await asked(self.name, self._get())
        if entry is None:
            raise FileNotFoundError(f"nothing is stored as {self.name}")
        return sorted(unpacked(entry))

    async def _files(self) -> dict[str, bytes]:
        entry = await asked(self.name, self._get())
        return {} if entry is None else unpacked(entry)

    async def _get(self) -> Record | None:
        raise NotImplementedError

    async def _put(self, entry: Record) -> None:
        raise NotImplementedError

    async def _drop(self) -> None:
        raise NotImplementedError


class IndexedDb(_Entries):
    """An entry of the database "tensorflowjs"."""

    scheme = "indexeddb"

    async def _get(self) -> Record | None:
        record = await (await page_of(self.scheme)).database.read(self.entry)
        if record is None:
            return None
        weights, data = record.weights.to_bytes(), record.data.to_bytes()
        return Record(record.artifacts, weights, record.contents, data)

    async def _put(self, entry: Record) -> None:
        from pyodide.ffi import to_js  # type: ignore[import-not-found]  # in a tab only

        weights, data = to_js(entry.weights), to_js(entry.data)
        info = _info(entry) if entry.artifacts else ""
        await (await page_of(self.scheme)).database.write(
            self.entry, entry.artifacts, weights, entry.contents, data, info
        )

    async def _drop(self) -> None:
        await (await page_of(self.scheme)).database.remove(self.entry)


class LocalStorage(_Entries):
    """The keys "tensorflowjs_models/NAME/..." of the page's localStorage, which holds
    some 5 MB in all.
    """

    scheme = "localstorage"

    def _keys(self) -> Names:
        return [f"tensorflowjs_models/{self.entry}/{text}" for text in _TEXTS]

    async def _get(self) -> Record | None:
        answer = await (await page_of(self.scheme)).texts.read(json.dumps(self._keys()))
        return entry_of(dict(zip(_TEXTS, json.loads(answer), strict=True)))

    async def _put(self, entry: Record) -> None:
        await self._write(texts_of(entry))

    async def _drop(self) -> None:
        await self._write(dict.fromkeys(_TEXTS))

    async def _write(self, texts: Mapping[str, str | None]) -> None:
        values = (texts[text] for text in _TEXTS)
        entries = dict(zip(self._keys(), values, strict=True))
        await (await page_of(self.scheme)).texts.write(json.dumps(entries))


def texts_of(entry: Record) -> dict[str, str | None]:
    """An entry as the texts of localStorage; None where there is none."""
    date = datetime.now(UTC).isoformat() if entry.artifacts else None
    data = base64.b64encode(entry.data).decode()
    ours = {"dateSaved": date, "contents": entry.contents, "data": data}
    texts: dict[str, str | None] = dict.fromkeys(_TEXTS)
    texts["pywebml"] = json.dumps(ours)
    if entry.artifacts:
        artifacts = json.loads(entry.artifacts)
        texts["info"] = json.dumps({"dateSaved": date, **json.loads(_info(entry))})
        texts["model_topology"] = json.dumps(artifacts.pop("modelTopology"))
        texts["weight_specs"] = json.dumps(artifacts.pop("weightSpecs"))
        texts["weight_data"] = base64.b64encode(entry.weights).decode()
        texts["model_metadata"] = json.dumps(artifacts)
    return texts


def entry_of(texts: Mapping[str, str | None]) -> Record | None:
    """The entry of localStorage's texts; None where there is none. Our part is passed
    over where TensorFlow.js has saved or removed the model since. FormatError where
    somebody else wrote what is none.
    """
    with refused("what this browser's localStorage has under that name"):
        values = {name: read_json(texts[name] or "null", name) for name in _DOCUMENTS}
        return _entry_of(values, base64.b64decode(texts["weight_data"] or ""))


def _entry_of(values: Mapping[str, Any], weights: bytes) -> Record | None:
    info, ours = values["info"], values["pywebml"]
    if ours is not None and ours["dateSaved"] != (info or {}).get("dateSaved"):
        ours = None
    if info is None and ours is None:
        return None
    contents, data = (ours["contents"], base64.b64decode(ours["data"])) if ours else ("", b"")
    if info is None:
        return Record("", b"", contents, data)
    artifacts = {
        **(values["model_metadata"] or {}),
        "modelTopology": values["model_topology"],
        "weightSpecs": values["weight_specs"] or [],
    }
    return Record(json.dumps(artifacts), weights, contents, data)


class Downloads:
    """The visitor's downloads: what is written there comes as NAME.zip."""

    def __init__(self, entry: str):
        if not entry:
            raise ValueError("downloads:// needs a name behind it")
        self.entry, self.name = entry, f"downloads://{entry}"

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        raise OSError(f"{self.name} can only be written")

    async def write(self, files: Mapping[str, bytes]) -> None:
        from pyodide.ffi import to_js

        stores = await page_of("downloads")
        download = stores.download(f"{self.entry}.zip", to_js(zip_bytes(files)))
        await asked(self.name, download, "written")

    async def remove(self) -> None:
        raise OSError(f"{self.name} can only be written")

    async def list(self) -> Names:
        raise OSError(f"{self.name} can only be written")


async def _models() -> list[Entry]:
    entries = (await page_of("indexeddb")).database.entries()
    return entries_in(await asked("the list of indexeddb://", entries))


async def _texts() -> list[Entry]:
    entries = (await page_of("localstorage")).texts.entries()
    return entries_in(await asked("the list of localstorage://", entries))


INDEXEDDB = Store("indexeddb", "indexeddb", IndexedDb, tab=True, entries=_models)
LOCALSTORAGE = Store("localstorage", "localstorage", LocalStorage, tab=True, entries=_texts)
DOWNLOADS = Store("downloads", "downloads", Downloads, reads=False, tab=True)
