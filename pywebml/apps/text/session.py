"""What the Text page talks to: one text, one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..app import method
from .author import Author, Learnt, Point, TextOptions, outcome, text_of
from .files import read_saved, saved_bytes
from .pen import Letter
from .reading import Reading, cleaned, decoded, read

PREVIEW = 100_000  # characters of a file that the page shows
MOST_WRITTEN = 5000  # characters asked for at once
LIVE = 3.0  # seconds between two samples of a training


class TextSession:
    """A text and a network that reads it."""

    def __init__(self) -> None:
        self.reading: Reading | None = None
        self.author: Author | None = None
        self.training = False
        self._text, self._name = "", "the text"
        self._stop = False
        self._temperature = TextOptions().temperature
        self._file: bytes | None = None  # what is known again after a lost device

    @method()
    def state(self) -> dict[str, Any]:
        """`{characters, letters, steps, training}`: how long the text is (null without
        one), how many characters the network knows and how many steps it took (null
        without one).
        """
        return {
            "characters": len(self.reading.text) if self.reading else None,
            "letters": len(self.author.letters) if self.author else None,
            "steps": self.author.steps if self.author else None,
            "training": self.training,
        }

    @method()
    def open(self, bytes: Any, name: str = "the file") -> dict[str, Any]:
        """`{text, characters, whole}`: the text in a file's bytes, for `text` to be
        shown and given to `read`; of a long one the beginning, `whole` false, and
        `read` without a text then takes all of it. ValueError for what is no text.
        """
        text = decoded(memoryview(bytes).tobytes(), name)
        self._text, self._name = text, name
        return {
            "text": text[:PREVIEW],
            "characters": len(text),
            "whole": len(text) <= PREVIEW,
        }

    @method()
    def read(self, text: str | None = None, again: bool = False) -> dict[str, Any]:
        """`{...state, letters, notes}`. Takes a text, or the one that `open` was given
        last. A network that is there stays where it knows the text already, or was
        loaded; with `again` there is none, and `train` begins anew. ValueError for a
        text that nothing can be learnt from; all is then as it was.
        """
        if self.training:
            raise RuntimeError("a training is running; stop it first")
        whole = self._text if text is None else cleaned(text)
        author = None if again else self.author
        if self.reading is None or self.reading.text != whole or author is None:
            letters = author.letters if author else ()
            self.reading = read(whole, letters, self._name if text is None else "the text")
        self.author = author
        if again:
            self._file = None
        return {
            **self.state(),
            "letters": len(self.reading.letters),
            "notes": list(self.reading.notes),
        }

    @method(options=TextOptions)
    async def train(
        self, options: Mapping[str, Any], progress: Callable[[Any], None]
    ) -> dict[str, Any]:
        """The command's outcome. Goes on with the network that is there, or begins one.
        Progress: `{step, done, of, loss, val_loss, sample}`, the figures null before
        the first step, `sample` as `write` says it or null.
        """
        if self.training:
            raise RuntimeError("a training is running already; stop it first")
        if self.reading is None:
            raise RuntimeError("there is no text yet; give one to read first")
        chosen, reading = TextOptions(**options), self.reading
        self.training, self._stop = True, False
        self._temperature = chosen.temperature

        def hear(point: Point) -> None:
            progress(
                {
                    "step": point.step,
                    "done": point.done,
                    "of": chosen.steps,
                    "loss": point.loss if point.done else None,
                    "val_loss": point.aside if point.done else None,
                    "sample": point.sample and described(point.sample),
                }
            )

        try:
            # there while it trains, too, so that it may write and be saved
            author = self.author = self.author or Author.new(reading.letters, chosen)
            learnt: Learnt = await author.learn(
                reading, chosen, hear, lambda: self._stop, lambda: self._temperature, LIVE
            )
            await self.save()
        except ValueError:  # it went astray: what was saved last is there again
            await self.revive()
            raise
        finally:
            self.training = False
        sample = learnt.points[-1].sample or []
        return {**outcome(author, reading, learnt, text_of(sample)), "shares": described(sample)}

    @method()
    def stop(self) -> None:
        """Null. `train` then ends after its step and returns what it has, `stopped:
        true`; the next `train` goes on from there.
        """
        self._stop = True

    @method()
    def temperature(self, value: float) -> None:
        """Null. How freely the samples of a training are written from now on."""
        self._temperature = TextOptions(temperature=value).temperature

    @method()
    async def write(
        self,
        progress: Callable[[Any], None],
        count: int = 300,
        temperature: float = 0.5,
        start: str = "",
    ) -> dict[str, Any]:
        """`{letters: [...], shares: [...], likeliest: [[[letter, share] ...] ...]}`:
        that many characters after `start`, how likely the network held each, and which
        it held to be likeliest. Progress: the same of some characters. An error without
        a network.
        """
        if self.author is None:
            raise RuntimeError("nothing is learnt yet; let it read first")
        if not 1 <= count <= MOST_WRITTEN:
            raise ValueError(f"count must be from 1 to {MOST_WRITTEN}, got {count}")
        sure = TextOptions(temperature=temperature).temperature
        written: list[Letter] = []
        async for some in self.author.pen.write(int(count), sure, cleaned(start)):
            written += some
            progress(described(some))
        return described(written)

    @method()
    async def save(self, kind: str = "zip") -> bytes:
        """`Uint8Array`: the network and its letters, "zip" (what `text --load` reads)
        or "keras"; while it trains, too. It is what comes back where a device is lost,
        or a training goes astray.
        """
        if self.author is None:
            raise RuntimeError("nothing is learnt yet; let it read first")
        if kind not in ("zip", "keras"):
            raise ValueError(f"kind must be zip or keras, got {kind!r}")
        data = await saved_bytes(self.author.saved, kind)
        if kind == "zip":
            self._file = data
        return data

    @method()
    async def load(self, bytes: Any, name: str = "the file") -> dict[str, Any]:
        """State. Takes a network that was saved, in place of the one there is; the text
        is to be read anew. ValueError where the file is none; all is then as it was.
        """
        if self.training:
            raise RuntimeError("a training is running; stop it first")
        file = memoryview(bytes).tobytes()
        self.author = Author(await read_saved(file, name))
        self._file, self.reading = file, None
        return self.state()

    async def revive(self) -> None:
        """Goes on, on a new device, with what was saved or learnt last."""
        self.training, self.author = False, None
        if self._file is not None:
            self.author = Author(await read_saved(self._file))


def described(letters: list[Letter]) -> dict[str, Any]:
    """Characters as JSON data."""
    return {
        "letters": [each.letter for each in letters],
        "shares": [each.share for each in letters],
        "likeliest": [[list(pair) for pair in each.likeliest] for each in letters],
    }
