"""`federate server`: leads the rounds, and has the model in the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...distributed.federated.lesson import Agreement
from ...distributed.federated.standing import Plan, Round, Standing, Watch
from ...host.files import checked_place
from ...host.progress import Step
from ...vis.charts import Lines, Matrix
from ...vis.screens import Screen, duration
from ...zoo import load_extractor
from ...zoo.heads import MOST
from ..app import Given, Outcome
from .common import looked_at, saved_head

if TYPE_CHECKING:
    from ...zoo import Extractor

OUT = "federated.zip"
SGD_FACTOR = 5.0
"""What plain gradient steps take of an extractor's rate, which is meant for Adam."""
BAR = 20  # characters of a whole bar


def serve(given: Given) -> Outcome:
    """Until all rounds are over, or somebody asks for the end."""
    from ...distributed.federated.flower import processes

    options = given.options
    processes.quiet()
    address = processes.Address(options.host, options.port)
    keys = _keys(options)
    out = checked_place(options.out or OUT)
    processes.check_free(address)
    given.take_device()
    extractor = load_extractor(options.extractor)
    tested = given.inputs["folder"]
    examples = looked_at(given, extractor, tested, 2) if tested else None
    plan = plan_of(options, extractor, _classes(options.classes, examples[2] if examples else ()))
    standing, place = _standing(given.screen, plan, out)
    _lead(given, plan, standing, address, keys, place)
    return ended(given, plan, standing, extractor, out, place, examples)


def _keys(options: Any) -> Any:
    """The files of a TLS certificate, or None."""
    from ...distributed.federated.flower.processes import Keys

    files = {"--cert": options.cert, "--key": options.key, "--ca": options.ca}
    missing = [word for word, file in files.items() if not file]
    if len(missing) == len(files):
        return None
    if missing:
        raise ValueError(f"TLS takes --cert, --key and --ca together; {missing[0]} is missing")
    for word, file in files.items():
        if not Path(file).is_file():
            raise FileNotFoundError(f"there is no file {file} ({word})")
    return Keys(*map(Path, files.values()))


