"""A model on its way into files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..host.lazy import Lazy
from ..models import Model
from ..train.overrides import check_layers
from .layers_models import stored_model
from .wire import tfjs
from .wire.stored import Format

if TYPE_CHECKING:
    from . import keras_h5_models, tfjs_training
    from .keras3 import models as keras3
else:
    keras3 = Lazy(f"{__package__}.keras3.models")
    keras_h5_models = Lazy(f"{__package__}.keras_h5_models")
    tfjs_training = Lazy(f"{__package__}.tfjs_training")

KERAS = ("keras", "keras-h5")


class Written:
    """What is to be read from the device for a model's files, and then these."""

    def __init__(
        self,
        form: Format,
        model: Model,
        tensors: Mapping[str, Any] | None = None,
        include_optimizer: bool | None = None,
        shard_bytes: int | None = None,
    ):
        self._form, self._model, self._shard_bytes = form, model, shard_bytes
        if shard_bytes is not None and form.name != tfjs.FORMAT.name:
            raise ValueError(f"shard_bytes is for TensorFlow.js models, not for {form.name} files")
        if include_optimizer is None:
            include_optimizer = form.name in KERAS
        with_state = form.name in KERAS or (form is tfjs.FORMAT and include_optimizer)
        self._state = None
        if with_state:
            self._state = keras3.State(model, tensors=tensors, optimizer=include_optimizer)
        self.variables = model.weights if self._state is None else self._state.variables

    def files(
        self, values: Iterable[Any], about: Mapping[str, Any] | None = None
    ) -> dict[str, bytes]:
        """The files, from the values of `variables`."""
        form, model, state = self._form, self._model, self._state
        assert form.write is not None
        if form.name == "onnx":
            from .onnx_writing import stored_model as as_onnx  # for those who write it

            return form.write(as_onnx(model, values, about))
        if form is tfjs.FORMAT:
            if state is None:
                return tfjs.write(stored_model(model, values), self._shard_bytes)
            return tfjs.write(tfjs_training.stored_model(model, state, values), self._shard_bytes)
        if state is None:
            return form.write(stored_model(model, values))
        check_layers(model)
        if form.name == "keras-h5":
            return form.write(keras_h5_models.stored_model(model, state, values))
        return form.write(keras3.stored_model(model, state, values, **(about or {})))
