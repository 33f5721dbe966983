"""What layers with a vocabulary share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...core.tensor import Tensor
from ...host.lazy import np
from .adapting import batches_of
from .encoding import checked_mode, refuse_sparse
from .hashing import bucket, checked_salt
from .host_layer import HostLayer, encoded_rows, encoded_shape, looked_up

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
MAX_FILE = 256 << 20
MOST_UNKNOWN = 1 << 24
"""Places for what is in no vocabulary, at most: each is an entry of its list."""
_NOWHERE = -1
"""The number of a masked token where places are counted: it has no class."""


class Lookup(HostLayer):
    """A vocabulary: in front the mask's place (for "int" alone), then the places of
    what is in no vocabulary, then the tokens.
    """

    _config_without = (*HostLayer._config_without, "vocabulary_size", "has_input_vocabulary")

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        sparse: bool,
        pad_to_max_tokens: bool,
        salt: Any,
        **options: Any,
    ):
        kind = type(self).__name__
        for key in ("vocabulary_size", "has_input_vocabulary"):  # of Keras's configs
            options.pop(key, None)
        super().__init__(**options)
        if max_tokens is not None and max_tokens <= 1:
            raise ValueError(f"{kind}: max_tokens must be more than 1, got {max_tokens}")
        if pad_to_max_tokens and max_tokens is None:
            raise ValueError(f"{kind}: pad_to_max_tokens needs max_tokens")
        if not 0 <= num_oov_indices <= MOST_UNKNOWN:
            raise ValueError(
                f"{kind}: num_oov_indices must be from 0 to {MOST_UNKNOWN}, got {num_oov_indices}"
            )
        refuse_sparse(kind, sparse)
        self.output_mode = checked_mode(kind, output_mode, MODES)
        if invert and self.output_mode != "int":
            raise ValueError(f"{kind}: with invert output_mode must be 'int', got {output_mode!r}")
        if idf_weights is not None and self.output_mode != "tf_idf":
            raise ValueError(
                f"{kind}: idf_weights are for output_mode 'tf_idf', not {output_mode!r}"
            )
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.sparse, self.pad_to_max_tokens = invert, sparse, pad_to_max_tokens
        self.salt = checked_salt(kind, salt)
        self._tokens: list[Any] = []
        self._places: dict[Any, int] = {}
        self._idf: Any = None
        self._fixed = vocabulary is not None
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # --- the vocabulary

    @property
    def _oov_start(self) -> int:
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    @property
    def _start(self) -> int:
        return self._oov_start + self.num_oov_indices

    @property
    def vocabulary(self) -> list[Any] | None:
        """The tokens without the special ones, for a config; None while there are none."""
        return list(self._tokens) or None

    @property
    def idf_weights(self) -> list[float] | None:
        """Those of `vocabulary`."""
        return (
            None
            if self._idf is None
            else self._idf[self._start : self._start + len(self._tokens)].tolist()
        )

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens by their places, with those for the mask and for what is in no
        vocabulary in front.
        """
        if not include_special_tokens:
            return list(self._tokens)
        return [
            *([self.mask_token] * self._oov_start),
            *([self.oov_token] * self.num_oov_indices),
            *self._tokens,
        ]

    def vocabulary_size(self) -> int:
        """How many places there are, the special ones included."""
        return self._start + len(self._tokens)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Takes tokens, most frequent first: a list, an array, or the path of a file
        with one per line; with the special ones in front or without. For "tf_idf" with
        a weight for each. ValueError for tokens that are there twice, or too many.
        """
        if (idf_weights is not None) != (self.output_mode == "tf_idf"):
            raise ValueError(
                f"{self.name}: idf_weights go with output_mode 'tf_idf', and with no other; it is"
                f" {self.output_mode!r}"
            )
        tokens = self._listed(vocabulary)
        if not tokens:
            raise ValueError(f"{self.name}: the vocabulary is empty")
        special = self.get_vocabulary()[: self._start]
        with_special = bool(special) and tokens[: len(special)] == special
        weights = None
        if idf_weights is not None:
            weights = np.asarray(idf_weights, np.float32)
            if weights.shape != (len(tokens),):
                raise ValueError(
                    f"{self.name}: idf_weights must be {len(tokens)} numbers, one per token, got"
                    f" shape {weights.shape}"
                )
        own = tokens[len(special) :] if with_special else tokens
        self._check_tokens(own)
        self._take(own)
        if weights is not None:
            if not with_special:
                weights = np.concatenate([np.full(self._start, weights.mean()), weights])
            self._idf = weights.astype(np.float32)

    def _listed(self, vocabulary: Any) -> list[Any]:
        if isinstance(vocabulary, (str, Path)):
            path = Path(vocabulary)
            if not path.is_file():
                raise ValueError(f"{self.name}: there is no vocabulary file {path}")
            if path.stat().st_size > MAX_FILE:
                raise ValueError(
                    f"{self.name}: {path} has more than the {MAX_FILE} bytes that are read"
                )
            return [
                self.token(line) for line in path.read_text(encoding=self.encoding).splitlines()
            ]
        values = vocabulary.numpy() if isinstance(vocabulary, Tensor) else vocabulary
        items = values.tolist() if hasattr(values, "tolist") else list(values)
        return [self.token(item) for item in items]

    def token(self, item: Any) -> Any:
        """One of the vocabulary, as it is kept."""
        return self._text(item)

    def _check_tokens(self, tokens: Sequence[Any]) -> None:
        twice = [token for token, count in Counter(tokens).items() if count > 1]
        if twice:
            raise ValueError(f"{self.name}: the vocabulary has {twice[0]!r} twice")
        for word, reserved in (("mask", self.mask_token), ("oov", self.oov_token)):
            if reserved in tokens and (word == "mask" or self.invert) and reserved is not None:
                raise ValueError(
                    f"{self.name}: the vocabulary has the {word}_token {reserved!r} among its"
                    f" tokens; leave it out, or begin with {self.get_vocabulary()[: self._start]}"
                )
        size = self._start + len(tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                f"{self.name}: the vocabulary has {size} tokens, special ones included, more than"
                f" max_tokens={self.max_tokens}"
            )

    def _take(self, tokens: Iterable[Any]) -> None:
        self._tokens = list(tokens)
        self._places = {token: i for i, token in enumerate(self._tokens, self._start)}

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Takes the tokens of data, the most frequent first, at most `max_tokens`;
        equals by falling order. ValueError where the vocabulary was given.
        """
        is_array = isinstance(data, (list, tuple, Tensor)) or hasattr(data, "__array__")

        def documents() -> Iterable[Sequence[Any]]:
            for batch in batches_of(type(self).__name__, data, steps):
                array = self.array(batch)
                if array.ndim == 1:  # in an array each is a document, a batch is one: as in Keras
                    array = array[:, None] if is_array else array[None]
                yield from (
                    array.reshape(len(array), -1).tolist() if array.ndim else [[array.item()]]
                )

        self.adapt_to(documents())

    def adapt_to(self, documents: Iterable[Sequence[Any]]) -> None:
        """`adapt` to tokens by document."""
        if self._fixed:
            raise ValueError(f"{self.name} was given its vocabulary, so it cannot adapt")
        counts: Counter[Any] = Counter()
        within: Counter[Any] = Counter()
        total = 0
        for document in documents:
            counts.update(document)
            within.update(set(document))
            total += 1
        for special in (self.mask_token, self.oov_token):
            counts.pop(special, None)
        ordered = sorted(counts, key=lambda token: (counts[token], token), reverse=True)
        if self.max_tokens is not None:
            ordered = ordered[: max(0, self.max_tokens - self._start)]
        self._take(ordered)
        if self.output_mode == "tf_idf":
            weights = np.array([np.log(1 + total / (1 + within[t])) for t in ordered], np.float32)
            mean = weights.mean() if len(weights) else 0.0
            self._idf = np.concatenate([np.full(self._start, mean), weights]).astype(np.float32)

    # --- looking up

    @property
    def output_dtype(self) -> str:
        return "int32" if self.output_mode == "int" else "float32"

    @property
    def depth(self) -> int:
        """How many columns the rows of other modes than "int" have."""
        size = self.vocabulary_size()
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens else size

    def on_host(self, values: Any) -> Any:
        if self.invert:
            return self._tokens_of(values)
        return self.rows(looked_up(values, self.place))

    def rows(self, places: Any) -> Any:
        """Places as the output mode has them."""
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        out = encoded_rows(places, mode, self.depth)
        if self.output_mode == "tf_idf":
            if self._idf is None:
                raise ValueError(f"{self.name} has no vocabulary yet: call adapt(data) first")
            out = out * np.pad(self._idf, (0, self.depth - len(self._idf)))
        return out

    def place(self, token: Any) -> int:
        """That of a token. ValueError where there is none for it."""
        if self.mask_token is not None and token == self.mask_token:
            return 0 if self.output_mode == "int" else _NOWHERE
        place = self._places.get(token)
        if place is not None:
            return place
        if not self.num_oov_indices:
            raise ValueError(
                f"{self.name}: {token!r} is not in the vocabulary of {len(self._tokens)} tokens,"
                " and num_oov_indices=0 leaves no place for others"
            )
        return self._oov_start + (self.bin(token) if self.num_oov_indices > 1 else 0)

    def bin(self, token: Any) -> int:
        """Which of the places for unknown tokens."""
        return bucket(token, self.num_oov_indices, self.salt)

    def _tokens_of(self, places: Any) -> Any:
        known = dict(enumerate(self._tokens, self._start))
        if self.mask_token is not None:
            known[0] = self.mask_token
        flat = [known.get(int(p), self.oov_token) for p in places.reshape(-1).tolist()]
        return self.tokens_array(flat).reshape(places.shape)

    def tokens_array(self, tokens: list[Any]) -> Any:
        return np.array(tokens, dtype=object)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return encoded_shape(input_shape, self.output_mode, self.depth)
