"""The `face_points` command."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...device import get_device
from ...host.files import checked_place, write_or_beside, write_whole
from ...host.progress import Step
from ...layers import set_seed
from ...models import Model
from ...train.optimizers import Adam
from ...train.schedules import PiecewiseConstantDecay
from ...vis.charts import Lines
from ...vis.gallery import Tile, gallery
from ...vis.screens import Picture, Screen, duration
from ..app import Given, Outcome
from ..options import Options, option
from .drawing import overlaid, side_by_side
from .faces import POINTS, SIDE, Faces, faces
from .network import error_of, network, places, shrunk, targets

TESTED = 300  # faces that it never learns from
SHOWN = 4  # of these, in the terminal
DRAWN = 16  # in the picture
FALLS = (0.6, 0.85)  # of the training, after which steps are a quarter as large


@dataclass(frozen=True)
class FaceOptions(Options):
    """How the network is made and trained."""

    faces: int = option(2000, "drawn faces to learn from", low=100, high=50_000)
    epochs: int = option(5, "times through all of them", low=1, high=100)
    skips: str = option(
        "on",
        "whether convolutions see the sums of all results before them; both trains twice",
        choices=("on", "off", "both"),
    )
    batch: int = option(32, "faces of one step", low=1, high=1024)
    learning_rate: float = option(0.004, "how far the first steps go", above=0, high=1)
    seed: int = option(0, "the same seed draws the same faces and network", low=0)
    out: str | None = option(
        None, "where a picture of faces and points goes", metavar="FILE.svg", writes=True
    )
    save: str | None = option(
        None, "where the model goes, in 8 bits a weight", metavar="MODEL.zip", writes=True
    )


async def run(given: Given) -> Outcome:
    """Draws faces, learns where their points are, and shows how well."""
    options: FaceOptions = given.options
    for place, ending in ((options.out, ".svg"), (options.save, ".zip")):
        if place is not None and Path(place).suffix.lower() != ending:
            raise ValueError(f"expected a name that ends in {ending}, got {place!r}")
    out = checked_place(options.out) if options.out else None
    given.take_device()
    screen, start = given.screen, time.perf_counter()
    screen.line(
        f"{options.faces:,} drawn faces with {len(POINTS)} points each to learn from,"
        f" {TESTED} others to test on"
    )
    learnt, tested = faces(options.faces, options.seed), faces(TESTED, options.seed + 1)
    kinds = ("on", "off") if options.skips == "both" else (options.skips,)
    curves: dict[str, list[float]] = {}
    models: list[Model] = []
    stopped = False
    for kind in kinds:
        model, curve, stopped = await _train(given, kind, learnt, tested)
        models.append(model)
        curves[f"skips {kind}"] = [100 * value for value in curve]
        if stopped:
            screen.line("stopped by Ctrl-C; what was learnt so far is tested", "warning")
            break
    model, errors = models[0], [values[-1] / 100 for values in curves.values()]
    longest = max(map(len, curves.values()))
    padded = {n: [*v, *[float("nan")] * (longest - len(v))] for n, v in curves.items()}
    epochs = list(range(1, longest + 1))
    screen.chart(Lines(padded, epochs, "How far off, % of the picture's width", "epoch"))
    small = await shrunk(model)
    bits = await error_of(small.model, tested)
    data: dict[str, Any] = {
        "error": errors[0],
        "error_without_skips": errors[1] if len(errors) > 1 else None,
        "error_in_8_bits": bits,
        "bytes": 4 * model.count_params(),
        "bytes_in_8_bits": model.count_params(),
        "parameters": model.count_params(),
        "points": len(POINTS),
        "adapter": get_device().adapter.name,
        "stopped": stopped,
        "seconds": time.perf_counter() - start,
    }
    await _show(screen, model, tested, data)
    if out is not None:
        write_whole(out, gallery(await _tiles(model, tested, DRAWN), "Points of faces").encode())
        screen.line(f"faces with their points: {out}")
    hints: tuple[str, ...] = ("face_points --out faces.svg", "face_points --skips both")
    if options.save is not None:
        file = write_or_beside(options.save, small.file)
        screen.line(f"model saved: {file}")
        data["model"] = str(file)
    return Outcome(data, 130 if stopped else 0, hints=hints)


async def _train(
    given: Given, kind: str, learnt: Faces, tested: Faces
) -> tuple[Model, list[float], bool]:
    """(the network, how far off it was after each epoch, whether it was stopped)."""
    options: FaceOptions = given.options
    set_seed(options.seed)
    model = network(kind == "on")
    steps = options.epochs * -(-options.faces // options.batch)
    rates = [options.learning_rate / 4**i for i in range(len(FALLS) + 1)]
    falls = [max(1, round(share * steps)) for share in FALLS]
    model.compile(Adam(PiecewiseConstantDecay(falls, rates)), loss="mse")
    y, curve = targets(learnt.points), []
    for epoch in range(options.epochs):
        seed = options.seed + epoch
        history = await model.fit(
            learnt.pictures, y, batch_size=options.batch, verbose=0, seed=seed
        )
        curve.append(await error_of(model, tested))
        logs = {"loss": history.history["loss"][-1], "error": curve[-1]}
        given.screen.progress(Step(f"training, skips {kind}", epoch + 1, options.epochs, logs))
        if given.stop():
            return model, curve, True
    return model, curve, False


async def _show(screen: Screen, model: Model, tested: Faces, data: dict[str, Any]) -> None:
    """Some faces with their points, and how well it does in how many bits."""
    tiles = await _tiles(model, tested, SHOWN)
    pixels, height, width = side_by_side(tiles)
    words = f"{SHOWN} faces it never saw: green where their points are, red where it sees them"
    screen.picture(Picture(pixels, height, width, words))
    screen.line("green: where the points are; red: where it sees them")
    rows = [
        ["32 bits", f"{data['bytes']:,}", f"{data['error']:.2%}"],
        ["8 bits", f"{data['bytes_in_8_bits']:,}", f"{data['error_in_8_bits']:.2%}"],
    ]
    screen.table(["weights in", "bytes", "off by, of the width"], rows, right=[1, 2])
    if data["error_without_skips"] is not None:
        screen.line(f"without skip connections: {data['error_without_skips']:.2%}")
    screen.line(f"{data['parameters']:,} weights, {duration(data['seconds'])}")


async def _tiles(model: Model, tested: Faces, count: int) -> list[Tile]:
    pictures = tested.pictures[:count]
    values = _floats(await pictures.data())
    seen = _floats(await places(model, pictures).data())
    true = _floats(await tested.points[:count].data())
    area, width = SIDE * SIDE, 2 * len(POINTS)
    tiles = []
    for i in range(count):
        at, off = slice(i * area, (i + 1) * area), slice(i * width, (i + 1) * width)
        tiles.append(overlaid(values[at], true[off], seen[off]))
    return tiles


def _floats(data: Any) -> Sequence[float]:
    return list(memoryview(data).cast("B").cast("f"))
