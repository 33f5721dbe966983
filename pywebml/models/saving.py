"""Saving as a model's methods. Files stand above models, so the top of the package,
which knows both, hands in what writes and reads them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..host.waiting import run_sync


def _nobody() -> Any:
    raise ImportError("nothing writes or reads files of models yet: import pywebml")


files: Callable[[], Any] = _nobody
"""Gives the module that writes and reads files of models (`formats.loading`)."""
weight_files: Callable[[], Any] = _nobody
"""Gives the one for files of weights alone (`formats.weight_files`)."""
networks: Callable[[], Any] = _nobody
"""Gives the one that knows networks by the names of their weights (`zoo.state_dicts`)."""
compact: Callable[[], Any] = _nobody
"""Gives the one that keeps a scale per channel in batch norms (`zoo.compact`)."""


class Saveable:
    """The half of a model that is saved."""

    _own_metadata: dict[str, Any] | None = None

    def set_user_defined_metadata(self, metadata: dict[str, Any] | None) -> None:
        """Data of your own that is saved with the model and read with it, in the files
        of TensorFlow.js and Keras 3: whatever JSON can say, under names; None for none.
        TypeError for anything else.

        Example:
            >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,))])
            >>> model.set_user_defined_metadata({"labels": ["no", "yes"]})
            >>> model.get_user_defined_metadata()
            {'labels': ['no', 'yes']}
        """
        if metadata is not None and not isinstance(metadata, dict):
            raise TypeError(f"metadata must be a dict of JSON data, got {metadata!r:.80}")
        if metadata is not None:
            json.dumps(metadata, allow_nan=False)  # TypeError for what JSON cannot say
        self._own_metadata = metadata

    def get_user_defined_metadata(self) -> dict[str, Any] | None:
        """What `set_user_defined_metadata` said, here or before the model was saved."""
        return self._own_metadata

    def save(
        self,
        filepath: Any,
        overwrite: bool = True,
        zipped: bool | None = None,
        include_optimizer: bool | None = None,
    ) -> None:
        """Writes the model, whole or not at all: NAME.keras, which Keras 3 reads, with
        how it was compiled and what its optimizer remembers; or any other place that
        `pw.save_model` knows. FileExistsError where something is there and `overwrite`
        is False. `include_optimizer`: whether a file has the training, too; see there.

        Example:
            >>> import tempfile
            >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,))])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save(f"{folder}/line.keras")
            ...     pw.load_model(f"{folder}/line.keras").count_params()
            3
        """
        if zipped is False:
            raise ValueError("zipped=False is not written: give NAME.keras, which is one file")
        files().save_model(self, filepath, overwrite, include_optimizer=include_optimizer)

    def export(
        self, filepath: Any, format: str = "onnx", *, metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Writes what the model computes, for runtimes that know no layers, whole or
        not at all. `format` is "onnx": inputs and outputs by their names, the batch's
        size open.

        Args:
            metadata: texts or JSON data that the file has beside the model, such as
                labels.

        ValueError for another format, and for what ONNX has no operator for.

        Example:
            >>> import tempfile
            >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,))])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.export(f"{folder}/line.onnx", metadata={"labels": ["height"]})
            ...     pw.inspect(f"{folder}/line.onnx").metadata
            {'labels': ['height']}
        """
        if format != "onnx":
            raise ValueError(f"{format!r} is no format that models are exported in; use 'onnx'")
        run_sync(files().write_model(self, filepath, format=format, about=metadata))

    async def save_async(self, filepath: Any, overwrite: bool = True) -> None:
        """`save` for code that awaits it, in a browser tab for instance."""
        await self._save(filepath, overwrite)

    async def save_weights_async(self, filepath: Any, overwrite: bool = True) -> None:
        """`save_weights` for code that awaits it."""
        await self._save_weights(filepath, overwrite)

    # these are awaited whatever a subclass makes of the public ones

    async def _save(self, filepath: Any, overwrite: bool = True, **about: Any) -> None:
        await files().write_model(self, filepath, overwrite, **about)

    async def _save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        await weight_files().write_weights(self, filepath, overwrite)

    async def _restore(self, filepath: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Puts this compiled model where its training was when NAME.keras was saved:
        weights, what layers keep, and the optimizer's state. What was saved beside
        them: data, and tensors by name.
        """
        result: tuple[dict[str, Any], dict[str, Any]]
        result = await files().read_training(self, filepath)
        return result

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Writes the weights alone: NAME.weights.h5 as Keras 3 does, NAME.safetensors,
        or NAME.npz for NumPy; in these two by the names of `inspect`.

        Example:
            >>> import tempfile
            >>> one = pw.Sequential([layers.Dense(1, input_shape=(2,))])
            >>> other = pw.Sequential([layers.Dense(1, input_shape=(2,))])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     one.save_weights(f"{folder}/line.weights.h5")
            ...     other.load_weights(f"{folder}/line.weights.h5")
            >>> bool((one.get_weights()[0] == other.get_weights()[0]).all())
            True
        """
        run_sync(weight_files().write_weights(self, filepath, overwrite))

    def load_weights(
        self, filepath: Any, skip_mismatch: bool = False, *, by_name: bool = False
    ) -> None:
        """Gives the weights the values of a NAME.weights.h5 or a .keras file, by their
        places in the model, all of them or none; of a NAME.safetensors or NAME.npz by
        name; of PyTorch's state dict for the networks of the zoo, see `pw.load_model`;
        of an older NAME.h5 layer by layer. With `skip_mismatch`, those that fit.

        Args:
            by_name: of an older NAME.h5 the layers whose names are in the model, too.

        FormatError (a ValueError) for weights of another model, and for `by_name` where
        a file has no layers' names.
        """
        weight_files().load_weights(self, filepath, skip_mismatch, by_name)


__all__ = ["Saveable", "compact", "files", "networks", "weight_files"]
