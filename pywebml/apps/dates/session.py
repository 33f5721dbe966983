"""What the Dates page talks to: one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..app import method
from ..lessons import Turn
from .files import read_saved, saved_bytes
from .network import Reading
from .translator import DateOptions, Point, Translator, is_right, outcome
from .ways import UNUSUAL, Written, examples, exists

SHOWN = 8
"""Dates that are shown while it learns."""


class DateSession:
    """A network that reads dates; its file is what comes back on a new device."""

    def __init__(self) -> None:
        self.translator: Translator | None = None
        self._turn = Turn()
        self._file: bytes | None = None

    @method()
    def state(self) -> dict[str, Any]:
        """`{steps, training}`: how many steps the network has taken, null without one."""
        return {"steps": self.translator and self.translator.steps, "training": self._turn.taken}

    @method()
    def samples(self) -> dict[str, Any]:
        """`{shown, aside, unusual}`, of `[{text, iso}]`: the dates that are shown while
        it learns, others to test on, and some that are written as it never sees any;
        `iso` is "" where there is no such day.
        """
        aside = _described(examples(0)[1])
        unusual = [{"text": text, "iso": iso} for text, iso in UNUSUAL]
        return {"shown": aside[:SHOWN], "aside": aside[SHOWN:], "unusual": unusual}

    @method(options=DateOptions)
    async def train(
        self,
        options: Mapping[str, Any],
        progress: Callable[[Any], None],
        again: bool = False,
    ) -> dict[str, Any]:
        """The command's outcome. Goes on with the network that is there, or begins one;
        with `again` it begins one in any case. Progress: `{step, done, of, loss,
        accuracy, shown: [{iso, right}]}`.
        """
        chosen = DateOptions(**options)
        with self._turn.take() as stop:
            if again or self.translator is None:
                self.translator = Translator.new(chosen)
            translator = self.translator
            learnt = await translator.learn(
                chosen, lambda point: progress(_told(point, translator)), stop
            )
            tested = await translator.test()
            self._file = await saved_bytes(translator.saved)
        return outcome(translator, tested, learnt)

    @method()
    def stop(self) -> None:
        """Null. `train` then ends after its step and returns what it has, `stopped:
        true`; the next `train` goes on from there.
        """
        self._turn.stop()

    @method()
    async def read(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """`[{iso, exists, sure, looked}]`: what each text says, whether there is such a
        day, how sure each sign is, and how much it looked at each character before it.
        ValueError for a text that is too long; RuntimeError before it is trained.
        """
        if self.translator is None:
            raise RuntimeError("it cannot read yet; train it first")
        return [_answer(each) for each in await self.translator.reader.read(list(texts))]

    @method()
    async def save(self) -> bytes:
        """`Uint8Array`: the network, a zip that `load` and `dates --load` read; also
        while it trains. RuntimeError before.
        """
        if self.translator is None or not self.translator.steps:
            raise RuntimeError("it has learnt nothing yet; train it first")
        self._file = await saved_bytes(self.translator.saved)
        return self._file

    @method()
    def load(self, bytes: Any, name: str = "the file") -> dict[str, Any]:
        """State. Takes a network that was saved, in place of the one there is.
        ValueError where the file is none; all is then as it was.
        """
        self._turn.check()
        file = memoryview(bytes).tobytes()
        self.translator = Translator(read_saved(file, name))
        self._file = file
        return self.state()

    def revive(self) -> None:
        """Goes on, on a new device, with what was saved or learnt last."""
        self._turn, self.translator = Turn(), None
        if self._file is not None:
            self.translator = Translator(read_saved(self._file))


def _described(dates: Sequence[Written]) -> list[dict[str, str]]:
    return [{"text": each.text, "iso": each.iso} for each in dates]


def _told(point: Point, translator: Translator) -> dict[str, Any]:
    pairs = zip(point.readings[:SHOWN], translator.aside, strict=False)
    return {
        "step": point.step,
        "done": point.done,
        "of": point.of,
        "loss": point.loss,
        "accuracy": point.accuracy,
        "shown": [{"iso": r.iso, "right": is_right(r, w)} for r, w in pairs],
    }


def _answer(reading: Reading) -> dict[str, Any]:
    return {
        "iso": reading.iso,
        "exists": exists(reading.iso),
        "sure": reading.sure,
        "looked": reading.looked,
    }
