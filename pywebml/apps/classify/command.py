"""The `classify` command."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...data.folders import Skipped, find_pictures
from ...data.pictures import load_picture
from ...data.samples import sample_folder
from ...host.files import checked_place, write_or_beside
from ...host.stores.http import fetch_async
from ...vis.charts import Bars
from ..app import Given, Outcome
from ..fetching import Progress, progress_of_fetching
from ..options import Options, dtype_option, extractor_option, option, sums_option
from ..pictures import FEW, progress_of_pictures, reasons
from .drawing import Seen, written
from .looking import Look, Looker

MOST = 64 << 20  # bytes of a picture at an address
LARGE, SMALL = 39, 25  # characters across, of one picture and of several


@dataclass(frozen=True)
class ClassifyOptions(Options):
    """By which network, how many of its classes to name, and what to draw."""

    extractor: str = extractor_option()
    dtype: str = dtype_option()
    sums: str = sums_option()
    top: int = option(5, "how many classes to name", low=1)
    where: int = option(
        1, "whose place in the picture is drawn: 1 is the likeliest class", low=1, high=1000
    )
    layer: str | None = option(
        None, "draw what this inner layer sees, too, such as block3a_activation", form=False
    )
    out: str | None = option(
        None,
        "where the drawing of a picture goes, as .svg or .png",
        metavar="FILE.svg",
        writes=True,
        form=False,
    )


async def run(given: Given) -> Outcome:
    """The command."""
    from ...zoo import load_extractor  # all networks, when a job runs

    options: ClassifyOptions = given.options
    screen, start = given.screen, time.perf_counter()
    if options.where > options.top:
        raise ValueError(
            f"--where {options.where} is none of the {options.top} classes that are named; give"
            f" --top {options.where} as well"
        )
    pictures = {str(picture): picture for picture in given.inputs["pictures"] or ()}
    out = _checked_out(options.out, len(pictures))
    given.take_device(options.dtype, options.sums)
    coming = progress_of_fetching(screen, options.extractor)
    looker = Looker(load_extractor(options.extractor, None, coming, options.dtype))
    known = looker.network.classifier.output.shape[-1]
    if options.where > known:
        raise ValueError(f"--where {options.where}: {looker.network.name} knows {known} classes")
    drawn = not pictures
    if drawn:
        screen.line("pictures: drawn things, no photos")
        pictures = drawn_things()
    seen, skipped = await looked_at(
        looker,
        pictures,
        options.top,
        progress_of_pictures(screen),
        options.layer,
        lambda where: progress_of_fetching(screen, where),
    )
    number = options.where - 1
    for each in seen:
        _show(given, each, number, alone=len(seen) == 1, in_colour=len(seen) <= FEW)
    data: dict[str, Any] = {
        "network": looker.network.name,
        "method": looker.maps.method,
        "pictures": [
            {
                "picture": each.name,
                "top": each.look.top,
                "where": each.look.top[number]["label"],
                "map": each.look.maps[number],
            }
            for each in seen
        ],
    }
    if drawn:
        data |= score({each.name: each.look for each in seen})
        screen.line(f"sees {data['right']} of {data['tested']} as what they are", "title")
    if out is not None:
        data["out"] = str(write_or_beside(out, written(seen[0], number, out.suffix.lower())))
        screen.line(f"written: {data['out']}")
    data["seconds"] = time.perf_counter() - start
    hints = ("classify PICTURE --out seen.svg    (your picture, and where the class is)",)
    return Outcome(data, skipped=reasons(skipped), hints=hints if drawn else ())


def _checked_out(out: str | None, pictures: int) -> Path | None:
    if out is None:
        return None
    if pictures != 1:
        raise ValueError(f"--out draws one picture, got {pictures or 'none'}; name one")
    if Path(out).suffix.lower() not in (".svg", ".png"):
        raise ValueError(f"--out is an .svg or a .png, got {out}")
    return checked_place(out)


def _show(given: Given, seen: Seen, number: int, alone: bool, in_colour: bool) -> None:
    guesses = seen.look.top
    shares = [guess["probability"] for guess in guesses]
    given.screen.line(seen.name, "title")
    given.screen.chart(Bars([guess["label"] for guess in guesses], shares))
    if in_colour:
        given.screen.picture(seen.beside(number, LARGE if alone else SMALL))
    inner = seen.inner(given.options.layer)
    if inner is not None:
        given.screen.picture(inner)


def drawn_things() -> dict[str, Path]:
    """{name of what it shows: a drawn picture}; of two things "A and B"."""
    folder = find_pictures(sample_folder("things"))
    return {folder.classes[each.label]: each.path for each in folder.pictures}


async def looked_at(
    looker: Looker,
    pictures: dict[str, Any],
    top: int = 5,
    progress: Callable[[int, int], None] | None = None,
    layer: str | None = None,
    fetching: Callable[[str], Progress | None] = lambda where: None,
) -> tuple[list[Seen], list[Skipped]]:
    """(what was seen in each picture that can be read, what was skipped).

    `pictures` are paths or http(s) addresses by their names; what comes from there is
    told to `fetching(address)`. The middle square of a
    picture is looked at, as these networks were trained to. ValueError if no picture
    can be read.
    """
    network = looker.network
    seen: list[Seen] = []
    skipped: list[Skipped] = []
    for i, (name, source) in enumerate(pictures.items()):
        try:
            pixels: Any = load_picture(
                await _opened(source, fetching), network.input_size, fit="crop"
            )
        except (ValueError, ConnectionError) as error:
            skipped.append(Skipped(Path(name), str(error)))
            continue
        taken = network.pixels(pixels, fit="crop")
        look = await looker.look(taken, top)
        tiles = None if layer is None else await looker.tiles(taken, layer)
        seen.append(Seen(name, pixels, look, tiles))
        if progress:
            progress(i + 1, len(pictures))
    if not seen:
        raise ValueError("; ".join(s.reason for s in skipped[:3]))
    return seen, skipped


async def _opened(source: str | Path, fetching: Callable[[str], Progress | None]) -> Any:
    where = str(source)
    if not where.startswith(("https://", "http://")):
        return source
    file = io.BytesIO(await fetch_async(where, MOST, progress=fetching(where)))
    file.name = where
    return file


def score(looks: dict[str, Look]) -> dict[str, Any]:
    """How many pictures are seen as what they are called, "A and B" as either, and how
    likely that was held to be where it was least so.
    """
    right: Sequence[bool] = [look.top[0]["label"] in _names(name) for name, look in looks.items()]
    shares = [
        max((g["probability"] for g in look.top if g["label"] in _names(name)), default=0.0)
        for name, look in looks.items()
    ]
    return {
        "accuracy": sum(right) / len(right),
        "right": sum(right),
        "tested": len(right),
        "confidence": min(shares),
    }


def _names(name: str) -> list[str]:
    return name.split(" and ")
