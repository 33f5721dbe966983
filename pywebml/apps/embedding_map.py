"""`embedding_map`: pictures or handwritten digits as a map, those alike beside each
other; and the page of that name.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor, tensor
from ..data.digits import COUNT, SIDE, packed_digits, unpacked
from ..data.folders import find_pictures
from ..data.pictures import load_picture
from ..data.samples import sample_folder
from ..data.zipped import picture_folder
from ..device import get_device
from ..host.files import checked_place, write_or_beside
from ..host.progress import Step
from ..host.side_by_side import side_by_side
from ..models import TSNE
from ..models.tsne_neighbours import neighbours
from ..vis import charts
from ..vis.picture_map import Pinned, picture_map
from ..vis.screens import duration
from ..zoo.extraction import extract_features
from .app import App, Given, Outcome, Reaches, Takes, method
from .options import Options, extractor_option, no_cache_option, option
from .pictures import progress_of_pictures, reasons

_LARGE = 72  # pixels of a picture on the map, at most
_AT_ONCE = 25  # iterations between two looks
_LEAST, _MOST = 7, 10_000  # points of a map


@dataclass(frozen=True)
class MapOptions(Options):
    """How the map is made. The perplexity is a third of the points, at most."""

    digits: int | None = option(
        None,
        "so many handwritten digits, in place of pictures (in the page 2000; 400 without a GPU)",
        low=_LEAST,
        high=_MOST,
        choices=(400, 1000, 2000, 5000),
    )
    perplexity: float = option(
        30.0, "about how many neighbours count for a picture", low=2, high=80, choices=(5, 15, 30)
    )
    iterations: int = option(
        1000, "how often all pictures move", low=1, choices=(250, 500, 1000, 2000)
    )
    seed: int = option(0, "the same seed gives the same map", low=0, form=False)


@dataclass(frozen=True)
class MapCommand(MapOptions):
    """What the command takes besides."""

    extractor: str = extractor_option()
    no_cache: bool = no_cache_option()
    out: str | None = option(
        None, "where the map goes, as a picture", metavar="MAP.svg", writes=True, form=False
    )


class Points(NamedTuple):
    """What is laid out: a row of numbers each, its class, and for pictures of a map its
    name, and how to draw it: (bytes, height, width, channels).
    """

    values: Tensor
    labels: Sequence[int]
    classes: Sequence[str]
    names: Sequence[str] = ()
    tile: Callable[[int], tuple[bytes, int, int, int]] | None = None
    skipped: tuple[str, ...] = ()


async def run(given: Given) -> Outcome:
    """The `embedding_map` command."""
    options: MapCommand = given.options
    folder = given.inputs["folder"]
    if folder and options.digits:
        raise ValueError(f"give a folder or --digits, not both: got {folder} and {options.digits}")
    out = checked_place(options.out) if options.out else None
    given.take_device()
    if options.digits:
        return await _mapped(given, digit_points(await packed_digits(), options.digits), out)
    with picture_folder(folder or sample_folder()) as pictures:
        return await _mapped(given, _picture_points(given, pictures), out)


async def _mapped(given: Given, points: Points, out: Path | None) -> Outcome:
    options: MapCommand = given.options
    screen, start, n = given.screen, time.perf_counter(), len(points.labels)
    tsne = await _begun(points.values, options)
    while tsne.n_iter < options.iterations and not given.stop():
        tsne.step(min(_AT_ONCE, options.iterations - tsne.n_iter))
        screen.progress(Step("iterations", tsne.n_iter, options.iterations))
    places: Any = (await tsne.embedding.data()).tolist()  # [n, 2]
    data = {**await _outcome(tsne, points.labels, points.classes), "map": None}
    clouds: dict[str, list[tuple[float, float]]] = {name: [] for name in points.classes}
    for (x, y), label in zip(places, points.labels, strict=True):
        clouds[points.classes[label]].append((x, y))
    screen.chart(charts.Points(clouds, f"{n} points, those alike beside each other"))
    data["seconds"] = time.perf_counter() - start
    screen.line(
        f"the nearest on the map is of the same class for {data['same_class']:.0%}; divergence"
        f" {data['divergence']:.3f} after {tsne.n_iter} iterations, {duration(data['seconds'])}",
        "title",
    )
    if out is not None:
        data["map"] = str(write_or_beside(out, _drawn(points, places).encode()))
        screen.line(f"written: {data['map']}")
    data["points"] = [
        {"name": name, "class": points.classes[label], "x": x, "y": y}
        for name, label, (x, y) in zip(points.names, points.labels, places, strict=True)
    ]
    hints = () if out else ("embedding_map --out map.svg    (the pictures themselves)",)
    return Outcome(data, skipped=points.skipped, hints=hints)


async def _begun(values: Tensor, options: MapOptions) -> TSNE:
    n = values.shape[0]
    tsne = TSNE(perplexity=min(options.perplexity, n / 3), random_state=options.seed)
    await tsne.begin(values.reshape(n, -1))
    return tsne


async def _outcome(tsne: TSNE, labels: Sequence[int], classes: Sequence[str]) -> dict[str, Any]:
    return {
        "same_class": await _same_class(tsne.embedding, labels),
        "divergence": await tsne.kl_divergence(),
        "iterations": tsne.n_iter,
        "classes": list(classes),
    }


def digit_points(packed: bytes, n: int) -> Points:
    """The first n handwritten digits."""
    values = ops.concat([part for part, _ in unpacked(packed)], 0)
    size = SIDE * SIDE

    def tile(i: int) -> tuple[bytes, int, int, int]:
        return bytes(255 - ink for ink in packed[size * i : size * (i + 1)]), SIDE, SIDE, 1

    labels = list(packed[size * COUNT : size * COUNT + n])
    names = [f"digit {i}" for i in range(n)]
    return Points(values[:n], labels, list("0123456789"), names, tile)


def _picture_points(given: Given, folder: Path) -> Points:
    """Pictures of class folders by their features."""
    from ..zoo import load_extractor  # all networks, when a job runs

    pictures = find_pictures(folder)
    features = extract_features(
        load_extractor(given.options.extractor),
        pictures.pictures,
        progress_of_pictures(given.screen),
        fit="crop",
        keep=not given.options.no_cache,
    )
    seen = [pictures.pictures[i] for i in features.kept]
    if len(seen) < _LEAST:
        raise ValueError(
            f"{len(seen)} pictures could be read, expected {_LEAST} at least for a map"
        )

    def tile(i: int) -> tuple[bytes, int, int, int]:
        pixels = load_picture(seen[i].path, _LARGE, fit="crop")
        # as large as the map shows it: a photo's every pixel would make a large file
        step = max(1, len(pixels) // _LARGE)
        pixels = pixels[::step, ::step]
        height, width, channels = pixels.shape
        return pixels.tobytes(), height, width, channels

    labels, names = [each.label for each in seen], [str(each.path) for each in seen]
    classes = pictures.classes
    return Points(features.values, labels, classes, names, tile, reasons(features.skipped))


def taught_points(values: Any, labels: Any, classes: Sequence[str]) -> Points:
    """Pictures that the page has looked at before: their features, row by row."""
    numbers = bytes(memoryview(labels).cast("B"))
    features, n = memoryview(values).cast("B"), len(numbers)
    if not _LEAST <= n <= _MOST:
        raise ValueError(f"{n} pictures, expected {_LEAST} to {_MOST} for a map")
    if not features.nbytes or features.nbytes % (4 * n) or max(numbers) >= len(classes):
        raise ValueError(
            f"{features.nbytes} bytes of features, {n} labels and {len(classes)} classes do not"
            " go together: expected a row of float32 and a class for each picture"
        )
    rows = tensor(features.cast("f", (n, features.nbytes // (4 * n))))
    return Points(rows, numbers, classes)


async def _same_class(places: Tensor, labels: Sequence[int]) -> float:
    """The share of points whose nearest other is of their class."""
    _, nearest = neighbours(places, 1)
    others = (await nearest.reshape(-1).data()).tolist()
    right = sum(labels[other] == label for other, label in zip(others, labels, strict=True))
    return right / len(labels)


def _drawn(points: Points, places: Any) -> str:
    assert points.tile is not None
    tiles = side_by_side(points.tile, range(len(places)))
    pinned = [
        Pinned((x, y), pixels, height, width, channels, label, points.classes[label])
        for (x, y), (pixels, height, width, channels), label in zip(
            places, tiles, points.labels, strict=True
        )
    ]
    title = f"{len(pinned)} pictures, those alike beside each other (t-SNE)"
    return picture_map(pinned, points.classes, title)


class MapSession:
    """What the page talks to: a map of digits, or of pictures that were taught, moved
    by so many iterations a message. The page draws while the next ones are computed.
    """

    def __init__(self) -> None:
        self._packed = b""
        self._labels: Sequence[int] = ()
        self._classes: Sequence[str] = ()
        self._tsne: TSNE | None = None

    @method(options=MapOptions)
    async def begin(
        self, options: Mapping[str, Any], lesson: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """`{points, labels, pixels, iterations}`: takes the digits, looks for their
        neighbours, and puts them in their first places. `pixels`: 784 bytes each. Or
        takes pictures that were taught in place of them, without pixels: `lesson`,
        `{values, labels, classes}`, has their features, one picture's behind the
        other's (Float32Array), and the number of each one's class (Uint8Array).
        ValueError for fewer than 7 or more than 10,000.
        """
        chosen = MapOptions(**options)
        if lesson is None:
            adapter = get_device().adapter
            slow = adapter.software or adapter.language == "numpy"
            self._packed = self._packed or await packed_digits()
            points = digit_points(self._packed, chosen.digits or (400 if slow else 2000))
        else:
            points = taught_points(**lesson)
        self._labels, self._classes = points.labels, points.classes
        self._tsne = await _begun(points.values, chosen)
        n = len(self._labels)
        return {
            "points": n,
            "labels": bytes(self._labels),
            "pixels": b"" if lesson else self._packed[: SIDE * SIDE * n],
            "iterations": chosen.iterations,
        }

    @method()
    async def step(self, n: int = 1) -> dict[str, Any]:
        """`{places, iterations}`: moves all points n times; where they are then, two
        numbers each, as a Float32Array. RuntimeError before `begin`.
        """
        if self._tsne is None:
            raise RuntimeError("there is no map yet: call begin first")
        self._tsne.step(int(n))
        places = array("f", await self._tsne.embedding.reshape(-1).data())
        return {"places": places, "iterations": self._tsne.n_iter}

    @method()
    async def outcome(self) -> dict[str, Any]:
        """What the command's `--json` writes, without the points."""
        if self._tsne is None:
            raise RuntimeError("there is no map yet: call begin first")
        return await _outcome(self._tsne, self._labels, self._classes)

    def revive(self) -> None:
        """A new device has none of the points: the page begins again."""
        self._tsne = None


APP = App(
    name="embedding_map",
    says="Lay pictures out as a map, those alike beside each other.",
    run=run,
    title="Embedding map",
    card=(
        "Handwritten digits, or the pictures you taught, find their like: watch a map of"
        " thousands unfold."
    ),
    known_as=("t-SNE", "MNIST", "clusters", "scatter plot"),
    options=MapCommand,
    session=MapSession,
    takes=(
        Takes(
            "folder",
            "a folder with one folder of pictures a class, or a zip of it (hands drawn for it)",
            metavar="DIR",
            optional=True,
        ),
    ),
    shows=("embedding_map", "embedding_map photos --out map.svg", "embedding_map --digits 1000"),
    reaches=(Reaches("same_class", above=0.8, seconds=60),),
    page=True,
    stops=True,
)
