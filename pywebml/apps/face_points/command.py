"""The `face_points` command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...host.files import checked_place, write_or_beside, write_whole
from ...host.progress import Step
from ...models import Model
from ...vis.charts import Lines
from ...vis.gallery import Tile, gallery
from ...vis.screens import Picture, Screen, duration
from ..app import Given, Outcome
from ..lessons import Learnt
from ..options import option
from .drawing import overlaid, side_by_side
from .faces import POINTS, SIDE, Faces
from .learner import TESTED, FaceOptions, Learner, Point, outcome
from .network import error_of, floats, places

SHOWN = 4  # faces in the terminal
DRAWN = 16  # in the picture


@dataclass(frozen=True)
class FaceCommand(FaceOptions):
    """What the command takes besides."""

    skips: str = option(
        "on",
        "whether convolutions see the sums of all results before them; both trains twice",
        choices=("on", "off", "both"),
        form=False,
    )
    out: str | None = option(
        None,
        "where a picture of faces and points goes",
        metavar="FILE.svg",
        writes=True,
        form=False,
    )
    save: str | None = option(
        None,
        "where the model goes, in 8 bits a weight",
        metavar="MODEL.zip",
        writes=True,
        form=False,
    )


async def run(given: Given) -> Outcome:
    """Draws faces, learns where their points are, and shows how well."""
    options: FaceCommand = given.options
    for place, ending in ((options.out, ".svg"), (options.save, ".zip")):
        if place is not None and Path(place).suffix.lower() != ending:
            raise ValueError(f"expected a name that ends in {ending}, got {place!r}")
    out = checked_place(options.out) if options.out else None
    given.take_device()
    screen = given.screen
    screen.line(
        f"{options.faces:,} drawn faces with {len(POINTS)} points each to learn from,"
        f" {TESTED} others to test on"
    )
    kinds = ("on", "off") if options.skips == "both" else (options.skips,)
    trained: dict[str, tuple[Learner, Learnt[Point]]] = {}
    for kind in kinds:
        trained[kind] = learner, learnt = await _train(given, kind)
        if learnt.stopped:
            screen.line("stopped by Ctrl-C; what was learnt so far is tested", "warning")
            break
    _show_curves(screen, {kind: learnt.points for kind, (_, learnt) in trained.items()})
    learner, learnt = trained[kinds[0]]
    small = await learner.small()
    data = outcome(learner, await learner.test(small), learnt)
    data["stopped"] = any(each.stopped for _, each in trained.values())
    data["seconds"] = sum(each.seconds for _, each in trained.values())
    both = len(trained) == 2
    data["error_without_skips"] = (
        await error_of(trained["off"][0].model, learner.tested) if both else None
    )
    await _show(screen, learner.model, learner.tested, data)
    if out is not None:
        tiles = await _tiles(learner.model, learner.tested, DRAWN)
        write_whole(out, gallery(tiles, "Points of faces").encode())
        screen.line(f"faces with their points: {out}")
    if options.save is not None:
        file = write_or_beside(options.save, small.file)
        screen.line(f"model saved: {file}")
        data["model"] = str(file)
    hints = ("face_points --out faces.svg", "face_points --skips both")
    return Outcome(data, 130 if data["stopped"] else 0, hints=hints)


async def _train(given: Given, kind: str) -> tuple[Learner, Learnt[Point]]:
    options: FaceCommand = given.options
    values = {each.name: getattr(options, each.name) for each in FaceOptions.declared()}
    chosen = FaceOptions(**{**values, "skips": kind})
    learner = Learner.new(chosen)

    def hear(point: Point) -> None:
        logs = {"loss": point.loss, "error": point.error, "rate": point.rate}
        given.screen.progress(Step(f"training, skips {kind}", point.done, point.of, logs))

    return learner, await learner.learn(chosen, hear, given.stop)


def _show_curves(screen: Screen, curves: dict[str, list[Point]]) -> None:
    """How far off it is while it learns, and where its steps got shorter."""
    longest = max(curves.values(), key=len)
    lines = {}
    for kind, points in curves.items():
        missing = [float("nan")] * (len(longest) - len(points))
        lines[f"skips {kind}"] = [*(100 * point.error for point in points), *missing]
    steps = [point.step for point in longest]
    screen.chart(Lines(lines, steps, "How far off, % of the picture's width", "step"))
    ends = {point.rate: point.step for point in longest}  # the last step of each rate
    if len(ends) <= 3:  # no cosine
        falls = [f"{rate:g} up to step {step}" for rate, step in ends.items()]
        screen.line(f"learning rate: {', '.join(falls)}")


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
    values, seen = await floats(pictures), await places(model, pictures)
    true = await floats(tested.points[:count])
    area, width = SIDE * SIDE, 2 * len(POINTS)
    tiles = []
    for i in range(count):
        at, off = slice(i * area, (i + 1) * area), slice(i * width, (i + 1) * width)
        tiles.append(overlaid(values[at], true[off], seen[off]))
    return tiles
