"""`embedding_map`: pictures as a pretrained network sees them, those alike beside each
other.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.folders import PictureFolder, find_pictures
from ..data.pictures import load_picture
from ..data.samples import sample_folder
from ..data.zipped import picture_folder
from ..host.files import checked_place, write_or_beside
from ..host.lazy import np
from ..host.progress import Step
from ..models import TSNE
from ..vis.charts import Points
from ..vis.picture_map import Pinned, picture_map
from ..vis.screens import duration
from ..zoo.extraction import extract_features
from .app import App, Given, Outcome, Reaches, Takes
from .options import Options, extractor_option, option
from .pictures import progress_of_pictures, reasons

_LARGE = 72  # pixels of a picture on the map, at most
_AT_ONCE = 25  # iterations between two looks


@dataclass(frozen=True)
class MapOptions(Options):
    """How the map is made. With few pictures the perplexity is a third of them, at
    most.
    """

    perplexity: float = option(
        30.0, "about how many neighbours count for a picture", low=2, high=80, choices=(5, 15, 30)
    )
    iterations: int = option(
        1000, "how often all pictures move", low=1, choices=(250, 500, 1000, 2000)
    )
    extractor: str = extractor_option()
    seed: int = option(0, "the same seed gives the same map", low=0, form=False)
    out: str | None = option(
        None, "where the map goes, as a picture", metavar="MAP.svg", writes=True, form=False
    )


async def run(given: Given) -> Outcome:
    """The `embedding_map` command."""
    given.take_device()
    folder, options = given.inputs["folder"], given.options
    out = checked_place(options.out) if options.out else None
    with picture_folder(folder or sample_folder()) as pictures:
        return await _mapped(given, find_pictures(pictures), out)


async def _mapped(given: Given, folder: PictureFolder, out: Path | None) -> Outcome:
    from ..zoo import load_extractor  # all networks, when a job runs

    options: MapOptions = given.options
    screen, start = given.screen, time.perf_counter()
    extractor = load_extractor(options.extractor)
    features = extract_features(
        extractor, folder.pictures, progress_of_pictures(screen), fit="crop"
    )
    pictures = [folder.pictures[i] for i in features.kept]
    n = len(pictures)
    if n < 7:
        raise ValueError(f"{n} pictures could be read, expected 7 at least for a map")
    tsne = TSNE(perplexity=min(options.perplexity, n / 3), random_state=options.seed)
    await tsne.begin(features.values.reshape(n, -1))
    while tsne.n_iter < options.iterations and not given.stop():
        tsne.step(min(_AT_ONCE, options.iterations - tsne.n_iter))
        screen.progress(Step("iterations", tsne.n_iter, options.iterations))
    places = np.asarray(await tsne.embedding.data(), np.float64).reshape(n, 2)
    divergence = await tsne.kl_divergence()

    labels = np.array([picture.label for picture in pictures])
    clouds = {
        name: [(x, y) for x, y in places[labels == i].tolist()]
        for i, name in enumerate(folder.classes)
    }
    screen.chart(Points(clouds, f"{n} pictures as {extractor.name} sees them"))
    same = _same_class(places, labels)
    seconds = time.perf_counter() - start
    screen.line(
        f"the picture nearest on the map is of the same class for {same:.0%}; divergence"
        f" {divergence:.3f} after {tsne.n_iter} iterations, {duration(seconds)}",
        "title",
    )
    if out is not None:
        out = write_or_beside(out, _drawn(pictures, places, folder).encode())
        screen.line(f"written: {out}")
    data = {
        "same_class": same,
        "divergence": divergence,
        "iterations": tsne.n_iter,
        "classes": list(folder.classes),
        "points": [
            {"picture": str(p.path), "class": folder.classes[p.label], "x": x, "y": y}
            for p, (x, y) in zip(pictures, places.tolist(), strict=True)
        ],
        "seconds": seconds,
        "map": str(out) if out else None,
    }
    hints = () if out else ("embedding_map --out map.svg    (the pictures themselves)",)
    return Outcome(data, skipped=reasons(features.skipped), hints=hints)


def _same_class(places: Any, labels: Any) -> float:
    """The share of points whose nearest other is of their class."""
    right = 0
    for place, label in zip(places, labels, strict=True):
        away = ((places - place) ** 2).sum(1)
        right += labels[away.argsort(kind="stable")[1]] == label
    return float(right / len(places))


def _drawn(pictures: Any, places: Any, folder: PictureFolder) -> str:
    pinned = []
    for picture, (x, y) in zip(pictures, places.tolist(), strict=True):
        pixels = load_picture(picture.path, _LARGE, fit="crop")
        # as large as the map shows it: a photo's every pixel would make a large file
        pixels = pixels[:: max(1, len(pixels) // _LARGE), :: max(1, len(pixels) // _LARGE)]
        height, width, channels = pixels.shape
        words = f"{picture.path.name}: {folder.classes[picture.label]}"
        pinned.append(
            Pinned((x, y), pixels.tobytes(), height, width, channels, picture.label, words)
        )
    title = f"{len(pinned)} pictures, those alike beside each other (t-SNE)"
    return picture_map(pinned, folder.classes, title)


APP = App(
    name="embedding_map",
    says="Lay pictures out as a map, those alike beside each other.",
    run=run,
    title="Embedding map",
    options=MapOptions,
    takes=(
        Takes(
            "folder",
            "a folder with one folder of pictures a class, or a zip of it (hands drawn for it)",
            metavar="DIR",
            optional=True,
        ),
    ),
    shows=("embedding_map", "embedding_map photos --out map.svg"),
    reaches=(Reaches("same_class", above=0.8, seconds=60),),
    stops=True,
)
