"""What `check` asks of layers: a row per family, with the numbers that Keras 3 gives
for it (tests/apps/test_check_layers.py asks Keras again).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import layers, models

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np

CASE = "predictions, and a step of training"
ATOL, RTOL = 1e-4, 1e-3


@dataclass(frozen=True)
class LayerCheck:
    """A layer in a small network. `numbers` are the network's two predictions, and its
    loss before and after a step of training.

    `make` makes the layer from a package of layers, ours or Keras's. Inputs of `shape`
    are waves, or whole numbers below `below`.
    """

    make: Callable[[Any], Callable[[Any], Any]]
    shape: tuple[int, ...]
    numbers: tuple[float, ...]
    below: int = 0

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """(inputs, targets)."""
        x, y = _wave((2, *self.shape), 1), _wave((2, 1), 2)
        if self.below:
            x = np.floor((x + 1) / 2 * self.below)
        return x.astype(np.float32), y.astype(np.float32)

    def network(self, layers: Any, model: Any) -> Any:
        """The compiled network with its weights; `layers` and `model` are a library's."""
        x = layers.Input(self.shape)
        outputs = layers.Flatten()(self.make(layers)(x))
        network = model(x, layers.Dense(1)(outputs))
        weights = [0.6 + 0.3 * _wave(w.shape, i) for i, w in enumerate(network.get_weights())]
        weights[-2] /= weights[-2].size
        network.set_weights([w.astype(np.float32) for w in weights])
        network.compile("sgd", "mse")
        return network

    async def run(self) -> list[float]:
        """The numbers on the device in use."""
        x, y = self.data()
        network = self.network(layers, models.Model)
        predicted = (await network.predict(x).data()).tolist()
        losses = [await network.train_on_batch(x, y) for _ in range(2)]
        return [*(row[0] for row in predicted), *losses]


def _wave(shape: tuple[int, ...], start: float) -> np.ndarray:
    return np.sin(start + 1.7 * np.arange(math.prod(shape))).reshape(shape)


def _self_attention(layers: Any) -> Callable[[Any], Any]:
    attention = layers.MultiHeadAttention(2, 2)
    return lambda x: attention(x, x)


LAYERS = {
    f"layers.{name}": LayerCheck(*row)  # type: ignore[arg-type]
    for name, row in {
        "Dense": (lambda L: L.Dense(3, "tanh"), (5,), (1.1183, 0.83999, 0.96005, 0.91956)),
        "EinsumDense": (
            lambda L: L.EinsumDense("abc,cd->abd", (4, 3), bias_axes="d"),
            (4, 5),
            (1.1517, 0.94954, 1.1237, 0.90769),
        ),
        "Embedding": (lambda L: L.Embedding(7, 4), (6,), (1.2559, 1.2554, 1.6536, 1.2231), 7),
        "Conv1D": (
            lambda L: L.Conv1D(4, 3, padding="causal", activation="relu"),
            (8, 3),
            (1.1321, 0.92507, 1.0832, 0.71073),
        ),
        "Conv2D": (
            lambda L: L.Conv2D(4, 3, strides=2, padding="same"),
            (8, 8, 3),
            (1.1186, 1.1099, 1.3663, 0.54499),
        ),
        "Conv3D": (lambda L: L.Conv3D(2, 2), (4, 4, 4, 2), (1.114, 1.1284, 1.3958, 0.41951)),
        "Conv2DTranspose": (
            lambda L: L.Conv2DTranspose(2, 3, strides=2),
            (4, 4, 3),
            (1.1247, 1.1263, 1.3946, 11.6),
        ),
        "DepthwiseConv2D": (
            lambda L: L.DepthwiseConv2D(3, padding="same"),
            (6, 6, 3),
            (1.2033, 1.3131, 1.7414, 14.001),
        ),
        "SeparableConv2D": (
            lambda L: L.SeparableConv2D(4, 3),
            (6, 6, 3),
            (0.57735, 0.66343, 0.76703, 0.068911),
        ),
        "MaxPooling2D": (lambda L: L.MaxPooling2D(2), (6, 6, 3), (1.1752, 1.226, 1.5768, 1.0209)),
        "AveragePooling2D": (
            lambda L: L.AveragePooling2D(3, 2, "same"),
            (6, 6, 3),
            (0.85175, 0.85809, 0.96483, 0.87006),
        ),
        "UpSampling2D": (
            lambda L: L.UpSampling2D(2, interpolation="bilinear"),
            (3, 3, 2),
            (0.8532, 0.86767, 0.97808, 0.7855),
        ),
        "BatchNormalization": (
            lambda L: L.BatchNormalization(),
            (5, 5, 3),
            (0.23255, 0.43423, 0.8749, 0.19611),
        ),
        "LayerNormalization": (
            lambda L: L.LayerNormalization(),
            (4, 6),
            (1.1476, 0.95293, 1.1277, 0.7198),
        ),
        "GroupNormalization": (
            lambda L: L.GroupNormalization(2),
            (5, 4),
            (1.024, 1.0142, 1.1985, 0.78937),
        ),
        "SimpleRNN": (lambda L: L.SimpleRNN(4), (6, 3), (0.98367, 0.98558, 1.151, 1.0323)),
        "LSTM": (lambda L: L.LSTM(4), (6, 3), (0.95783, 0.96709, 1.1216, 1.016)),
        "GRU": (
            lambda L: L.GRU(4, return_sequences=True),
            (6, 3),
            (0.59297, 0.58735, 0.67408, 0.64631),
        ),
        "Bidirectional": (
            lambda L: L.Bidirectional(L.LSTM(3)),
            (6, 3),
            (1.3663, 1.3811, 1.9302, 1.6164),
        ),
        "ConvLSTM1D": (
            lambda L: L.ConvLSTM1D(2, 3),
            (3, 6, 2),
            (0.86604, 0.84732, 0.94922, 0.84881),
        ),
        "MultiHeadAttention": (_self_attention, (5, 3), (2.049, 2.0567, 3.9946, 1.2212)),
        "PReLU": (lambda L: L.PReLU(), (5, 3), (1.0833, 1.0644, 1.286, 1.1142)),
        "TimeDistributed": (
            lambda L: L.TimeDistributed(L.Dense(3)),
            (4, 5),
            (1.1517, 0.94954, 1.1237, 0.90769),
        ),
    }.items()
}
"""By name; a LayerCheck each."""
