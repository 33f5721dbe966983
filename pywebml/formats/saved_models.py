"""The models that stores have: listed, copied, moved, removed. TensorFlow.js's
`tf.io.listModels` and its like.

These block; those that end in `_async` are the same for code that awaits them, in a
browser tab for instance.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from ..host.files import FormatError
from ..host.json_data import read_json
from ..host.stores import Files, listing_stores, open_store, store_of
from ..host.waiting import run_sync
from .loading import Where


class SavedModel(NamedTuple):
    """What `list_models` tells of a model: bytes, and when it was saved, None where
    nobody knows.
    """

    nbytes: int
    saved: datetime | None


async def list_models_async() -> dict[str, SavedModel]:
    """`list_models` for code that awaits it."""
    models: dict[str, SavedModel] = {}
    for store in listing_stores():
        assert store.entries is not None
        for entry in await store.entries():
            if _is_model(entry.paths):
                models[f"{store.scheme}://{entry.name}"] = SavedModel(entry.nbytes, entry.saved)
    return models


def list_models() -> dict[str, SavedModel]:
    """The models in the stores that can tell, by address: in a browser tab those of
    indexeddb://, localstorage:// and opfs://, TensorFlow.js's own among them; elsewhere
    those of cache://.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.save("cache://lines")
        >>> "cache://lines" in pw.list_models()
        True
        >>> pw.remove_model("cache://lines")
    """
    return run_sync(list_models_async())


async def copy_model_async(source: Where, target: Where) -> None:
    """`copy_model` for code that awaits it."""
    if isinstance(source, str) and source == target:
        raise ValueError(f"the model is at {source!r} already; give another place to copy it to")
    await open_store(target).write(await _files_of(open_store(source)))


def copy_model(source: Where, target: Where) -> None:
    """Copies a model's files as they are from one place to another, whole or not at
    all; for places see `pw.load_model`. What stood there under the same names is
    replaced. FileNotFoundError where nothing is, OSError where it does not fit.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.save("cache://lines")
        >>> pw.copy_model("cache://lines", "cache://more-lines")
        >>> pw.load_model("cache://more-lines").count_params()
        3
        >>> pw.remove_model("cache://lines"), pw.remove_model("cache://more-lines")
        (None, None)
    """
    run_sync(copy_model_async(source, target))


async def move_model_async(source: str, target: Where) -> None:
    """`move_model` for code that awaits it."""
    _listed(source)
    await copy_model_async(source, target)
    await open_store(source).remove()


def move_model(source: str, target: Where) -> None:
    """`copy_model`, after which it is no longer at `source`: an address in a store
    whose models `list_models` lists, ValueError for any other.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.save("cache://lines")
        >>> pw.move_model("cache://lines", "cache://moved")
        >>> [address for address in pw.list_models() if address.startswith("cache://moved")]
        ['cache://moved']
        >>> pw.remove_model("cache://moved")
    """
    run_sync(move_model_async(source, target))


async def remove_model_async(where: str) -> None:
    """`remove_model` for code that awaits it."""
    _listed(where)
    files = open_store(where)
    names = await files.list()
    if not _is_model(names):
        raise FormatError(f"{files.name} holds no model, but {', '.join(names[:3])}")
    await files.remove()


def remove_model(where: str) -> None:
    """Removes a model for good: one that `list_models` lists, so that no folder of
    yours is emptied by mistake. ValueError for any other place, FileNotFoundError
    where nothing is stored.

    Example:
        >>> pw.remove_model("models/mine")
        Traceback (most recent call last):
        ValueError: 'models/mine' is in no store that lists its models (cache://); ...
    """
    run_sync(remove_model_async(where))


async def _files_of(files: Files) -> dict[str, bytes]:
    """All files of a model; of a model.json that stands for it, the shards, too."""
    names = await files.list()
    contents = {name: await files.read(name) for name in names}
    if len(names) == 1 and names[0].endswith(".json"):
        for shard in _shards(contents[names[0]], f"{names[0]} in {files.name}"):
            contents[shard] = await files.read(shard)
    return contents


def _shards(data: bytes, where: str) -> list[str]:
    document = read_json(data, where)
    groups = document.get("weightsManifest", []) if isinstance(document, dict) else []
    try:
        return [str(path) for group in groups for path in group["paths"]]
    except (TypeError, KeyError):
        raise FormatError(f"{where}: its 'weightsManifest' lists no files") from None


def _is_model(names: Iterable[str]) -> bool:
    return any(name == "model.json" or name.endswith((".keras", ".h5")) for name in names)


def _listed(where: object) -> None:
    """ValueError for places whose models nobody lists."""
    store = store_of(where)
    if store is None or store.entries is None:
        schemes = [f"{one.scheme}://" for one in listing_stores()]
        raise ValueError(
            f"{where!r} is in no store that lists its models ({', '.join(schemes)}); files"
            " elsewhere are yours to move and delete"
        )
