"""A session's part in a federation: its samples train a head together with those of
others, whose pictures are elsewhere. The page carries the calls (distributed/fleet).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..data.split import split
from ..formats.heads import archive_bytes
from ..zoo import Extractor
from .alike import alike
from .app import method
from .project import Class
from .sample import Sample, rows

if TYPE_CHECKING:
    from ..distributed.federated.lesson import Lesson
    from ..distributed.fleet.node import Answer, Node, Progress

ASIDE = 0.2
"""The part of the pictures that is tested on."""


class Together:
    """One time of taking part.

    extractor   whose features the samples are
    names       the class of each sample
    tell        hears of calls that are to be carried, and how it goes
    """

    def __init__(
        self,
        extractor: Extractor,
        samples: Sequence[Sample],
        names: Sequence[str],
        tell: Callable[[dict[str, Any]], object],
    ):
        self._extractor, self._samples, self._names, self._tell = extractor, samples, names, tell
        self._calls: dict[int, asyncio.Future[Answer]] = {}
        self._number = 0
        self._node: Node | None = None
        self._lesson: Lesson | None = None
        self._latest: tuple[Any, Sequence[Any], float] | None = None

    async def take_part(self, public_key: bytes) -> dict[str, Any] | None:
        """What is said of the head as it was tested last, and its file under "head";
        None where it was not. ConnectionError as `Node.take_part` says it, unless there
        is such a head: then it is said under "trouble".
        """
        from ..distributed.federated.lesson import Lesson  # few visitors do this
        from ..distributed.fleet.node import Node

        features = rows([sample.features for sample in self._samples])
        labels = [sorted(set(self._names)).index(name) for name in self._names]
        looks = rows([sample.thumbnail for sample in self._samples])
        groups = await alike(features, labels, looks, lambda: False)
        _, aside = split(labels, ASIDE, groups=groups)
        self._lesson = Lesson(self._extractor.describe(), features, self._names, aside)
        self._node = Node(self, self._post, public_key, self._hear)
        trouble = ""
        try:
            await self._node.take_part()
        except ConnectionError as error:
            if self._latest is None:
                raise
            trouble = str(error)
        head = await self._head()
        return head and {**head, "trouble": trouble}

    def leave(self) -> None:
        if self._node is not None:
            self._node.leave()

    def answered(self, number: int, status: int, body: bytes) -> None:
        """The server's answer to the call of that number."""
        from ..distributed.fleet.node import Answer

        call = self._calls.pop(number, None)
        if call is not None and not call.done():
            call.set_result(Answer(status, body))

    async def _post(self, call: str, body: bytes) -> Answer:
        self._number += 1
        number = self._number
        self._calls[number] = asyncio.get_running_loop().create_future()
        self._tell({"call": {"number": number, "name": call, "body": body}})
        return await self._calls[number]

    def _hear(self, progress: Progress) -> None:
        self._tell(asdict(progress))

    # what the node asks for: `Lesson`'s, and what was tested last is remembered

    async def train(
        self, weights: Sequence[Any], config: Mapping[str, Any]
    ) -> tuple[list[Any], int, dict[str, float]]:
        assert self._lesson is not None
        return await self._lesson.train(weights, config)

    async def evaluate(
        self, weights: Sequence[Any], config: Mapping[str, Any]
    ) -> tuple[int, dict[str, float]]:
        from ..distributed.federated.lesson import is_last

        assert self._lesson is not None
        count, measures = await self._lesson.evaluate(weights, config)
        self._latest = self._lesson.agreed(config), weights, measures["accuracy"]
        if is_last(config) and self._node is not None:
            self._node.leave(last=True)  # once this is answered
        return count, measures

    async def _head(self) -> dict[str, Any] | None:
        if self._latest is None or self._node is None:
            return None
        agreed, values, accuracy = self._latest
        training = {
            "val_accuracy": accuracy,
            "train_accuracy": None,
            "rounds": self._node.progress.evaluated,
        }
        metadata = agreed.metadata(self._extractor.describe(), training)
        model = agreed.head(values)
        file = archive_bytes(model, metadata, [await each.data() for each in model.weights])
        return {"names": list(agreed.classes), **training, "head": file}


class TakesPart:
    """What a session of samples can do in a federation."""

    extractor: Extractor
    classes: list[Class]
    samples: dict[str, Sample]
    _together: Together | None = None

    @method()
    async def together(
        self, public_key: Any, progress: Callable[[Any], object]
    ) -> dict[str, Any] | None:
        """Takes part in a federation with the samples, until its last round or `leave`:
        `{names, val_accuracy, train_accuracy: null, rounds, head, trouble}`, the head
        as it was tested last, and "" or why the server was lost; or null.
        `public_key`: PEM, as bytes, of the key that the page signs with. Progress:
        `{call: {number, name, body}}`, which the page carries to the server and brings
        back by `answered`, and `{trained, evaluated, pictures, accuracy, sent,
        received, doing, trouble}`. ValueError without samples, ConnectionError where
        the server is not there or refuses.
        """
        if self._together is not None:
            raise RuntimeError("this page takes part already; leave first")
        if not self.samples:
            raise ValueError("there are no pictures to take part with yet")
        called = {c.key: c.name for c in self.classes}
        samples = list(self.samples.values())
        names = [called[sample.key] for sample in samples]
        self._together = Together(self.extractor, samples, names, progress)
        try:
            return await self._together.take_part(bytes(memoryview(public_key)))
        finally:
            self._together = None

    @method()
    def answered(self, number: int, status: int, body: Any) -> None:
        """Null. Brings the server's answer to a call: its HTTP status, 0 where it was
        not reached, and its bytes.
        """
        if self._together is not None:
            self._together.answered(number, status, bytes(memoryview(body)))

    @method()
    def leave(self) -> None:
        """Null. `together` then ends after its round."""
        if self._together is not None:
            self._together.leave()
