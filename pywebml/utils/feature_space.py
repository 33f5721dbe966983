"""Tables of numbers, words and categories as numbers for a network: Keras's
FeatureSpace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .. import layers, ops
from ..core.tensor import Tensor, as_tensor
from ..data import Dataset
from ..host.lazy import np
from ..layers.preprocessing.adapting import host_array
from ..layers.preprocessing.host_layer import HostLayer, encoded_rows
from ..layers.support.naming import take_name, unique_name
from .feature_kinds import Cross, Feature, Kinds


class FeatureSpace(Kinds):
    """Columns of a table as numbers: each is said to be "float", "float_normalized",
    "float_rescaled", "float_discretized", "integer_categorical", "string_categorical",
    "integer_hashed" or "string_hashed", or what the methods of these names give, which
    take settings. `adapt` looks at data once; then a call makes numbers of a dict of
    columns, for a batch or one row.

    Args:
        features: {column: what it is}.
        output_mode: "concat" for one row of numbers, "dict" for one per column.
        crosses: columns that count together, tuples of names or `cross(...)`.
        crossing_dim: into how many bins, where a cross does not say it.
        hashing_dim: bins of "integer_hashed" and "string_hashed".
        num_discretization_bins: of "float_discretized".

    Raises:
        ValueError: kinds and columns that nobody knows; a call before `adapt`.

    Example:
        >>> space = pw.utils.FeatureSpace(
        ...     {"size": "float", "colour": "string_categorical"}, output_mode="concat")
        >>> space.adapt({"size": [1.0, 2.0, 3.0], "colour": ["red", "blue", "red"]})
        >>> space({"size": [5.0], "colour": ["blue"]}).numpy()
        array([[0., 0., 1., 5.]], dtype=float32)
    """

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Sequence[Any] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ):
        if not features:
            raise ValueError("FeatureSpace: features must name at least one column")
        if output_mode not in ("concat", "dict"):
            raise ValueError(
                f"FeatureSpace: output_mode must be 'concat' or 'dict', got {output_mode!r}"
            )
        self.name = unique_name("feature_space") if name is None else take_name(name)
        self.output_mode, self.crossing_dim = output_mode, crossing_dim
        self.hashing_dim, self.num_discretization_bins = hashing_dim, num_discretization_bins
        self.features = {name: self._feature(name, said) for name, said in features.items()}
        self.crosses = [self._cross(said) for said in crosses or ()]
        self.preprocessors = {name: f.preprocessor for name, f in self.features.items()}
        self.crossers = {
            cross.name: layers.HashedCrossing(cross.crossing_dim, name=cross.name)
            for cross in self.crosses
        }
        self.inputs = {
            name: layers.Input((1,), dtype=feature.dtype, name=name)
            for name, feature in self.features.items()
        }
        self._adapted = not self._adaptable()
        self._encoded: Any = None

    # --- what columns are

    def _feature(self, name: str, said: Any) -> Feature:
        kinds: dict[str, Callable[[], Feature]] = {
            "float": lambda: self.float(name),
            "float_normalized": lambda: self.float_normalized(name),
            "float_rescaled": lambda: self.float_rescaled(name=name),
            "float_discretized": lambda: self.float_discretized(
                self.num_discretization_bins, name=name
            ),
            "integer_categorical": lambda: self.integer_categorical(name=name),
            "string_categorical": lambda: self.string_categorical(name=name),
            "integer_hashed": lambda: self.integer_hashed(self.hashing_dim, name=name),
            "string_hashed": lambda: self.string_hashed(self.hashing_dim, name=name),
        }
        if isinstance(said, Feature):
            return said
        if isinstance(said, str) and said in kinds:
            return kinds[said]()
        raise ValueError(
            f"FeatureSpace: {name!r} must be {', '.join(kinds)} or FeatureSpace.feature(...), got"
            f" {said!r:.80}"
        )

    def _cross(self, said: Any) -> Cross:
        cross = said if isinstance(said, Cross) else Cross(tuple(said), self.crossing_dim)
        strange = [name for name in cross.feature_names if name not in self.features]
        if strange or len(cross.feature_names) < 2:
            raise ValueError(
                f"FeatureSpace: a cross is of at least two of {', '.join(self.features)}, got"
                f" {', '.join(cross.feature_names)}"
            )
        return cross

    # --- adapting

    def _adaptable(self) -> list[str]:
        """The columns whose layer has to look at data."""
        return [
            name
            for name, layer in self.preprocessors.items()
            if hasattr(layer, "adapt")
            and getattr(layer, "input_mean", None) is None
            and not getattr(getattr(layer, "lookup", layer), "_fixed", False)
            and not (isinstance(layer, layers.Discretization) and layer.num_bins is None)
        ]

    def adapt(self, dataset: Any) -> None:
        """Looks at data: a `pw.data.Dataset` of dicts, in batches or row by row, or a
        dict of columns. The data set is gone through once for each column that asks for
        it.
        """
        data = (
            Dataset.from_tensor_slices(dict(dataset)) if isinstance(dataset, Mapping) else dataset
        )
        if not isinstance(data, Dataset):
            raise ValueError(
                "FeatureSpace.adapt takes a pw.data.Dataset of dicts or a dict of columns, got"
                f" {type(dataset).__name__}"
            )
        for name in self._adaptable():
            column = data.map(self._picking(name))
            rank = len(column.element_spec.shape)
            if rank == 0:
                column = column.batch(32)
            if rank < 2:
                column = column.map(lambda x: x[..., None])
            self.preprocessors[name].adapt(column)
        self._adapted, self._encoded = True, None

    def _picking(self, name: str) -> Callable[..., Any]:
        return lambda *row: self._columns(row[0] if len(row) == 1 else row)[name]

    def _columns(self, row: Any) -> Mapping[str, Any]:
        if not isinstance(row, Mapping):
            raise ValueError(
                f"FeatureSpace takes dicts of columns, got {type(row).__name__}; of (x, y) map out"
                " the x: data.map(lambda x, y: x)"
            )
        missing = [name for name in self.features if name not in row]
        if missing:
            raise ValueError(
                f"FeatureSpace: there is no column {missing[0]!r}; there are {', '.join(row)}"
            )
        return row

    def _check(self) -> None:
        if not self._adapted:
            raise ValueError("FeatureSpace: call adapt(data) first")

    # --- numbers

    def __call__(self, data: Any) -> Any:
        """The numbers of a dict of columns [n] or [n, 1], or of one row: a float32
        tensor [n, numbers], or a dict of tensors.
        """
        self._check()
        columns = {name: self._columns(data)[name] for name in self.features}
        arrays = {
            name: c if isinstance(c, Tensor) else self._array(name, c)
            for name, c in columns.items()
        }
        is_row = any(not len(a.shape) for a in arrays.values())
        arrays = {name: _column(array) for name, array in arrays.items()}
        numbers = {name: self._numbers(name, arrays[name]) for name in self.features}
        for cross in self.crosses:
            parts = [host_array(numbers[name]) for name in cross.feature_names]
            numbers[cross.name] = self.crossers[cross.name].on_host(parts)
        encoded = {name: self._coded(name, numbers[name]) for name in self._names()}
        if self.output_mode == "concat":
            self._all_are_coded(encoded.items())
            row = ops.concat([as_tensor(v, "float32") for v in encoded.values()], -1)
            return row.reshape(row.shape[1:]) if is_row else row
        tensors = {name: as_tensor(value) for name, value in encoded.items()}
        return {n: t.reshape(t.shape[1:]) if is_row else t for n, t in tensors.items()}

    def _array(self, name: str, values: Any) -> Any:
        dtype = {"string": object, "int32": np.int64}.get(self.features[name].dtype)
        return np.asarray(values, dtype)

    def _numbers(self, name: str, values: Any) -> Any:
        layer = self.preprocessors[name]
        if isinstance(layer, HostLayer):
            return layer.on_host(layer.array(values))
        return layer(as_tensor(values, "float32"))

    def _names(self) -> list[str]:
        """Keras's order: columns, then crosses, each by name."""
        return [*sorted(self.features), *sorted(self.crossers)]

    def _mode(self, name: str) -> str:
        crosses = {cross.name: cross.output_mode for cross in self.crosses}
        return crosses[name] if name in crosses else self.features[name].output_mode

    def _coded(self, name: str, numbers: Any) -> Any:
        if self._mode(name) != "one_hot":
            return numbers
        depth = self._depth(name)
        if isinstance(numbers, Tensor):
            return layers.CategoryEncoding(depth)(numbers)
        return encoded_rows(numbers, "multi_hot", depth)

    def _depth(self, name: str) -> int:
        """How many categories a column has."""
        layer = self.crossers.get(name) or self.preprocessors[name]
        if hasattr(layer, "vocabulary_size") and layer.output_dtype == "int32":
            return int(layer.vocabulary_size())
        if isinstance(layer, layers.Discretization) and layer.bin_boundaries is not None:
            return len(layer.bin_boundaries) + 1
        if isinstance(layer, (layers.Hashing, layers.HashedCrossing)):
            return int(layer.num_bins)
        raise ValueError(
            f"FeatureSpace: nobody knows how many categories {name!r} has, so it cannot be one_hot;"
            " give it output_mode='int', or 'float' where its layer gives rows"
        )

    def _all_are_coded(self, parts: Iterable[tuple[str, Any]]) -> None:
        for name, part in parts:
            if str(part.dtype).startswith("int"):
                raise ValueError(
                    f"FeatureSpace: {name!r} gives whole numbers, which do not go into one row with"
                    " the others; use output_mode='dict', or make it one_hot"
                )

    # --- in a model

    def get_inputs(self) -> dict[str, Any]:
        """{column: its symbolic input}, for a model that takes columns."""
        self._check()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """The symbols of what a call gives, for a model that goes on from there:
        `Model(space.get_encoded_features(), outputs)` takes what `data.map(space)` has.
        """
        self._check()
        if self._encoded is None:
            symbols = {n: self.preprocessors[n](self.inputs[n]) for n in self.features}
            for cross in self.crosses:
                symbols[cross.name] = self.crossers[cross.name](
                    [symbols[n] for n in cross.feature_names]
                )
            encoded = {}
            for name in self._names():
                coder = layers.CategoryEncoding
                is_one_hot = self._mode(name) == "one_hot"
                encoded[name] = (
                    coder(self._depth(name))(symbols[name]) if is_one_hot else symbols[name]
                )
            if self.output_mode == "concat":
                self._all_are_coded(encoded.items())
                parts = list(encoded.values())
                self._encoded = layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
            else:
                self._encoded = encoded
        return self._encoded

    def get_config(self) -> dict[str, Any]:
        """Plain data that rebuilds it, what `adapt` learnt of vocabularies and bins
        included, means and variances not.
        """
        return {
            "features": {name: f.get_config() for name, f in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [cross.get_config() for cross in self.crosses],
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FeatureSpace:
        """A space of `get_config`; it wants to `adapt` where a column has a mean."""
        features = {
            name: Feature(
                said["dtype"], layers.deserialize(**said["preprocessor"]), said["output_mode"]
            )
            for name, said in config["features"].items()
        }
        crosses = [cls.cross(**cross) for cross in config["crosses"]]
        return cls(**{**config, "features": features, "crosses": crosses})


def _column(array: Any) -> Any:
    """A value or a row of them as a column, [n, 1]; rows of several stay."""
    shape = array.shape
    return array.reshape((*shape, 1) if len(shape) == 1 else shape or (1, 1))
