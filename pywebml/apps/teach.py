"""`teach`: a model that tells one's own pictures apart; and the Teach page."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..data.folders import PictureFolder, find_pictures
from ..data.samples import sample_folder
from ..data.zipped import is_zip, picture_folder
from ..host.files import checked_place, write_or_beside
from ..host.progress import Step
from ..host.stores.folders import zip_bytes
from ..vis.charts import Matrix
from ..vis.screens import Screen, duration
from ..zoo.extraction import Features, extract_features
from .app import App, Given, Outcome, Reaches, Takes
from .options import no_cache_option, option, sums_option
from .session import TeachSession
from .teaching import Taught, TeachOptions, save, teach

LONGEST_NAME = 200  # bytes of a folder's name that its model is called by
NAMED = 20  # pictures that could not be read and are named; of more, their number is said


@dataclass(frozen=True)
class TeachCommand(TeachOptions):
    """What the command takes besides."""

    sums: str = sums_option()
    no_cache: bool = no_cache_option()
    ray: bool = option(
        False,
        "share the features out among the workers of a Ray cluster: RAY_ADDRESS's, or this"
        " machine's cores or graphics cards; DIR may be an address, such as s3://bucket/photos",
        form=False,
    )
    out: str | None = option(
        None,
        "where the model goes (DIR's name and .zip, in this folder); NAME.onnx has the whole"
        " network for other programs, which predict takes, too",
        metavar="MODEL",
        writes=True,
        form=False,
    )
    export: str | None = option(
        None,
        "also save the whole network: as MODEL-teachable-machine.zip, for that library and"
        " TensorFlow.js, or as MODEL.onnx",
        choices=("teachable-machine", "onnx"),
        form=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.export == "teachable-machine" and self.fit != "crop":
            raise ValueError(
                "Teachable Machine looks at the middle square of a picture: --export"
                " teachable-machine needs --fit crop"
            )


async def run(given: Given) -> Outcome:
    """The `teach` command."""
    options: TeachCommand = given.options
    where = str(given.inputs["folder"])
    if "://" in where:
        if not options.ray:
            raise ValueError(
                f"{where} is an address, which the workers of a cluster read, on this machine"
                f" alone, too: teach {where} --ray"
            )
        from ..distributed import places  # where it is asked for

        out = checked_place(options.out or _model_name(Path(places.name_in(where))))
        return await _taught(given, places.find_pictures(where), options, out)
    path = Path(where)
    out = checked_place(options.out or _model_name(path))
    with picture_folder(path) as folder:
        return await _taught(given, _pictures(folder, options), options, out)


def _pictures(folder: Path, options: TeachCommand) -> PictureFolder:
    """Those in a folder, of which the ones with features need not be opened."""
    if options.no_cache:
        return find_pictures(folder)
    try:
        from ..zoo.kept_features import known_readable  # SQLite, which a tab has not
    except ImportError:
        return find_pictures(folder)
    return find_pictures(folder, known_readable)


async def run_first(given: Given) -> Outcome:
    """Without a command: `teach` on the sample set that comes with the package."""
    given.screen.line(
        "Teaching a model to tell up, down, left and right apart, from hands that were drawn for it"
        " (no photos).",
        "title",
    )
    folder = sample_folder()
    out = checked_place(_model_name(folder))
    outcome = await _taught(given, find_pictures(folder), TeachCommand(), out)
    example = str(min((folder / "left").iterdir()))
    hints = (
        f"predict {out} " + (f'"{example}"' if " " in example else example),
        "teach DIR           (DIR: one folder of your own photos a class)",
        "classify PICTURE",
        "--help",
    )
    return replace(outcome, hints=hints)


async def _taught(given: Given, folder: PictureFolder, options: TeachCommand, out: Path) -> Outcome:
    """Teaches, shows how it went and saves the model. When somebody asks for the end in
    training, keeps what is trained so far.
    """
    given.take_device(options.dtype, options.sums)
    screen = given.screen
    counts = zip(folder.classes, folder.counts(), strict=True)
    screen.line("pictures: " + ", ".join(f"{n} {name}" for name, n in counts))
    if folder.left_out:
        screen.line(f"left out: {folder.says_left_out()}", "warning")
    screen.line(f"extractor: {options.extractor}")

    def listener(step: Step) -> None:
        screen.progress(step)
        if given.stop() and step.stage == "features":  # nothing is trained yet, nothing to keep
            raise KeyboardInterrupt

    narrowed, keep = options.narrowed(TeachOptions), not options.no_cache
    taught = await teach(
        folder, narrowed, listener, given.stop, keep=keep, look=_looking(options.ray)
    )
    saved = await _saved(taught, out)
    if saved != out:
        screen.line(f"{out} can no longer be written; the model went elsewhere", "warning")
    for skipped in taught.skipped[:NAMED]:
        screen.line(f"skipped: {skipped.reason}", "warning")
    if len(taught.skipped) > NAMED:
        screen.line(f"skipped: {len(taught.skipped) - NAMED} more", "warning")
    if taught.stopped:
        screen.line(
            f"stopped by Ctrl-C after {taught.steps} steps; what was trained so far is kept",
            "warning",
        )
    show(taught, screen)
    screen.line(f"model saved: {saved}")
    data = taught.summary(str(saved))
    if options.export:
        data["exported"] = str(await _exported(taught, saved, options.export))
        screen.line(f"the whole network saved: {data['exported']}")
    code = 130 if taught.stopped else 0
    return Outcome(data, code, hints=(f"predict {saved} PICTURE...",))


def _looking(ray: bool) -> Callable[..., Features]:
    """What makes features of pictures."""
    if not ray:
        return extract_features
    from ..distributed import extract_features as shared_out  # where it is asked for

    return shared_out


async def _exported(taught: Taught, model: Path, export: str) -> Path:
    """Writes the whole network beside the model; returns where."""
    from ..zoo.onnx_classifier import classifier_file  # when it is asked for
    from ..zoo.teachable_machine import teachable_machine_files

    fit, name = taught.options.fit, model.stem
    if export == "onnx":
        data = await classifier_file(taught.extractor, taught.head, taught.classes, fit)
        return write_or_beside(model.with_name(f"{name}.onnx"), data)
    files = await teachable_machine_files(taught.extractor, taught.head, taught.classes, fit, name)
    return write_or_beside(model.with_name(f"{name}-teachable-machine.zip"), zip_bytes(files))


async def _saved(taught: Taught, out: Path) -> Path:
    """Writes the head, or where the name says ONNX the head and its network; returns
    where.
    """
    if out.suffix.lower() != ".onnx":
        return save(taught, out)
    from ..zoo.onnx_classifier import classifier_file  # when it is asked for

    fit = taught.options.fit
    data = await classifier_file(taught.extractor, taught.head, taught.classes, fit)
    return write_or_beside(out, data)


def _model_name(path: Path) -> str:
    """What a model is called if nobody says: as its folder, as far as names may go; not
    as its zip.
    """
    whole = f"{path.stem}-model" if is_zip(path) else path.resolve().name
    name = os.fsencode(whole)[:LONGEST_NAME].decode(errors="ignore")
    return f"{name or 'model'}.zip"


def show(taught: Taught, screen: Screen) -> None:
    """How well the head tells the classes apart."""
    trained = f"training accuracy {taught.train_accuracy:.3f}"
    if taught.val_accuracy is None:
        screen.line(trained, "title")
        why = "; each class has one picture only, over and over" if taught.duplicates else ""
        screen.line(
            f"no pictures were kept aside to test on{why}; this is how it does on those it learnt"
            " from:"
        )
    else:
        screen.line(f"validation accuracy {taught.val_accuracy:.3f}, {trained}", "title")
    if taught.duplicates:
        screen.line(
            f"{taught.duplicates} pictures are nearly the same as another of their class; none of"
            " them was tested on after its like was learnt from"
        )
    screen.chart(Matrix(taught.classes, taught.confusion))
    features, training = (duration(taught.seconds[name]) for name in ("features", "training"))
    screen.line(f"features {features}, training {training} ({taught.steps} steps)")


APP = App(
    name="teach",
    says="Teach a model to tell your pictures apart.",
    run=run,
    title="Teach your computer to see",
    card=(
        "Show it a few pictures of each thing, train it, and steer a game with it. Your pictures"
        " stay on your device."
    ),
    known_as=("transfer learning", "picture classifier", "webcam", "Teachable Machine", "maze"),
    options=TeachCommand,
    takes=(
        Takes(
            "folder",
            "a folder with a folder of pictures per class, a zip of it, or a project of Teachable"
            " Machine (.tm)",
            metavar="DIR",
        ),
    ),
    session=TeachSession,
    needs=("extractor", "camera", "samples/index"),
    shows=("teach photos --out hands.zip", "teach project.tm --export teachable-machine"),
    reaches=(Reaches("val_accuracy", above=0.9, seconds=60),),
    page=True,
    stops=True,
)

FIRST = App(
    name="",
    says=(
        "Teach, run and inspect models on the GPU. Without a command: teaches a model on the sample"
        " set of drawn hands."
    ),
    run=run_first,
    shows=("teach photos",),
    json=False,
    stops=True,
)
"""The job of `python -m pywebml`."""
