"""A classifier that remembers examples: what is asked goes to the class of its nearest."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any, NamedTuple

from .. import ops
from ..core.capture import Captured, capture
from ..core.runtime import Recorder, copy_into
from ..core.spec import Spec
from ..core.tensor import Tensor, Variable, as_tensor, tensor
from ..device import get_device
from ..host.awaited import awaited
from ..host.stores import open_store
from ..host.waiting import run_sync
from . import knn_files

Label = str | int
ROOM = 64  # rows and, a quarter of it, classes that there is room for at first


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

    Examples stay on the device as rows of one matrix with room for more: adding one
    writes its row, and only where the room is full does it double. A prediction is one
    replay (unit length, product with all examples, the k largest, votes) and one
    reading.

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
        self._size = 0
        self._numbers: list[int] = []  # of each row its label's place
        self._rows: Variable | None = None
        self._of_rows: Variable | None = None  # the same numbers on the device, -1 for no example
        self._vote: Captured | None = None

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
        self.example_shape, self._size = x.shape, x.size
        n = len(self._numbers)
        if self._rows is None or n == self._rows.shape[0]:
            self._grow(n + 1)
        if label not in self.labels:
            self.labels.append(label)
        number = self.labels.index(label)
        self._put(_unit(x.reshape(-1)), tensor([number], dtype="int32"), n)
        self._numbers.append(number)

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
            label: self._taken([i for i, n in enumerate(self._numbers) if n == number])
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
        numbers = [i for i, x in enumerate(rows.values()) for _ in range(x.shape[0])]
        self._keep([])
        self.labels = list(rows)
        if rows:
            self._fill(_units(ops.concat(list(rows.values()), 0)), numbers)

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
        if self._rows is None or not self._numbers:
            raise ValueError("predict_class: there are no examples yet; call add_example first")
        x = as_tensor(example, "float32")
        self._check_shape(x)
        if self._vote is None:
            self._vote = capture(_vote)
        near = min(operator.index(k), self._rows.shape[0])
        room = _room(len(self.labels), ROOM // 4)
        votes: Tensor = self._vote(self._rows, self._of_rows, x.reshape(-1), near, room)
        return votes

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
        taken = self._taken(range(len(self._numbers)))
        values = (await taken.data()).tobytes() if self._numbers else b""
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
            knn._fill(tensor(read.values, (len(read.numbers), math.prod(read.shape))), read.numbers)
            knn.example_shape = read.shape
        return knn

    @classmethod
    def load(cls, where: Any) -> KNNClassifier:
        """What `save` wrote: it predicts the same. FormatError, a ValueError, for what
        it did not write.
        """
        return run_sync(cls.load_async(where))

    def _files(self, values: bytes) -> dict[str, bytes]:
        shape = self.example_shape or (self._size,)
        return knn_files.written(knn_files.Examples(self.labels, shape, self._numbers, values))

    # --- the matrix

    def _check_shape(self, x: Tensor) -> None:
        expected = self.example_shape
        if not x.size:
            raise ValueError(f"an example must have values, got the shape {x.shape}")
        if self._numbers and (x.shape != expected if expected else x.size != self._size):
            raise ValueError(
                f"an example has the shape {x.shape}, but those before have"
                f" {expected or (self._size,)}; all must be alike"
            )

    def _number_of(self, label: Label) -> int:
        if label not in self.labels or self.labels.index(label) not in self._numbers:
            known = list(self.get_class_example_count())
            raise ValueError(f"there is no class {label!r} with examples; there are {known}")
        return self.labels.index(label)

    def _grow(self, least: int) -> None:
        """Makes room for `least` rows: for twice as many as there is, where the device
        allows it.
        """
        before, numbers = self._rows, self._of_rows
        most = get_device().adapter.max_binding // (4 * self._size)
        room = max(least, min(_room(least, ROOM), most))
        rows = Variable.unset(Spec((room, self._size), "float32"))
        rows.assign(ops.zeros(rows.shape))
        of_rows = Variable(ops.fill((room,), -1, "int32"))
        self._rows, self._of_rows, self._vote = rows, of_rows, None
        if before is not None and numbers is not None:
            self._put(before, numbers, 0)

    def _put(self, rows: Tensor, numbers: Tensor, at: int) -> None:
        """Copies rows and their classes' numbers to the rows from `at` on."""
        assert self._rows is not None
        assert self._of_rows is not None
        copy_into(rows.buffer, self._rows.buffer, 4 * self._size * at)
        copy_into(numbers.buffer, self._of_rows.buffer, 4 * at)

    def _fill(self, rows: Tensor, numbers: list[int]) -> None:
        """Takes these rows in place of all there were."""
        self._size, self._numbers, self.example_shape = rows.shape[1], numbers, None
        self._rows = self._of_rows = None
        self._grow(len(numbers))
        self._put(rows, tensor(numbers, dtype="int32"), 0)

    def _taken(self, places: Any) -> Tensor:
        if self._rows is None or not len(places):
            return ops.zeros((0, self._size))
        return ops.gather(self._rows, tensor(list(places), dtype="int32"))

    def _keep(self, places: list[int]) -> None:
        """Forgets all rows but these."""
        shape = self.example_shape
        if places:
            self._fill(self._taken(places), [self._numbers[i] for i in places])
            self.example_shape = shape
        else:
            self._numbers, self._size, self.example_shape = [], 0, None
            self._rows = self._of_rows = self._vote = None


def _checked_label(label: Any) -> Label:
    if isinstance(label, str):
        return label
    if isinstance(label, bool) or not hasattr(label, "__index__"):
        raise TypeError(f"a label must be a text or a whole number, got {label!r}")
    return operator.index(label)


def _room(least: int, first: int) -> int:
    """The power of two, from `first` up, that is enough."""
    return max(first, 1 << (least - 1).bit_length())


def _rows_of_unit_length(x: Tensor) -> Tensor:
    """[n, size], each divided by its largest value first, so that no square overflows.
    A row of zeros stays as it is.
    """
    top = ops.max(ops.abs(x), 1, True)
    x = x / ops.where(top > 0, top, 1.0)
    return x / ops.maximum(ops.sqrt(ops.sum(x * x, 1, True)), 1.0)  # from 1 up, unless zeros


def _one(x: Tensor) -> Tensor:
    return _rows_of_unit_length(x.reshape(1, -1))


_unit, _units = capture(_one, copy=False), capture(_rows_of_unit_length)
FAR = -2.0  # below every cosine: of what is no neighbour


def _vote(rows: Tensor, numbers: Tensor, example: Tensor, k: int, classes: int) -> Tensor:
    """[1 + classes]: the winner's number, and how many of the k nearest each class has."""
    similar = ops.matmul(rows, _one(example), transpose_b=True).reshape(-1)
    counts = ops.logical_and(numbers >= 0, ops.logical_not(ops.is_nan(similar)))
    nearest = ops.top_k(ops.where(counts, similar, FAR), k)
    there = nearest.values > FAR
    near = ops.where(there, ops.gather(numbers, nearest.indices), -1)
    equal = ops.equal(near.reshape(k, 1), ops.arange(classes).reshape(1, classes))
    votes = ops.sum(equal.astype("float32"), 0)
    # nearest first: the first of those with most votes has the nearest neighbour
    of_each = ops.where(there, ops.gather(votes, ops.maximum(near, 0)), 0.0)
    winner = ops.gather(near, ops.argmax(of_each).reshape(1)).astype("float32")
    return ops.concat([winner, votes], 0)


__all__ = ["KNNClassifier"]
