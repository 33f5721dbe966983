"""How far a server is: the head, its momentum and the rounds so far, in one file that
is written whole after each round, so that a server that was stopped goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from ...formats.wire import npz
from ...formats.wire.stored import MAX_JSON, Weight
from ...host.files import FormatError, refused, write_whole
from ...host.json_data import json_bytes, json_object
from ...host.lazy import np
from ...host.stores import Zip, zip_bytes
from .lesson import ARRAYS, Agreement

KIND = "pywebml-federate"
ABOUT = "standing.json"


@dataclass(frozen=True)
class Plan:
    """How a server leads its rounds.

    agreed          what it and its clients agree upon
    rounds          how many there are
    clients         how many must be there for a round to begin
    epochs, batch_fraction, learning_rate, seed     of a client's training in a round
    pace, momentum  of the step that the server takes along what the clients' weighted
                    mean has changed (Flower's FedAvgM; 1 and 0 are plain averages)
    timeout         seconds that a round waits for answers
    """

    agreed: Agreement
    rounds: int
    clients: int
    epochs: int
    batch_fraction: float
    learning_rate: float
    seed: int = 0
    pace: float = 3.0
    momentum: float = 0.5
    timeout: float = 600.0

    def config(self, number: int) -> dict[str, Any]:
        """A message's "config" in this round."""
        return {
            **self.agreed.config(),
            "epochs": self.epochs,
            "batch-fraction": self.batch_fraction,
            "learning-rate": self.learning_rate,
            "seed": self.seed,
            "rounds": self.rounds,
            "server-round": number,
        }


class Round(NamedTuple):
    """What came of a round. accuracy and loss: the weighted mean of what clients
    measured on what they kept aside, None where nobody answered; failed: why clients
    had no part in it.
    """

    number: int
    clients: int
    examples: int
    accuracy: float | None
    loss: float | None
    seconds: float
    failed: tuple[str, ...] = ()


@dataclass
class Standing:
    """weights, velocity: of `ARRAYS`; the velocity is None before the first round and
    without momentum.
    """

    weights: list[Any]
    velocity: list[Any] | None = None
    rounds: list[Round] = field(default_factory=list)

    @classmethod
    def start(cls, plan: Plan) -> Standing:
        """Before the first round."""
        head = plan.agreed.head(seed=plan.seed)
        return cls([weight.numpy() for weight in head.weights])

    def save(self, path: Path, plan: Plan) -> None:
        """Writes all of it, or nothing."""
        about = {
            "format": KIND,
            "version": 1,
            "lesson": _lesson(plan),
            "rounds": [round._asdict() for round in self.rounds],
        }
        arrays = dict(zip(_names("weights"), self.weights, strict=True))
        if self.velocity is not None:
            arrays |= zip(_names("velocity"), self.velocity, strict=True)
        files = {ABOUT: json_bytes(about)}
        for name, array in arrays.items():
            files[name] = npz.array_bytes(name, Weight.of(np.asarray(array, np.float32)))
        write_whole(path, zip_bytes(files))

    @classmethod
    def load(cls, path: Path, plan: Plan) -> Standing:
        """What `save` wrote. FormatError for a file of another kind, or of a lesson
        that is not this one.
        """
        with refused(f"{path} is no standing of `federate server`; remove it to start anew"):
            files = Zip(path)
            about = json_object(files.read(ABOUT, MAX_JSON), ABOUT)
            if about["format"] != KIND:
                raise FormatError(f"its format is {about['format']!r:.80}")
            theirs, rounds = about["lesson"], [_round(each) for each in about["rounds"]]
            shapes = plan.agreed.shapes()
            different = _difference(theirs, _lesson(plan))
            weights = [] if different else _arrays(files, "weights", shapes)
            velocity = None
            if not different and _names("velocity")[0] in files:
                velocity = _arrays(files, "velocity", shapes)
        if different:
            raise FormatError(
                f"{path} is of another lesson: {different}; remove it to start anew, or give"
                " another --out"
            )
        return cls(weights, velocity, rounds)


class Watch:
    """Who is told how it goes; a server's screen is one."""

    def waiting(self, here: int, of: int) -> None:
        """For clients."""

    def trained(self, number: int, answers: int, of: int) -> None:
        """So many of so many clients have answered in this round."""

    def done(self, standing: Standing) -> None:
        """A round is over; the standing has it."""

    def stop(self) -> bool:
        """Asked often: whether to end now, between rounds or in one."""
        return False


def _names(what: str) -> list[str]:
    return [f"{what}/{name}.npy" for name in ARRAYS]


def _arrays(files: Zip, what: str, shapes: list[tuple[int, ...]]) -> list[Any]:
    arrays = []
    for name, shape in zip(_names(what), shapes, strict=True):
        array = npz.array_in(files.read(name, 4 * prod(shape) + npz.MAX_HEADER), name).array()
        if array.shape != shape or array.dtype != np.float32 or not np.isfinite(array).all():
            raise FormatError(f"{name} is not of {shape} float32 numbers")
        arrays.append(array)
    return arrays


def _round(said: Mapping[str, Any]) -> Round:
    """One of a file, whose values may be anything."""
    each = Round(**said)
    whole = (each.number, each.clients, each.examples)
    numbers = (each.seconds, *(x for x in (each.accuracy, each.loss) if x is not None))
    if any(type(x) is not int for x in whole) or any(type(x) not in (int, float) for x in numbers):
        raise FormatError("a round's figures are no numbers")
    return each._replace(failed=tuple(str(why)[:1000] for why in each.failed))


def _difference(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """What is not the same in two lessons, in words, or ""."""
    for key, value in ours.items():
        if theirs.get(key) != value:
            return f"its {key} is {theirs.get(key)!r:.80}, not {value!r:.80}"
    return ""


def _lesson(plan: Plan) -> dict[str, Any]:
    """What must be the same for going on, as JSON has it."""
    agreed = asdict(plan.agreed)
    return {**agreed, "classes": list(agreed["classes"])}
