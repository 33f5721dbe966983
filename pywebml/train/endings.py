"""How a model ends, beside what its losses take: said before training, since nothing
fails where the two do not fit, and nothing is learnt.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..host.warned import warn
from .compiled import Target
from .trainee import Symbolic, Trainee, compiled_of


def check_endings(model: Trainee) -> None:
    """Warns of each output that ends in another way than its loss expects."""
    if model.says_itself:
        return  # its call ends as it likes
    outputs = model.outputs
    for target in compiled_of(model).targets:
        for problem in _problems(target, outputs[target.index]):
            warn(f"model {model.name!r}: {problem}")


def _problems(target: Target, output: Symbolic) -> Iterator[str]:
    loss, layer = target.loss, output.layer
    if loss.activation is None or not hasattr(layer, "split_activation"):
        return
    ending = layer.split_activation()
    if loss.from_logits and ending is not None:
        yield (
            f"output {target.name!r} ends in {ending!r} already, and {loss.name} with"
            " from_logits=True does that itself: leave one of the two out"
        )
    if ending == "softmax" and output.shape[-1] == 1:
        yield (
            f"a softmax over the only value of output {target.name!r} is always 1, so nothing can"
            " be learnt: use activation='sigmoid', or one value per class"
        )
    if not loss.from_logits and getattr(layer, "activation", None) == "linear":
        yield (
            f"output {target.name!r} may be any number, and {loss.name} takes probabilities: give"
            f" its layer activation={loss.activation!r}, or the loss from_logits=True"
        )
