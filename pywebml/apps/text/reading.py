"""Bytes and texts -> numbers of characters: what a network reads, and its alphabet."""

from __future__ import annotations

import codecs
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

SHORTEST = 100  # characters that a network can learn anything from
LONGEST = 2_000_000  # characters that are read; of a longer text the beginning
MOST_BYTES = 4 * LONGEST + 4  # that so many characters can take
LETTERS = 1000  # characters of an alphabet; what is rarer goes by one sign
RARE = "\N{REPLACEMENT CHARACTER}"
SHARE_ASIDE = 0.1  # of a text, its end, to test on

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Reading:
    """A text as numbers of characters, and what had to be done for that."""

    text: str
    letters: tuple[str, ...]
    numbers: Sequence[int]
    notes: tuple[str, ...] = ()


def decoded(data: bytes, name: str = "the text") -> str:
    """The text in a file's bytes: UTF-8, or UTF-16 with its mark. Of more than
    MOST_BYTES the first. ValueError for what is no text, with what to do about it.

    Example:
        >>> decoded(b"\\xef\\xbb\\xbfup\\r\\ndown")
        'up\\ndown'
        >>> decoded(b"caf\\xe9", "menu.txt")
        Traceback (most recent call last):
        ValueError: menu.txt is not text in UTF-8 (byte 3 is 0xe9); save it as UTF-8
    """
    mark, encoding = next(
        ((mark, encoding) for mark, encoding in _MARKS if data.startswith(mark)), (b"", "utf-8")
    )
    cut = len(data) > MOST_BYTES
    try:  # a cut may have gone through a character
        decoder = codecs.getincrementaldecoder(encoding)()
        text = decoder.decode(data[len(mark) : MOST_BYTES], final=not cut)
    except UnicodeDecodeError as error:
        place = error.start + len(mark)
        raise ValueError(
            f"{name} is not text in UTF-8 (byte {place} is 0x{data[place]:02x}); save it as UTF-8"
        ) from None
    if "\0" in text:
        raise ValueError(
            f"{name} is not text (it has zero bytes); give a plain text file, saved as UTF-8"
        )
    return cleaned(text)


def cleaned(text: str) -> str:
    """With one kind of line break, without halves of characters, which a page's fields
    may hold, and not longer than is read.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for sign, plain in (("\ufeff", ""), ("\r\n", "\n"), ("\r", "\n")):
        whole = whole.replace(sign, plain)
    return whole[:LONGEST]


def read(text: str, letters: Sequence[str] = (), name: str = "the text") -> Reading:
    """The text in numbers: of these letters, or of its own. ValueError for a text too
    short, or of one character only.
    """
    if len(text.strip()) < SHORTEST:
        n = len(text.strip())
        raise ValueError(
            f"{name} has {n} character{'' if n == 1 else 's'}; give at least {SHORTEST}, some"
            " pages are better"
        )
    counts = Counter(text)
    if len(counts) == 1:
        raise ValueError(
            f"{name} is the character {text[0]!r} over and over; give a text with at least two"
        )
    notes = []
    if not letters:
        common = [letter for letter, _ in counts.most_common(LETTERS)]
        if len(counts) > LETTERS:
            common[-1] = RARE
        letters = sorted(set(common))
    known = {letter: i for i, letter in enumerate(letters)}
    strange = sum(n for letter, n in counts.items() if letter not in known)
    other = known.get(RARE)
    if strange and other is None:  # a model that was loaded may know no sign for them
        text = "".join(letter for letter in text if letter in known)
        notes.append(f"{strange:,} characters that the model does not know were left out")
        if len(text) < SHORTEST:
            raise ValueError(
                f"{name} has only {len(text)} characters that the model knows; give a text in its"
                " script, or begin a new model"
            )
    elif strange:
        notes.append(f"{strange:,} rare characters are read as {RARE}")
    if len(text) == LONGEST:
        notes.append(f"the first {LONGEST:,} characters are read")
    numbers = array("i", [known.get(letter, other or 0) for letter in text])
    return Reading(text, tuple(letters), numbers, tuple(notes))


def split(numbers: Sequence[int], length: int) -> tuple[Sequence[int], Sequence[int], int]:
    """(what is learnt from, the end that is kept aside, characters of a piece): pieces
    are shorter where the text is.
    """
    length = min(length, len(numbers) // 4)
    aside = max(int(len(numbers) * SHARE_ASIDE), length + 1)
    return numbers[:-aside], numbers[-aside:], length
