"""Models from wherever they are, in whatever known format, and back.

`load_model` and `save_model` block; `read_model` and `write_model` are the same for
code that awaits them, in a browser tab for instance.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..host.files import MAX_FILE, FormatError, refused
from ..host.stores import UNNAMED, ZIP_START, AtHand, Files, Zip, open_store
from ..host.stores.files import Names
from ..host.waiting import at_once, run_sync
from ..models import Model
from . import FORMATS
from .layers_models import build_model, stored_model, topology_of
from .recognising import told
from .wire.stored import Format, Stored, elements

T = TypeVar("T")
Where = str | Path | bytes | Mapping[str, bytes] | Files
"""What `open_store` takes: a path, an address, bytes, files by name."""


class WeightRow(NamedTuple):
    """A weight as `inspect` tells it: `stored_as` is how it lies in the file."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    stored_as: str


class Inspection(NamedTuple):
    """What `inspect` found out.

    topology     "keras", or None for weights alone
    parameters   numbers in all weights; nbytes   their bytes as they are stored
    """

    format: str
    topology: str | None
    weights: tuple[WeightRow, ...]
    parameters: int
    nbytes: int
    metadata: dict[str, Any]


class _Remembered:
    """Files whose contents are read once, while formats look at them in turn."""

    def __init__(self, files: Files):
        self._files, self.name = files, files.name
        self._names: Names | None = None
        self._contents: dict[str, bytes] = {}

    async def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        data = self._contents.get(path)
        if data is None:
            data = self._contents[path] = await self._files.read(path, limit)
        if len(data) > limit:
            raise FormatError(f"{path!r} in {self.name} has more than {limit} bytes")
        return data

    async def write(self, files: Mapping[str, bytes]) -> None:
        raise OSError(f"{self.name} is being read")

    async def remove(self) -> None:
        raise OSError(f"{self.name} is being read")

    async def list(self) -> Names:
        if self._names is None:
            self._names = await self._files.list()
        return self._names


async def read_stored(where: Where) -> tuple[Format, Stored]:
    """(its format, what the files at a place say) as plain data, weights not decoded.

    FileNotFoundError where nothing is, FormatError for what no format knows or for a
    broken file, ConnectionError where the net fails.
    """
    files = _Remembered(open_store(where))
    for form in FORMATS:
        with refused(files.name):
            if await form.knows(files):
                return form, await form.read(files)
    known = ", ".join(form.name for form in FORMATS)
    expected = f"in a format that is known; known are {known}"
    names = await files.list()
    if len(names) != 1:
        raise FormatError(told(files.name, names, b"", expected))
    data = await files.read(names[0])
    what = files.name if files.name == UNNAMED else f"{names[0]} in {files.name}"
    inside = Zip(data).names() if data.startswith(ZIP_START) else []
    raise FormatError(told(what, [*names, *inside] if data else [], data[:64], expected))


async def read_model(where: Where) -> Model:
    """`load_model` for code that awaits it."""
    _, stored = await read_stored(where)
    return build_model(topology_of(stored), stored.weights)


def load_model(where: Where) -> Model:
    """A model with its weights: from a folder, a file, a zip (as a path or bytes), an
    address, or a store of the browser; see `open_store`.

    Errors as `read_stored`; ValueError for weights without a model, an unknown layer,
    or a weight that does not fit. Waits, so in a browser tab this needs JSPI where the
    files are not at hand; `read_model` does not.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> from pywebml.formats.layers_models import layers_model_files
        >>> files = layers_model_files(model)
        >>> load_model(files).count_params()
        3
    """
    files = open_store(where)
    return _waited(files, read_model(files))


def inspect(where: Where) -> Inspection:
    """What the files at a place hold, without making a model of it; `where` and errors
    as for `load_model`.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> from pywebml.formats.layers_models import layers_model_files
        >>> about = inspect(layers_model_files(model))
        >>> about.format, about.parameters, about.weights[0].name
        ('tfjs-layers', 3, 'line/kernel')
    """
    files = open_store(where)
    form, stored = _waited(files, read_stored(files))
    rows = tuple(
        WeightRow(name, weight.shape, weight.dtype, weight.stored_as)
        for name, weight in stored.weights.items()
    )
    return Inspection(
        form.name,
        stored.topology.kind if stored.topology else None,
        rows,
        sum(elements(row.shape) for row in rows),
        sum(len(weight.data) for weight in stored.weights.values()),
        stored.metadata,
    )


async def write_model(model: Model, where: Where, format: str | None = None) -> None:
    """`save_model` for code that awaits it."""
    form = _writer(where, format)
    values = [await weight.data() for weight in model.weights]
    await open_store(where).write(_named(where, _written(form, model, values)))


def save_model(model: Model, where: Where, format: str | None = None) -> None:
    """Writes a model, whole or not at all: to a folder, a .zip, or a store of the
    browser; see `open_store`. `format` is a name in FORMATS, by default what the name's
    end says, else a TensorFlow.js layers model.

    ValueError for a format that is not written or not known, OSError where the files do
    not fit.

    Example:
        >>> import tempfile
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(model, f"{folder}/line.zip")
        ...     load_model(f"{folder}/line.zip").count_params()
        3
    """
    form = _writer(where, format)
    values = [weight.data_sync() for weight in model.weights]
    files = open_store(where)
    _waited(files, files.write(_named(where, _written(form, model, values))))


def _written(form: Format, model: Model, values: Iterable[Any]) -> dict[str, bytes]:
    assert form.write is not None
    return form.write(stored_model(model, values))


def _writer(where: Where, name: str | None) -> Format:
    """The format to write."""
    written = [form.name for form in FORMATS if form.write]
    if name is not None:
        fits = [form for form in FORMATS if form.name == name]
    else:
        ending = str(where).lower() if isinstance(where, (str, Path)) else ""
        fits = [form for form in FORMATS if ending.endswith(form.suffixes)] or [FORMATS[0]]
    if not fits or fits[0].write is None:
        what = name if name is not None else str(where)
        raise ValueError(f"{what!r} is no format that is written; expected {', '.join(written)}")
    return fits[0]


def _named(where: Where, files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, model.json under the name that the path says."""
    path = Path(where) if isinstance(where, (str, Path)) else Path()
    if path.suffix.lower() == ".json" and "model.json" in files:
        return {path.name if name == "model.json" else name: files[name] for name in files}
    return files


def _waited(files: Files, coroutine: Coroutine[Any, Any, T]) -> T:
    return at_once(coroutine) if isinstance(files, AtHand) else run_sync(coroutine)
