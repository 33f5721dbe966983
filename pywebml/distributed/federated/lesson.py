"""What a client does in a round of federated teaching: it trains the server's head on
its own pictures' features, and tests it on those it kept aside. No Flower in here, so
that a node in a tab does the same.

What travels is Flower's own layout (`flwr.app.RecordDict`), as its FedAvg expects it:

    message             from the server                 the client's reply
    "train"             "arrays": ArrayRecord           "arrays": ArrayRecord
                        "config": ConfigRecord          "metrics": MetricRecord
    "evaluate"          "arrays": ArrayRecord           "metrics": MetricRecord
                        "config": ConfigRecord

"arrays" has the head's four arrays under the names of `ARRAYS`, in that order, each a
float32 .npy (stype "numpy.ndarray"), for k features, u hidden units and c classes:

    hidden/kernel  [k, u]      hidden/bias  [u]      relu(x @ kernel + bias)
    output/kernel  [u, c]      output/bias  [c]      softmax(h @ kernel + bias)

"config" is what all agree upon (`Agreement`), and how to train:

    classes             list of texts, in the order of the head's outputs
    extractor, layer, weights-sha256    `Extractor.describe()`: which network the
                        features come from, and the sha256 of its weights
    fit                 "crop" or "squash": how pictures are looked at
    features, units     k and u
    epochs, batch-fraction, learning-rate, seed     of a client's training in a round
    server-round        1 in the first round; Flower's strategies write it
    rounds              how many there are, where the server says so

"metrics" has whole "num-examples", by which Flower weighs the client, and "loss" and
"accuracy": after a training of the last epoch, on what was trained on; of an evaluation
on what was kept aside.

Nothing is sent to agree: a server says in each message what its head is for, and a
client whose features come from another network, or whose pictures are of a class that
the server does not name, answers with Flower's error, which says so in words (that is,
`train` and `evaluate` raise ValueError). A client need not have all classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ... import ops
from ...core.tensor import Tensor, tensor
from ...data.host_rows import Picked
from ...ops.image.pixels import FITS
from ...train.optimizers import SGD
from ...zoo.heads import batch_of, new_head

ARRAYS = ("hidden/kernel", "hidden/bias", "output/kernel", "output/bias")
MOST_CLASSES, LONGEST_NAME, MOST_UNITS, MOST_EPOCHS = 1000, 200, 10_000, 1000
"""Of what a server may ask."""

Weights = Sequence[Any]
"""Values of `ARRAYS`, in their order: whatever `Model.set_weights` takes."""


@dataclass(frozen=True)
class Agreement:
    """What the server and its clients agree upon. ValueError for what cannot be.

    Example:
        >>> from pywebml.distributed.federated.lesson import Agreement
        >>> both = Agreement(("rock", "paper"), "efficientnet_lite0", "pool", "ab12", 1280)
        >>> both == Agreement.of(both.config()), both.shapes()
        (True, [(1280, 100), (100,), (100, 2), (2,)])
    """

    classes: tuple[str, ...]
    extractor: str
    layer: str
    weights_sha256: str
    features: int
    units: int = 100
    fit: str = "crop"

    def __post_init__(self) -> None:
        if not 2 <= len(self.classes) <= MOST_CLASSES or len(set(self.classes)) < len(self.classes):
            raise ValueError(
                f"a lesson has 2 to {MOST_CLASSES} classes of different names, got"
                f" {', '.join(map(str, self.classes[:20])) or 'none'}"
            )
        for name in self.classes:
            if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
                raise ValueError(
                    f"a class's name has 1 to {LONGEST_NAME} characters, got {name!r:.80}"
                )
        for what, value in (("features", self.features), ("units", self.units)):
            _whole(what, value, 1, 10_000_000 if what == "features" else MOST_UNITS)
        if self.fit not in FITS:
            raise ValueError(f"fit must be {' or '.join(FITS)}, got {self.fit!r:.80}")

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Agreement:
        """From a message's "config"."""
        try:
            return cls(
                tuple(config["classes"]),
                str(config["extractor"]),
                str(config["layer"]),
                str(config["weights-sha256"]),
                config["features"],
                config["units"],
                str(config["fit"]),
            )
        except KeyError as missing:
            raise ValueError(
                f"the server's config has no {missing}; is it `federate server` of this version?"
            ) from None

    def config(self) -> dict[str, Any]:
        """This part of a message's "config"."""
        return {
            "classes": list(self.classes),
            "extractor": self.extractor,
            "layer": self.layer,
            "weights-sha256": self.weights_sha256,
            "fit": self.fit,
            "features": self.features,
            "units": self.units,
        }

    def head(self, weights: Weights | None = None, seed: int = 0) -> Any:
        """The head that is taught, with these weights, else as it starts."""
        head = new_head(self.features, self.units, len(self.classes), seed)
        if weights is not None:
            head.set_weights(weights)
        return head

    def metadata(self, about: Mapping[str, Any], training: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept with a head, as `teach` keeps it; `about` is the extractor's own
        word (`Extractor.describe()`).
        """
        return {
            "labels": list(self.classes),
            "extractor": about,
            "fit": self.fit,
            "training": training,
        }

    def shapes(self) -> list[tuple[int, ...]]:
        """Of `ARRAYS`."""
        k, u, c = self.features, self.units, len(self.classes)
        return [(k, u), (u,), (u, c), (c,)]


class Lesson:
    """A client's own pictures, as features, and what it does with a server's head.

    about            what their extractor says of itself (`Extractor.describe()`)
    features         [n, k], or [n, ...] of k numbers: a tensor, or rows on the host
    names            the class of each picture
    aside            rows that are tested on and never trained on; without any, all are
                     tested on
    fit              how pictures were looked at, "crop" or "squash"
    """

    def __init__(
        self,
        about: Mapping[str, Any],
        features: Any,
        names: Sequence[str],
        aside: Sequence[int] = (),
        fit: str = "crop",
    ):
        n = features.shape[0]
        if not n or n != len(names):
            raise ValueError(f"a lesson needs pictures, and a name for each; got {n}, {len(names)}")
        rows = features if len(features.shape) == 2 else features.reshape(n, -1)
        apart = set(aside)
        learnt = [i for i in range(n) if i not in apart]
        if not learnt:
            raise ValueError(f"all {n} pictures are kept aside, so there is none to train on")
        self.about, self.fit = about, fit
        self.width = rows.shape[1]
        self._learnt = _some(rows, learnt), [names[i] for i in learnt]
        tested = sorted(apart) or learnt
        self._tested = _some(rows, tested), [names[i] for i in tested]
        self.classes = sorted(set(names))
        self._names, self._aside = list(names), len(apart)
        self._head: tuple[Agreement, Any] | None = None

    def says(self) -> str:
        """How many pictures of each class there are, and how many are kept aside."""
        counts = ", ".join(f"{self._names.count(name)} {name}" for name in self.classes)
        return f"{counts}; {self._aside} of them kept aside"

    async def train(
        self, weights: Weights, config: Mapping[str, Any]
    ) -> tuple[list[Any], int, dict[str, float]]:
        """(the head's weights after some epochs on this client's pictures, float32
        memoryviews in the order of `ARRAYS`; how many pictures; "loss" and "accuracy").

        ValueError where the server's config or weights are not for these features.
        """
        agreed = self.agreed(config)
        epochs = _whole("epochs", config.get("epochs", 1), 1, MOST_EPOCHS)
        head = self._with(agreed, weights)
        x, names = self._learnt
        rate = _number("learning-rate", config.get("learning-rate", 0.01), 1000)
        fraction = _number("batch-fraction", config.get("batch-fraction", 1.0), 1)
        head.compile(SGD(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        history = await head.fit(
            x,
            [agreed.classes.index(name) for name in names],
            batch_size=batch_of(len(names), fraction),
            epochs=epochs,
            verbose=0,
            seed=int(config.get("seed", 0)) + int(config.get("server-round", 0)),
        )
        values = [await weight.data() for weight in head.weights]
        return values, len(names), {name: each[-1] for name, each in history.history.items()}

    async def evaluate(
        self, weights: Weights, config: Mapping[str, Any]
    ) -> tuple[int, dict[str, float]]:
        """(how many pictures, "loss" and "accuracy") of the server's head on what this
        client kept aside. ValueError as of `train`.
        """
        agreed = self.agreed(config)
        head = self._with(agreed, weights)
        x, names = self._tested
        head.compile(SGD(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        labels = [agreed.classes.index(name) for name in names]
        figures = await head.evaluate(x, labels, verbose=0, return_dict=True)
        return len(names), {name: float(value) for name, value in figures.items()}

    def agreed(self, config: Mapping[str, Any]) -> Agreement:
        """What the server says. ValueError unless it is for this client's features and
        classes.
        """
        agreed = Agreement.of(config)
        theirs = (agreed.weights_sha256, agreed.layer, agreed.features)
        if theirs != (self.about["weights_sha256"], self.about["layer"], self.width):
            raise ValueError(
                f"the server teaches on {_named(agreed.extractor, *theirs)}, but this client's"
                f" features are of {_named(self.about['name'], *self._mine())}; give both the same"
                " --extractor"
            )
        if agreed.fit != self.fit:
            raise ValueError(
                f"the server's pictures are looked at with --fit {agreed.fit}, this client's with"
                f" --fit {self.fit}; give both the same"
            )
        unknown = [name for name in self.classes if name not in agreed.classes]
        if unknown:
            raise ValueError(
                f"the server does not know the class {unknown[0]!r:.80}; it teaches"
                f" {', '.join(agreed.classes[:20])}: rename the folder, or leave it out"
            )
        return agreed

    def _mine(self) -> tuple[str, str, int]:
        return self.about["weights_sha256"], self.about["layer"], self.width

    def _with(self, agreed: Agreement, weights: Weights) -> Any:
        """The head with these weights; its plans are recorded once for an agreement."""
        if self._head is None or self._head[0] != agreed:
            self._head = agreed, agreed.head()
        head = self._head[1]
        head.set_weights(weights)
        return head


def is_last(config: Mapping[str, Any]) -> bool:
    """Whether the round that a message is of is the last one, as far as is known.

    Example:
        >>> from pywebml.distributed.federated.lesson import is_last
        >>> is_last({"server-round": 5, "rounds": 5}), is_last({"server-round": 5})
        (True, False)
    """
    number, rounds = config.get("server-round"), config.get("rounds")
    return isinstance(number, int) and isinstance(rounds, int) and 0 < rounds <= number


def _some(rows: Any, numbers: Sequence[int]) -> Any:
    """These rows, on the device if all are."""
    if isinstance(rows, Tensor):
        return ops.gather(rows, tensor(list(numbers), dtype="int32"))
    return Picked(rows, numbers)


def _named(name: str, sha256: str, layer: str, features: int) -> str:
    return f"{name:.80} ({features} numbers of {layer:.80}, weights {sha256[:12]})"


def _whole(what: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{what} must be a whole number from {low} to {high}, got {value!r:.80}")
    return value


def _number(what: str, value: Any, high: float) -> float:
    fits = isinstance(value, (int, float)) and isfinite(value) and 0 < value <= high
    if not fits or isinstance(value, bool):
        raise ValueError(f"{what} must be a number above 0, at most {high}, got {value!r:.80}")
    return float(value)
