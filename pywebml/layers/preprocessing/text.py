"""Texts to numbers of words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...core.tensor import Tensor
from ...host.lazy import np
from ..support.registry import layer
from .adapting import batches_of
from .encoding import checked_mode, refuse_sparse
from .host_layer import HostLayer, encoded_shape
from .lookup import StringLookup
from .vocabulary import MODES

_PUNCTUATION = re.compile(r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']")
_SPACE = re.compile(r"[ \t\n\v\f\r]+")
_LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
MOST_WORDS = 1000
"""Words that are joined to one token, at most."""
STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation", None)


@layer("TextVectorization")
class TextVectorization(HostLayer):
    """Texts to the places of their words in a vocabulary that is given or that `adapt`
    takes from data: made plain, split, joined to n-grams, looked up. Runs on the host.

    Shapes: texts [batch] or [batch, 1] -> int32 [batch, words], shorter ones filled up
    with 0; for other modes float32 [batch, places].

    Args:
        max_tokens: the most places: 0 for nothing, 1 for unknown words ("int").
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation"
            (letters and signs of ASCII, as in Keras), None, or a function of a NumPy
            array of texts.
        split: "whitespace", "character", None (texts are words), or a function that
            gives a list of words for each text.
        ngrams: n for runs of up to n words, a tuple of lengths, or None.
        output_mode: "int", "multi_hot", "count" or "tf_idf".
        output_sequence_length: words that are kept, or filled up to, for "int".
        pad_to_max_tokens: rows have `max_tokens` columns.
        vocabulary: words, or the path of a file with one per line.
        idf_weights: of the vocabulary, for "tf_idf".
        sparse, ragged: only False.
        encoding: of bytes.

    Raises:
        ValueError: arguments that do not go together.

    Example:
        >>> layer = layers.TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["The cat sat.", "The dog!"])
        >>> layer.get_vocabulary()
        ['', '[UNK]', 'the', 'sat', 'dog', 'cat']
        >>> layer(["the dog sat", "A dog"]).tolist()
        [[2, 4, 3, 0], [1, 4, 0, 0]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **options: Any,
    ):
        who = "TextVectorization"
        for key in ("vocabulary_size", "has_input_vocabulary"):  # of Keras's configs
            options.pop(key, None)
        super().__init__(name=name, **options)
        if not callable(standardize) and standardize not in STANDARDS:
            words = ", ".join(map(repr, STANDARDS))
            raise ValueError(
                f"{who}: standardize must be {words} or a function, got {standardize!r}"
            )
        if not callable(split) and split not in ("whitespace", "character", None):
            raise ValueError(
                f"{who}: split must be 'whitespace', 'character', None or a function, got {split!r}"
            )
        self.ngrams = tuple(ngrams) if isinstance(ngrams, (list, tuple)) else ngrams
        several = (0,) if ngrams is not None and not isinstance(self.ngrams, tuple) else self.ngrams
        longest = min(ngrams, MOST_WORDS + 1) if isinstance(ngrams, int) else 0
        widths = range(1, longest + 1) if longest else several or ()
        if not all(isinstance(n, int) and 0 < n <= MOST_WORDS for n in widths):
            raise ValueError(
                f"{who}: ngrams must be a whole number up to {MOST_WORDS}, several or None, got"
                f" {ngrams!r:.80}"
            )
        self._widths = tuple(widths)
        refuse_sparse(who, sparse)
        if ragged:
            raise ValueError(f"{who}: there are no ragged tensors here; leave ragged=False")
        self.output_mode = checked_mode(who, output_mode, MODES)
        if output_sequence_length is not None and self.output_mode != "int":
            raise ValueError(f"{who}: output_sequence_length is for output_mode 'int'")
        self.standardize, self.split = standardize, split
        self.output_sequence_length = output_sequence_length
        self.sparse, self.ragged, self.encoding = sparse, ragged, encoding
        self.lookup = StringLookup(
            max_tokens, mask_token="", vocabulary=vocabulary, idf_weights=idf_weights,
            output_mode=self.output_mode, pad_to_max_tokens=pad_to_max_tokens, encoding=encoding,
            name=f"{self.name}_words",
        )  # fmt: skip
        self.max_tokens, self.pad_to_max_tokens = max_tokens, pad_to_max_tokens

    @property
    def vocabulary(self) -> Any:
        """For a config: the words without the special ones."""
        return self.lookup.vocabulary

    @property
    def idf_weights(self) -> Any:
        """Those of `vocabulary`."""
        return self.lookup.idf_weights

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words by their places; the first are "" for nothing ("int" alone) and
        "[UNK]" for unknown words.
        """
        return self.lookup.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many places there are, the special ones included."""
        return self.lookup.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """See `StringLookup.set_vocabulary`."""
        self.lookup.set_vocabulary(vocabulary, idf_weights)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Takes the words of an array, a list of texts, or batches of texts (a data
        set, a generator), `steps` of them.
        """

        def documents() -> Iterator[Sequence[str]]:
            for batch in batches_of("TextVectorization", data, steps):
                yield from self.words(self.array(batch))

        self.lookup.adapt_to(documents())

    def words(self, texts: Any) -> list[list[str]]:
        """The words of each text of an array [n], [n, 1] or, without a split, [n,
        words].
        """
        plain = self._plain(texts)
        if self.split is None:
            rows = plain.reshape(len(plain), -1).tolist() if plain.ndim else [[plain.item()]]
        else:
            if plain.ndim > 1 and plain.shape[1:] != (1,):
                raise ValueError(
                    f"{self.name} splits texts of shape [batch] or [batch, 1], got {plain.shape}"
                )
            rows = self._split(plain.reshape(-1))
        return [self._with_ngrams(row) for row in rows] if self._widths else rows

    def _plain(self, texts: Any) -> Any:
        if callable(self.standardize):
            return self.array(self.standardize(texts.astype(str)))
        if self.standardize is None:
            return texts
        out = texts.copy()
        for place, text in np.ndenumerate(texts):
            if "lower" in self.standardize:
                text = text.translate(_LOWER)
            if "punctuation" in self.standardize:
                text = _PUNCTUATION.sub("", text)
            out[place] = text
        return out

    def _split(self, texts: Any) -> list[list[str]]:
        if self.split == "whitespace":
            return [[w for w in _SPACE.split(text) if w] for text in texts]
        if self.split == "character":
            return [list(text) for text in texts]
        function: Callable[[Any], Any] = self.split
        return [[self._text(word) for word in row] for row in function(texts.astype(str))]

    def _with_ngrams(self, words: list[str]) -> list[str]:
        return [" ".join(words[i : i + n]) for n in self._widths for i in range(len(words) - n + 1)]

    @property
    def output_dtype(self) -> str:
        return self.lookup.output_dtype

    def array(self, values: Any) -> Any:
        if isinstance(values, Tensor):
            raise TypeError(f"{self.name} takes texts, got a tensor of {values.dtype}")
        array = super().array(values)
        if array.size and array.dtype.kind != "O":
            raise TypeError(f"{self.name} takes texts, got {array.dtype} {array.shape}")
        return array

    def on_host(self, values: Any) -> Any:
        rows = self.words(values)
        place = self.lookup.place
        longest = max(map(len, rows), default=0)
        length = longest if self.output_sequence_length is None else self.output_sequence_length
        width = length if self.output_mode == "int" else max(longest, 1)
        places = np.full((len(rows), width), 0 if self.output_mode == "int" else -1, np.int64)
        known: dict[str, int] = {}
        for row, words in zip(places, rows, strict=True):
            for i, word in enumerate(words[:width]):
                if word not in known:
                    known[word] = place(word)
                row[i] = known[word]
        out = self.lookup.rows(places)
        return out[0] if values.ndim == 0 else out

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self.output_mode == "int":
            return (input_shape[0], self.output_sequence_length)
        return encoded_shape((input_shape[0], None), self.output_mode, self.lookup.depth)
