"""What a column of a table may be, for a FeatureSpace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import layers
from ..layers.support.naming import unique_name


class Feature(NamedTuple):
    """A column: the dtype of its values, the layer that makes numbers of them, and
    "float", "int" or "one_hot" for what becomes of these.
    """

    dtype: str
    preprocessor: Any
    output_mode: str

    def get_config(self) -> dict[str, Any]:
        """For `FeatureSpace.from_config`."""
        config = {"dtype": self.dtype, "output_mode": self.output_mode}
        return {**config, "preprocessor": layers.serialize(self.preprocessor)}


class Cross(NamedTuple):
    """Columns that count together, in so many bins."""

    feature_names: tuple[str, ...]
    crossing_dim: int
    output_mode: str = "one_hot"

    @property
    def name(self) -> str:
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """For `FeatureSpace.from_config`."""
        return {**self._asdict(), "feature_names": list(self.feature_names)}


class Kinds:
    """The methods of FeatureSpace that say what a column is."""

    @classmethod
    def cross(
        cls, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot"
    ) -> Cross:
        """Columns of categories that count together, "one_hot" or as a number, "int"."""
        if output_mode not in ("int", "one_hot"):
            raise ValueError(f"cross: output_mode must be 'int' or 'one_hot', got {output_mode!r}")
        return Cross(tuple(feature_names), crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A column with a layer of one's own: its values' dtype ("float32", "int32",
        "string"), the layer, and "float", "int" or "one_hot" for what it gives.
        """
        if output_mode not in ("int", "one_hot", "float"):
            raise ValueError(
                f"feature: output_mode must be 'int', 'one_hot' or 'float', got {output_mode!r}"
            )
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        return Feature("float32", layers.Rescaling(1.0, name=_named("float", name)), "float")

    @classmethod
    def float_rescaled(
        cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None
    ) -> Feature:
        """x * scale + offset."""
        layer = layers.Rescaling(scale, offset, name=_named("float_rescaled", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers of mean 0 and variance 1."""
        layer = layers.Normalization(name=_named("float_normalized", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(
        cls,
        num_bins: int,
        bin_boundaries: Sequence[Any] | None = None,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The bin of each number."""
        layer = layers.Discretization(
            bin_boundaries,
            num_bins if bin_boundaries is None else None,
            name=_named("float_discretized", name),
        )
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Whole numbers that are names of categories."""
        layer = layers.IntegerLookup(
            max_tokens, num_oov_indices, name=_named("integer_categorical", name)
        )
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Texts that are names of categories."""
        layer = layers.StringLookup(
            max_tokens, num_oov_indices, name=_named("string_categorical", name)
        )
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Texts in `num_bins` bins."""
        return Feature(
            "string", layers.Hashing(num_bins, name=_named("string_hashed", name)), output_mode
        )

    @classmethod
    def integer_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Whole numbers in `num_bins` bins."""
        return Feature(
            "int32", layers.Hashing(num_bins, name=_named("integer_hashed", name)), output_mode
        )


def _named(kind: str, name: str | None) -> str:
    return f"{name or unique_name(kind)}_preprocessor"
