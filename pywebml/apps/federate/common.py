"""What server and clients have in common: pictures as features, and the model's file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.folders import find_pictures
from ...data.zipped import picture_folder
from ...formats.heads import archive_bytes
from ...host.files import write_or_beside
from ...host.progress import Pace, Step
from ...zoo.extraction import extract_features
from ..app import Given

if TYPE_CHECKING:
    from ...distributed.federated.lesson import Agreement
    from ...zoo import Extractor
    from ...zoo.extraction import Features

PORT = 9092
NAMED = 20  # pictures that could not be read and are named


def looked_at(
    given: Given, extractor: Extractor, folder: str, least: int
) -> tuple[Features, list[str], tuple[str, ...]]:
    """(features of the pictures in a folder of class folders, or a zip of it; the class
    of each; the classes). They are kept between runs, unless asked not to be.
    """
    options, screen = given.options, given.screen
    with picture_folder(Path(folder)) as path:
        pictures = find_pictures(path, least=least)
        counts = zip(pictures.classes, pictures.counts(), strict=True)
        screen.line("pictures: " + ", ".join(f"{n} {name}" for name, n in counts))
        pace = Pace("pictures")

        def progress(done: int, of: int) -> None:
            screen.progress(Step("features", done, of, words=pace(done, of)))
            if given.stop():
                raise KeyboardInterrupt

        features = extract_features(
            extractor,
            pictures.pictures,
            progress,
            fit=options.fit,
            with_thumbnails=True,
            keep=not options.no_cache,
        )
    for skipped in [*pictures.skipped, *features.skipped][:NAMED]:
        screen.line(f"skipped: {skipped.reason}", "warning")
    names = [pictures.classes[pictures.pictures[i].label] for i in features.kept]
    return features, names, pictures.classes


def saved_head(
    out: str | Path,
    agreed: Agreement,
    weights: Sequence[Any],
    extractor: Extractor,
    training: dict[str, Any],
) -> Path:
    """Writes the head as `teach` does, for `predict` and all that take one; where it
    went.
    """
    metadata = agreed.metadata(extractor.describe(), training)
    return write_or_beside(out, archive_bytes(agreed.head(weights), metadata))
