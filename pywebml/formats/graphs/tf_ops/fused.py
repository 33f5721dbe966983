"""What TensorFlow fuses into products and convolutions: a bias or a batch norm, then an
activation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .... import ops
from ....host.files import FormatError

_ACTIVATIONS = {
    "Relu": "relu", "Relu6": "relu6", "Elu": "elu", "LeakyRelu": "leakyrelu", "Prelu": "prelu",
    "Sigmoid": "sigmoid", "Tanh": "tanh",
}  # fmt: skip


class Fused(NamedTuple):
    """What the attributes of a node say, and which of its inputs that takes."""

    names: tuple[str, ...]
    epsilon: float = 1e-4
    alpha: float = 0.2
    bias: Any = None
    slopes: Any = None
    norm: tuple[Any, ...] = ()
    activation: str = "linear"

    def folded(self, filter: Any, is_depthwise: bool = False) -> tuple[Any, dict[str, Any]]:
        """(the filter, what `ops.fused` takes beside it): a batch norm is multiplied
        into the filter.
        """
        bias = self.bias
        if self.norm:
            scale, offset, mean, variance = self.norm
            factor = scale / ops.sqrt(variance + self.epsilon)
            shape = filter.shape[2:] if is_depthwise else filter.shape[3:]
            filter, bias = filter * factor.reshape(shape), offset - mean * factor
        return filter, {
            "bias": bias,
            "activation": self.activation,
            "prelu_activation_weights": self.slopes,
            "leakyrelu_alpha": self.alpha,
        }


def fused(inputs: Sequence[Any], told: Fused) -> Fused:
    """`told`, with the inputs that it takes, in their order."""
    left = list(inputs)
    for name in told.names:
        if name == "BiasAdd" and left:
            told = told._replace(bias=left.pop(0))
        elif name == "FusedBatchNorm" and len(left) >= 4:
            told, left = told._replace(norm=tuple(left[:4])), left[4:]
        elif name == "Prelu" and left:
            told = told._replace(slopes=left.pop(0), activation="prelu")
        elif name in _ACTIVATIONS and name != "Prelu":
            told = told._replace(activation=_ACTIVATIONS[name])
        else:
            raise FormatError(
                f"{name!r} with {len(inputs)} inputs is fused into a node; expected BiasAdd or"
                f" FusedBatchNorm, then one of {', '.join(_ACTIVATIONS)}"
            )
    return told
