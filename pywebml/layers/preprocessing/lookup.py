"""Texts and whole numbers to their places in a vocabulary, and back."""

from __future__ import annotations

from typing import Any

from ...host.lazy import np
from ..support.registry import layer
from .vocabulary import Lookup


@layer("StringLookup")
class StringLookup(Lookup):
    """Texts to their places in a vocabulary that is given or that `adapt` takes from
    data, or back. Runs on the host.

    Shapes: any -> the same, int32; for other modes as `CategoryEncoding`.

    Args:
        max_tokens: the most places, special ones included.
        num_oov_indices: places for texts in no vocabulary, told apart by fingerprints.
        mask_token: a text that has place 0; in other modes than "int" it does not
            count.
        oov_token: what an unknown place is with `invert`.
        vocabulary: texts, or the path of a file with one per line.
        idf_weights: of the vocabulary, for "tf_idf".
        invert: places to texts, as a NumPy array.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        pad_to_max_tokens: rows have `max_tokens` columns.
        sparse: only False.
        encoding: of bytes.
        salt: of the fingerprints.

    Raises:
        ValueError: arguments that do not go together; a text in no vocabulary where
            there is no place for it.

    Example:
        >>> layer = layers.StringLookup()
        >>> layer.adapt(["b", "a", "b"])
        >>> layer.get_vocabulary(), layer(["a", "c", "b"]).tolist()
        (['[UNK]', 'b', 'a'], [2, 0, 1])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **options: Any,
    ):
        self.encoding = encoding
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, sparse, pad_to_max_tokens, salt, name=name, **options,
        )  # fmt: skip

    @property
    def output_dtype(self) -> str:
        return "string" if self.invert else super().output_dtype

    def array(self, values: Any) -> Any:
        array = super().array(values)
        if (array.dtype.kind == "O") == self.invert and array.size:
            wants = "whole numbers" if self.invert else "texts"
            raise TypeError(f"{self.name} takes {wants}, got {array.dtype} {array.shape}")
        return array


@layer("IntegerLookup")
class IntegerLookup(Lookup):
    """Whole numbers to their places in a vocabulary that is given or that `adapt` takes
    from data, or back. Runs on the host, which has 64 bits.

    Shapes: any -> the same, int32; for other modes as `CategoryEncoding`.

    Args:
        max_tokens: the most places, special ones included.
        num_oov_indices: places for numbers in no vocabulary, told apart by
            `oov_method`.
        mask_token: a number that has place 0; in other modes than "int" it does not
            count.
        oov_token: what an unknown place is with `invert`.
        vocabulary: numbers, or the path of a file with one per line.
        vocabulary_dtype: only "int64".
        idf_weights: of the vocabulary, for "tf_idf".
        invert: places to numbers.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        sparse: only False.
        pad_to_max_tokens: rows have `max_tokens` columns.
        oov_method: "floormod", or "farmhash" (with a `salt` or without).

    Raises:
        ValueError: arguments that do not go together; a number in no vocabulary where
            there is no place for it.

    Example:
        >>> layer = layers.IntegerLookup(vocabulary=[12, 36, 1138])
        >>> layer(np.array([[12, 1138, 7]])).tolist()
        [[1, 3, 0]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **options: Any,
    ):
        if vocabulary_dtype != "int64":
            raise ValueError(
                f"IntegerLookup: vocabulary_dtype is 'int64', got {vocabulary_dtype!r}"
            )
        if oov_method not in ("floormod", "farmhash"):
            raise ValueError(
                f"IntegerLookup: oov_method must be 'floormod' or 'farmhash', got {oov_method!r}"
            )
        if salt is not None and oov_method != "farmhash":
            raise ValueError("IntegerLookup: a salt is for oov_method='farmhash'")
        self.vocabulary_dtype, self.oov_method = vocabulary_dtype, oov_method
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, sparse, pad_to_max_tokens, salt, name=name, **options,
        )  # fmt: skip

    def token(self, item: Any) -> int:
        return int(item)

    def array(self, values: Any) -> Any:
        array = super().array(values)
        if array.dtype.kind not in "iub":
            if array.dtype.kind != "f" or not np.array_equal(array, np.trunc(array)):
                raise TypeError(f"{self.name} takes whole numbers, got {array.dtype} {array.shape}")
            array = array.astype(np.int64)
        return array

    def bin(self, token: Any) -> int:
        if self.oov_method == "floormod":
            return int(token) % self.num_oov_indices
        return super().bin(token)

    def tokens_array(self, tokens: list[Any]) -> Any:
        return np.array(tokens, np.int64)
