"""What layers add to the loss: `add_loss`, and the penalties of regularizers."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from ...core.spec import widened
from ...core.tensor import Tensor
from .context import losses_so_far
from .parts import parts_in
from .symbols import as_list
from .weights import Weighted

_holders: WeakSet[Any] = WeakSet()
"""Layers that hold losses of a call outside of a step."""


class WithLosses(Weighted):
    """The half of a layer that adds to the loss."""

    activity_regularizer: Any = None
    _losses: list[Any]
    """What `add_loss` was given in the last call outside of a step."""

    def add_loss(self, loss: Any) -> None:
        """Adds a scalar, or a list of them, to what a training step minimises and to
        the loss that it and `evaluate` show; to be called in `call`.

        TypeError for what is no scalar tensor.
        """
        for one in as_list(loss):
            if not isinstance(one, Tensor) or one.size != 1:
                raise TypeError(f"{self.name}: add_loss takes a scalar tensor, got {one!r:.80}")
            so_far = losses_so_far()
            if so_far is None:
                self._losses.append(one.reshape(()))
                _holders.add(self)
            else:
                so_far.append((self, one.reshape(())))

    @property
    def losses(self) -> list[Any]:
        """What this layer and those inside it have given to `add_loss` in the step at
        hand, or in the last call outside of one; then the penalties of regularizers.
        """
        layers: list[Any] = self._all_layers()
        so_far = losses_so_far()
        if so_far is None:
            added = [loss for layer in layers for loss in layer._losses]
        else:
            own = {id(layer) for layer in layers}
            added = [loss for layer, loss in so_far if id(layer) in own]
        return added + self.penalties()

    def penalties(self) -> list[Any]:
        """What the regularizers of the weights that train add to the loss."""
        return [w.regularizer(w) for w in self.trainable_weights if w.regularizer is not None]

    def _penalise(self, outputs: Any) -> None:
        for _, output in parts_in("", outputs, (Tensor,)):
            examples = output.shape[0] if output.shape else 1
            self.add_loss(self.activity_regularizer(widened(output)) * (1.0 / max(1, examples)))


def forget_losses(layer: Any) -> None:
    """Before a call outside of a step: what earlier ones gave is no more."""
    if _holders and losses_so_far() is None:
        for one in layer._all_layers():
            one._losses.clear()
            _holders.discard(one)
