"""What the Face points page talks to: one network, in 32 bits and in 8."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..app import method
from ..lessons import Turn, floats
from .faces import POINTS, SIDE, Faces, Features
from .files import read_saved, saved_bytes
from .learner import FaceOptions, Learner, Point, Small, outcome
from .network import places

SHOWN = 12
"""Faces that are shown while it learns."""


class FaceSession:
    """A network that finds points of faces; its file is what comes back on a new
    device.
    """

    def __init__(self) -> None:
        self.learner: Learner | None = None
        self._turn = Turn()
        self._small: Small | None = None
        self._file: bytes | None = None

    @method()
    def state(self) -> dict[str, Any]:
        """`{network, training}`: `{blocks, filters, skips, steps, seed}` of the
        network, null without one.
        """
        saved = self.learner and self.learner.saved._asdict()
        if saved:
            del saved["model"]
        return {"network": saved, "training": self._turn.taken}

    @method()
    async def samples(self) -> dict[str, Any]:
        """`{side, names, pixels, points}`: the faces that are shown while it learns, of
        `side * side` bytes each, and where their points are, x and y from 0 to 1 of
        each name (Float32Array).
        """
        learner = self.learner or Learner.new(FaceOptions())
        shown = Faces(learner.tested.pictures[:SHOWN], learner.tested.points[:SHOWN])
        return {"side": SIDE, "names": list(POINTS), **await _described(shown)}

    @method(options=FaceOptions)
    async def train(
        self,
        options: Mapping[str, Any],
        progress: Callable[[Any], None],
        again: bool = False,
    ) -> dict[str, Any]:
        """The command's outcome. Goes on with the network that is there, where it is
        made as the options say, or begins one; with `again` it begins one in any case.
        Progress: `{step, done, of, loss, rate, error, seen}`, `seen` being where it
        sees the points of the faces that are shown.
        """
        chosen = FaceOptions(**options)
        with self._turn.take() as stop:
            if again or self.learner is None or not self.learner.is_as(chosen):
                self.learner = Learner.new(chosen)
            learner, self._small = self.learner, None
            learnt = await learner.learn(chosen, lambda point: progress(_told(point)), stop)
            self._small = await learner.small()
            tested = await learner.test(self._small)
            self._file = await saved_bytes(learner.saved)
        return outcome(learner, tested, learnt)

    @method()
    def stop(self) -> None:
        """Null. `train` then ends after its step and returns what it has, `stopped:
        true`; the next `train` goes on from there.
        """
        self._turn.stop()

    @method()
    async def find(self) -> dict[str, Any]:
        """`{seen, seen_in_8_bits}`: where it sees the points of the faces that are
        shown. RuntimeError before it is trained.
        """
        learner = self._trained()
        return await self._seen(learner.tested.pictures[:SHOWN])

    @method()
    async def face(
        self, seed: int = 0, features: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """`{features, pixels, points, seen, seen_in_8_bits}`: a face that the seed
        draws, with some of its features, from 0 to 1, in place of others; `seen` are
        null before it is trained. ValueError for a feature that no face has.
        """
        drawn = (await Features.drawn(int(seed))).changed(features or {})
        face = drawn.face(int(seed))
        nothing = {"seen": None, "seen_in_8_bits": None}
        trained = self.learner is not None and self.learner.steps > 0
        seen = await self._seen(face.pictures) if trained else nothing
        return {"features": dict(drawn), **await _described(face), **seen}

    @method()
    async def save(self, bits: int = 32) -> bytes:
        """`Uint8Array`: the network with a weight in 32 or in 8 bits, a zip that `load`
        and TensorFlow.js read; also while it trains. RuntimeError before it is trained.
        """
        if bits not in (32, 8):
            raise ValueError(f"bits must be 32 or 8, got {bits!r}")
        return await saved_bytes(self._trained().saved, bits)

    @method()
    async def load(self, bytes: Any, name: str = "the file") -> dict[str, Any]:
        """State, and what it does on the faces that it has not seen:
        `{error, error_in_8_bits, bytes, bytes_in_8_bits, parameters}`. Takes a network
        that was saved, in place of the one there is. ValueError where the file is none;
        all is then as it was.
        """
        self._turn.check()
        file = memoryview(bytes).tobytes()
        learner = Learner(read_saved(file, name))
        small = await learner.small()
        tested = await learner.test(small)
        self.learner, self._small, self._file = learner, small, file
        return {**self.state(), **tested}

    def revive(self) -> None:
        """Goes on, on a new device, with what was saved or learnt last."""
        self._turn, self.learner, self._small = Turn(), None, None
        if self._file is not None:
            self.learner = Learner(read_saved(self._file))

    def _trained(self) -> Learner:
        if self.learner is None or not self.learner.steps:
            raise RuntimeError("it has learnt nothing yet; train it first")
        return self.learner

    async def _seen(self, pictures: Any) -> dict[str, Any]:
        """Null in 8 bits while it trains, as weights are made small when it has done."""
        learner = self._trained()
        if self._small is None and not self._turn.taken:
            self._small = await learner.small()
        small = self._small and array("f", await places(self._small.saved.model, pictures))
        return {"seen": array("f", await places(learner.model, pictures)), "seen_in_8_bits": small}


async def _described(faces: Faces) -> dict[str, Any]:
    pixels = bytes(round(255 * value) for value in await floats(faces.pictures))
    return {"pixels": pixels, "points": array("f", await floats(faces.points))}


def _told(point: Point) -> dict[str, Any]:
    seen: Sequence[float] = point.seen[: 2 * len(POINTS) * SHOWN]
    return {**point._asdict(), "seen": array("f", seen)}
