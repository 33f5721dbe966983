"""Recurrent layers that make their cell themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from .rnn import Recurrent


def of_cell(name: str) -> Any:
    """An attribute that is the cell's."""
    return property(lambda layer: getattr(layer.cell, name))


class OfCell(Recurrent):
    """A layer whose arguments are its cell's."""

    whole_numbers = False
    config_keys: ClassVar = {"use_cudnn": None, "zero_output_for_mask": None}

    units = of_cell("units")
    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")
    seed = of_cell("seed")

    use_cudnn: Any = "auto"

    def _keep_use_cudnn(self, value: Any) -> None:
        if not isinstance(value, (bool, str)) or value not in (True, False, "auto"):
            raise ValueError(
                f"{type(self).__name__}: use_cudnn must be 'auto', True or False, got {value!r:.80}"
            )
        self.use_cudnn = value

    def _for_cell(self, options: dict[str, Any], name: str) -> dict[str, Any]:
        """What of a layer's options is its cell's, too."""
        shared: dict[str, Any] = {k: options[k] for k in ("dtype", "trainable") if k in options}
        implementation = options.pop("implementation", None)
        if implementation is not None and name in ("lstm_cell", "gru_cell"):
            shared["implementation"] = implementation
        return {**shared, "name": name}