def _classes(words: str | None, folders: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are named, or the folders' of what is tested on."""
    if words is None:
        if not folders:
            raise ValueError(
                "a server must know the classes: add --classes rock,paper,scissors, or a folder of"
                " pictures to test on"
            )
        return folders
    classes = tuple(word.strip() for word in words.split(",") if word.strip())
    unknown = [name for name in folders if name not in classes]
    if unknown:
        raise ValueError(f"the folder has a class {unknown[0]!r} that --classes does not name")
    return classes


def plan_of(options: Any, extractor: Extractor, classes: tuple[str, ...]) -> Plan:
    """What the options say."""
    about = extractor.describe()
    agreed = Agreement(
        classes,
        extractor.name,
        about["layer"],
        about["weights_sha256"],
        extractor.features,
        options.units,
        options.fit,
    )
    return Plan(
        agreed,
        options.rounds,
        options.clients,
        options.epochs,
        options.batch_fraction,
        options.learning_rate or SGD_FACTOR * extractor.learning_rate,
        options.seed,
        options.pace,
        options.momentum,
        options.timeout,
    )


def _standing(screen: Screen, plan: Plan, out: Path) -> tuple[Standing, Path]:
    """(where the server stands, the file that has it after each round)."""
    place = out.with_name(f"{out.stem}.federate.zip")
    if not place.is_file():
        return Standing.start(plan), place
    standing = Standing.load(place, plan)
    screen.line(f"goes on after round {len(standing.rounds)}, from {place}", "good")
    return standing, place


def _lead(
    given: Given, plan: Plan, standing: Standing, address: Any, keys: Any, place: Path
) -> None:
    """The rounds that are left."""
    from ...distributed.federated.flower import server  # where it is asked for

    if len(standing.rounds) >= plan.rounds:
        return
    screen = given.screen
    with server.superlink(address, keys) as link:
        screen.line(
            f"teaching {', '.join(plan.agreed.classes)} on {plan.agreed.extractor}", "title"
        )
        tls = f" --ca {keys.authority}" if keys else ""
        screen.line(f"listening at {address}; to take part, where the pictures are:")
        screen.line(f"  python -m pywebml federate client DIR --server {address}{tls}")
        screen.line("or in a browser's tab, at the foot of its Teach page:")
        screen.line(
            f"  python -m pywebml page serve --federation http{'s' * bool(keys)}://{address}"
        )
        if not address.local:
            screen.line(
                "whoever reaches this port may take part"
                + ("" if keys else ", and what travels can be read: see --cert, --key and --ca"),
                "warning",
            )
        server.lead(link, plan, standing, Told(given, plan, place), keys)


class Told(Watch):
    """Shows how the rounds go, and keeps each that is over in a file, if any."""

    def __init__(self, given: Given, plan: Plan, place: Path | None = None):
        self.given, self.plan, self.place = given, plan, place
        self.done_rounds = 0
        self._here = -1

    def waiting(self, here: int, of: int) -> None:
        if here != self._here:
            self._here = here
            self.given.screen.progress(Step("clients", here, of, words="waiting for them"))

    def trained(self, number: int, answers: int, of: int) -> None:
        words = f"round {number}: {answers} of {of} clients have trained"
        self.given.screen.progress(Step("rounds", number - 1, self.plan.rounds, words=words))

    def done(self, standing: Standing) -> None:
        if self.place:
            standing.save(self.place, self.plan)
        last = standing.rounds[-1]
        for reason in last.failed:
            self.given.screen.line(f"round {last.number}: {reason}", "warning")
        words = f"{last.clients} clients, accuracy {_share(last.accuracy)}"
        self.given.screen.progress(Step("rounds", last.number, self.plan.rounds, words=words))

    def stop(self) -> bool:
        return self.given.stop()


def ended(
    given: Given,
    plan: Plan,
    standing: Standing,
    extractor: Extractor,
    out: Path,
    place: Path | None = None,
    examples: Any = None,
) -> Outcome:
    """Shows what came of it, and saves the model."""
    screen, rounds = given.screen, standing.rounds
    stopped = len(rounds) < plan.rounds
    if not rounds:
        screen.line("stopped by Ctrl-C before a round was over; nothing was saved", "warning")
        return Outcome(code=130)
    show(rounds, screen)
    last = rounds[-1]
    training = {
        "val_accuracy": last.accuracy,
        "rounds": len(rounds),
        "clients": max(each.clients for each in rounds),
        "pictures": last.examples,
    }
    data = {
        "classes": list(plan.agreed.classes),
        "extractor": plan.agreed.extractor,
        "accuracy": last.accuracy,
        "rounds": [each._asdict() for each in rounds],
        "stopped": stopped,
    }
    if examples:
        data["test_accuracy"] = training["test_accuracy"] = _tested(
            screen, plan, standing, examples
        )
    data["model"] = str(saved_head(out, plan.agreed, standing.weights, extractor, training))
    screen.line(f"model saved: {data['model']}")
    if stopped:
        on = "; the same command goes on" if place else ""
        screen.line(f"stopped by Ctrl-C after round {len(rounds)} of {plan.rounds}{on}", "warning")
        return Outcome(data, 130)
    if place:
        place.unlink(missing_ok=True)
    return Outcome(data, hints=(f"predict {data['model']} PICTURE...",))


def show(rounds: list[Round], screen: Screen) -> None:
    """A row for each round, and how accuracy went."""
    rows = [
        (
            each.number,
            each.clients,
            f"{each.examples:,}",
            _share(each.accuracy),
            "" if each.loss is None else f"{each.loss:.3f}",
            duration(each.seconds),
        )
        for each in rounds
    ]
    columns = ["round", "clients", "pictures", "accuracy", "loss", "time"]
    screen.table(columns, rows, right=range(6))
    measured = [each for each in rounds if each.accuracy is not None]
    if len(measured) > 1:
        screen.chart(
            Lines(
                {"accuracy": [each.accuracy or 0.0 for each in measured]},
                [each.number for each in measured],
                "What clients measured on pictures that they kept aside",
                "round",
            )
        )


def _tested(screen: Screen, plan: Plan, standing: Standing, examples: Any) -> float:
    """How many of the server's own pictures the head gets right, as a share."""
    features, names, _ = examples
    classes = plan.agreed.classes
    rows = features.values.reshape(len(names), -1)
    head = plan.agreed.head(standing.weights)
    said = head.predict(rows, batch_size=MOST).numpy().argmax(-1)
    confusion = [[0] * len(classes) for _ in classes]
    for name, label in zip(names, said.tolist(), strict=True):
        confusion[classes.index(name)][label] += 1
    right = sum(confusion[i][i] for i in range(len(classes))) / len(names)
    screen.line(f"test accuracy {right:.3f}, on {len(names)} pictures of the server's", "title")
    screen.chart(Matrix(classes, confusion))
    return right


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
