"""A classifier that remembers examples: what is asked goes to the class of its nearest."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..core.runtime import Recorder
from ..core.tensor import Tensor, as_tensor, tensor
from ..device import get_device
from ..host.awaited import awaited
from ..host.stores import open_store
from ..host.waiting import run_sync
from . import knn_files
from .knn_rows import Rows, rounded, unit, units

Label = str | int
CLASSES = 16  # that there is room for at first


class Prediction(NamedTuple):
    """What `predict_class` says: the winner's label, its place among `labels`, and the
    share of the neighbours that each class has.
    """

    label: Label
    class_index: int
    confidences: dict[Label, float]


class KNNClassifier:
    """k nearest neighbours by cosine similarity, with the calls of TensorFlow.js's
    knn-classifier. It learns with every example at once and needs no training; give it
    features of a pretrained network rather than pixels.

    Examples stay on the device as rows of a matrix with room for more, or of several
    where one buffer does not hold them (models/knn_rows.py). A prediction is one replay
    (unit length, product with all examples, the k largest, votes) and one reading.

    The class with most of the k neighbours wins; among classes with equally many the
    one whose neighbour is nearest; of examples equally near, those added first count.
    An example of zeros is equally far from all. One with values that are no numbers is
    nobody's neighbour.

    `labels` are texts or whole numbers, in the order in which they were first added: a
    label keeps its place, its class index, also while its class is empty.

    Example:
        >>> knn = pw.models.KNNClassifier()
        >>> knn.add_example([1.0, 0.1], "left")
        >>> knn.add_example([0.9, 0.0], "left")
        >>> knn.add_example([0.0, 1.0], "up")
        >>> knn.predict_class_sync([1.0, 0.0], k=3)  # doctest: +ELLIPSIS
        Prediction(label='left', class_index=0, confidences={'left': 0.66..., 'up': 0.33...})
    """

    def __init__(self) -> None:
        self.labels: list[Label] = []
        self.example_shape: tuple[int, ...] | None = None
        self._numbers: list[int] = []  # of each row its label's place
        self._rows = Rows(0)

    # --- examples

    def add_example(self, example: Any, label: Label) -> None:
        """Learns one example: numbers of any shape, the same for all.

        ValueError for another shape than before; TypeError for a label that is neither
        a text nor a whole number.
        """
        label = _checked_label(label)
        if Recorder.trace is not None:
            raise RuntimeError("add_example: call it outside of `capture`, which would add it once")
        x = as_tensor(example, "float32")
        self._check_shape(x)
        if not self._numbers:
            self._rows = Rows(x.size)
        self.example_shape = x.shape
        number = self.labels.index(label) if label in self.labels else len(self.labels)
        self._rows.add(unit(x.reshape(-1)), [number])
        self._numbers.append(number)
        if number == len(self.labels):
            self.labels.append(label)

    def get_class_example_count(self) -> dict[Label, int]:
        """{label: how many examples}, of classes that have some."""
        counts = dict.fromkeys(self.labels, 0)
        for number in self._numbers:
            counts[self.labels[number]] += 1
        return {label: count for label, count in counts.items() if count}

    def get_num_classes(self) -> int:
        """How many classes have examples."""
        return len(set(self._numbers))

    def clear_class(self, label: Label) -> None:
        """Forgets a class's examples; its label keeps its place. ValueError for a class
        without examples.
        """
        self._keep([i for i, n in enumerate(self._numbers) if n != self._number_of(label)])

    def clear_all_classes(self) -> None:
        """Forgets all examples, and with them their shape; labels keep their places."""
        self._keep([])

    def dispose(self) -> None:
        """Gives the memory on the device back; the classifier is then as if new."""
        self._keep([])
        self.labels = []

    def get_classifier_dataset(self) -> dict[Label, Tensor]:
        """{label: its examples, [n, size]}, each of unit length, of classes that have
        some, for `set_classifier_dataset`.
        """
        return {
            label: self._rows.taken([i for i, n in enumerate(self._numbers) if n == number])
            for number, label in enumerate(self.labels)
            if number in self._numbers
        }

    def set_classifier_dataset(self, dataset: Mapping[Label, Any]) -> None:
        """Takes these examples, {label: [n, size]}, in place of all there were. Labels
        get their places in the dict's order.

        ValueError where sizes differ or a class has none; all is then as it was.

        Example:
            >>> one, other = pw.models.KNNClassifier(), pw.models.KNNClassifier()
            >>> one.add_example([0.0, 3.0], "up")
            >>> other.set_classifier_dataset(one.get_classifier_dataset())
            >>> other.predict_class_sync([1.0, 1.0])
            Prediction(label='up', class_index=0, confidences={'up': 1.0})
        """
        rows = {_checked_label(k): as_tensor(v, "float32") for k, v in dataset.items()}
        sizes = {x.shape[1:] for x in rows.values()}
        if any(x.ndim != 2 or not x.size for x in rows.values()) or len(sizes) > 1:
            shapes = {label: x.shape for label, x in rows.items()}
            raise ValueError(
                f"set_classifier_dataset: expected {{label: [n, size]}} of one size, got {shapes}"
            )
        self._keep([])
        self.labels = list(rows)
        self._fill((units(x), [i] * x.shape[0]) for i, x in enumerate(rows.values()))

    # --- predictions

    @awaited("knn.predict_class(...)", "knn.predict_class_sync(...)")
    async def predict_class(self, example: Any, k: int = 3) -> Prediction:
        """The class that most of the k nearest examples have; of all where there are
        fewer.

        ValueError without examples, for another shape than theirs, a k below 1, or
        values that are no numbers.
        """
        votes = self._votes(example, k)
        return self._prediction(await votes.data())

    def predict_class_sync(self, example: Any, k: int = 3) -> Prediction:
        """`predict_class`, blocking."""
        return self._prediction(self._votes(example, k).data_sync())

    def _votes(self, example: Any, k: int) -> Tensor:
        if isinstance(k, bool) or not hasattr(k, "__index__") or k < 1:
            raise ValueError(f"predict_class: k must be a whole number from 1 up, got {k!r}")
        if not self._numbers:
            raise ValueError("predict_class: there are no examples yet; call add_example first")
        x = as_tensor(example, "float32")
        self._check_shape(x)
        near = min(operator.index(k), self._rows.room)
        return self._rows.votes(x.reshape(-1), near, rounded(len(self.labels), CLASSES))

    def _prediction(self, votes: Any) -> Prediction:
        winner, counts = int(votes[0]), votes.tolist()[1:]
        voters = sum(counts)
        if not voters:
            raise ValueError(
                "predict_class: no example can be compared with this one; it, or all of them,"
                " have values that are no finite numbers"
            )
        known = set(self._numbers)
        shares = {x: counts[i] / voters for i, x in enumerate(self.labels) if i in known}
        return Prediction(self.labels[winner], winner, shares)

    # --- files

    async def save_async(self, where: Any) -> None:
        """`save` for code that awaits it, in a browser tab for instance."""
        pieces = self._rows.pieces(range(len(self._numbers)))
        values = b"".join([(await rows.data()).tobytes() for rows, _ in pieces])
        await open_store(where).write(self._files(values))

    def save(self, where: Any) -> None:
        """Writes examples, labels and their order, whole or not at all, to a folder, a
        zip ("hands.zip") or, in a tab, "indexeddb://hands".

        Example:
            >>> import tempfile
            >>> knn = pw.models.KNNClassifier()
            >>> knn.add_example([0.0, 1.0], "up")
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     knn.save(f"{folder}/hands.zip")
            ...     pw.models.KNNClassifier.load(f"{folder}/hands.zip").labels
            ['up']
        """
        run_sync(self.save_async(where))

    @classmethod
    async def load_async(cls, where: Any) -> KNNClassifier:
        """`load` for code that awaits it."""
        read = await knn_files.read(open_store(where))
        knn = cls()
        knn.labels = list(read.labels)
        if read.numbers:
            knn._fill(_in_parts(read.values, math.prod(read.shape), read.numbers))
            knn.example_shape = read.shape
        return knn

    @classmethod
    def load(cls, where: Any) -> KNNClassifier:
        """What `save` wrote: it predicts the same. FormatError, a ValueError, for what
        it did not write.
        """
        return run_sync(cls.load_async(where))

    def _files(self, values: bytes) -> dict[str, bytes]:
        shape = self.example_shape or (self._rows.size,)
        return knn_files.written(knn_files.Examples(self.labels, shape, self._numbers, values))

    # --- the rows

    def _check_shape(self, x: Tensor) -> None:
        expected = self.example_shape
        if not x.size:
            raise ValueError(f"an example must have values, got the shape {x.shape}")
        if self._numbers and (x.shape != expected if expected else x.size != self._rows.size):
            raise ValueError(
                f"an example has the shape {x.shape}, but those before have"
                f" {expected or (self._rows.size,)}; all must be alike"
            )

    def _number_of(self, label: Label) -> int:
        if label not in self.labels or self.labels.index(label) not in self._numbers:
            known = list(self.get_class_example_count())
            raise ValueError(f"there is no class {label!r} with examples; there are {known}")
        return self.labels.index(label)

    def _fill(self, parts: Iterable[tuple[Tensor, list[int]]]) -> None:
        """Takes these rows, (rows, their classes' numbers), in place of all there were."""
        rows: Rows | None = None
        whose: list[int] = []
        for some, numbers in parts:
            rows = rows or Rows(some.shape[1])
            rows.add(some, numbers)
            whose += numbers
        self._rows, self._numbers, self.example_shape = rows or Rows(0), whose, None

    def _keep(self, places: list[int]) -> None:
        """Forgets all rows but these."""
        shape, numbers = self.example_shape, self._numbers
        pieces = self._rows.pieces(places)
        self._fill((rows, [numbers[place] for place in some]) for rows, some in pieces)
        self.example_shape = shape if places else None


def _in_parts(values: Any, size: int, numbers: list[int]) -> Iterator[tuple[Tensor, list[int]]]:
    """Rows of a file, as many at a time as one buffer holds."""
    most = max(1, get_device().adapter.max_binding // (4 * size))
    for start in range(0, len(numbers), most):
        some = numbers[start : start + most]
        yield tensor(values[start * size : (start + len(some)) * size], (len(some), size)), some


def _checked_label(label: Any) -> Label:
    if isinstance(label, str):
        return label
    if isinstance(label, bool) or not hasattr(label, "__index__"):
        raise TypeError(f"a label must be a text or a whole number, got {label!r}")
    return operator.index(label)


__all__ = ["KNNClassifier"]
