"""What `fit`, `evaluate` and `predict` ask of a model. `pywebml.models` stands above
and has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..core.tensor import Variable
from .compiled import Compiled


class Symbolic(Protocol):
    """A tensor known by shape and dtype: an input or output of the model."""

    shape: tuple[int | None, ...]
    dtype: str

    @property
    def layer(self) -> Any: ...


class Trainee(Protocol):
    """A model, as training sees it."""

    name: str
    policy_name: str
    built: bool
    compiled: Compiled | None
    history: Any
    stop_training: bool
    first_epoch: int
    """Where a callback lets the training begin that went so far before."""
    order: Any
    """While it trains, the pass that knows the order of the examples."""

    @property
    def optimizer(self) -> Any: ...

    says_itself: bool
    """Whether its class says what it does, without a graph of layers."""
    plans: dict[Any, Any]
    """Captured steps, by what they are for. `compile` and new layers empty it."""

    @property
    def inputs(self) -> Sequence[Symbolic]: ...

    @property
    def outputs(self) -> Sequence[Symbolic]: ...

    @property
    def ends(self) -> Any:
        """What goes in and comes out: see `models/ends.py`."""

    @property
    def input_names(self) -> list[str]: ...

    @property
    def output_names(self) -> list[str]: ...

    @property
    def losses(self) -> Sequence[Any]:
        """What layers gave to `add_loss` in the step at hand, and all penalties."""

    @property
    def metrics(self) -> Sequence[Any]:
        """Metrics that its own steps may keep by hand."""

    def reset_metrics(self) -> None:
        """Has them forget what they know."""

    @property
    def weights(self) -> list[Variable]: ...

    @property
    def trainable_weights(self) -> list[Variable]: ...

    def _all_layers(self) -> Sequence[Any]:
        """The model and all layers inside it, at any depth."""

    def _states(self) -> dict[int, tuple[Variable, bool]]:
        """{id: (weight, whether it trains)} of all weights."""

    def penalties(self) -> Sequence[Any]:
        """What regularizers of weights add to the loss, scalars."""

    def build_for(self, inputs: Any) -> None:
        """Makes the weights for a tensor, or a structure of them, such as these."""

    @property
    def fed(self) -> Sequence[Symbolic]:
        """What the device begins with: the inputs, or what the host makes of them."""

    def on_host(self, values: Sequence[Any]) -> list[Any]:
        """Values for `fed`, of values for the inputs."""

    def as_called(self, inputs: Sequence[Any]) -> Any:
        """What belongs to the inputs, one for each, as the model is called with it."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The outputs for a tensor, or for a list of them."""

    def check_call(self) -> None:
        """ValueError where the class's own `call` gives other outputs than the model's."""

    def split_activation(self) -> str | None:
        """'softmax' or 'sigmoid' where `call_logits` can leave that out at the end."""

    def call_masked(
        self, inputs: Any, training: bool = False, mask: Any = None, logits: bool = False
    ) -> tuple[Any, Any]:
        """The outputs and their masks, None for none; with `logits` without that
        activation.
        """

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """What a step minimises, a scalar."""

    async def _save(self, filepath: Any, overwrite: bool = True, **about: Any) -> None:
        """Writes the model."""

    async def _save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Writes the weights."""

    async def _restore(self, filepath: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Puts it where its training was when it was saved."""

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch of inputs."""


def compiled_of(model: Trainee) -> Compiled:
    """What the model's `compile` was told. RuntimeError where it was not called."""
    if model.compiled is None:
        raise RuntimeError(
            f"model {model.name!r} is not compiled: call model.compile(optimizer='adam',"
            " loss='categorical_crossentropy') first"
        )
    return model.compiled
