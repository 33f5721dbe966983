"""An optimizer for each part of a model."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from ...core.custom_objects import custom_name, custom_object
from ...core.tensor import Tensor, Variable
from .base import OPTIMIZERS, Optimizer
from .scaling import LossScaleOptimizer


class OptimizerMap(MutableMapping[str, Optimizer]):
    """Which optimizer trains which weight, by the weight's path, such as
    "sequential/dense/kernel". Keys are paths, or patterns that match a whole path;
    `default_optimizer` trains all others. Keras's `OptimizerMap`.

    Example:
        >>> adam, sgd = pw.optimizers.Adam(), pw.optimizers.SGD(0.1)
        >>> by_path = pw.optimizers.OptimizerMap(adam, {"encoder/.*": sgd})
        >>> by_path["encoder/dense/kernel"].name, by_path["decoder/dense/kernel"].name
        ('sgd', 'adam')
    """

    def __init__(
        self,
        default_optimizer: Optimizer,
        optimizer_map: Mapping[str, Optimizer] | None = None,
    ):
        self._default = _steps_alone("default_optimizer", default_optimizer)
        if not isinstance(optimizer_map or {}, Mapping):
            raise TypeError(
                "OptimizerMap: optimizer_map must be a dict of optimizers by path or pattern, got"
                f" {optimizer_map!r:.100}"
            )
        self._by_key: dict[str, Optimizer] = {}
        for key, optimizer in (optimizer_map or {}).items():
            self[key] = optimizer

    @property
    def default_optimizer(self) -> Optimizer:
        """What trains weights that no key matches."""
        return self._default

    def __getitem__(self, key: str) -> Optimizer:
        """ValueError where several patterns match."""
        if key in self._by_key:
            return self._by_key[key]
        matching = [pattern for pattern in self._by_key if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(
                f"OptimizerMap: {' and '.join(map(repr, matching))} both match {key!r}; name it by"
                " its whole path, or make the patterns narrower"
            )
        return self._by_key[matching[0]] if matching else self._default

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if not isinstance(key, str):
            raise ValueError(f"OptimizerMap: a key is a path or a pattern, got {key!r:.80}")
        if key in self._by_key:
            raise ValueError(
                f"OptimizerMap: {key!r} has {type(self._by_key[key]).__name__} already; delete it"
                " first"
            )
        try:
            re.compile(key)
        except re.error as error:
            raise ValueError(f"OptimizerMap: {key!r} is no path or pattern: {error}") from None
        self._by_key[key] = _steps_alone(f"of {key!r}", optimizer)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __delitem__(self, key: str) -> None:
        del self._by_key[key]

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __call__(self, variable: Variable) -> Optimizer:
        """The optimizer of a weight."""
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        """An optimizer under several keys has one number, `shared_object_id`, there."""
        entries: dict[int, dict[str, Any]] = {}
        numbers = count(1)

        def entry(optimizer: Optimizer) -> dict[str, Any]:
            if id(optimizer) not in entries:
                entries[id(optimizer)] = OPTIMIZERS.serialize(optimizer)
                return entries[id(optimizer)]
            first = entries[id(optimizer)]
            first.setdefault("shared_object_id", next(numbers))
            return dict(first)

        default = entry(self._default)
        by_key = {key: entry(optimizer) for key, optimizer in self._by_key.items()}
        return {"default_optimizer": default, "optimizer_map": by_key}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> OptimizerMap:
        read: dict[Any, Optimizer] = {}

        def optimizer(entry: Any) -> Optimizer:
            number = entry.get("shared_object_id") if isinstance(entry, Mapping) else None
            if number is None or number not in read:
                one: Optimizer = OPTIMIZERS.get(entry)
                if number is None:
                    return one
                read[number] = one
            return read[number]

        by_key = config.get("optimizer_map") or {}
        default = optimizer(config["default_optimizer"])
        return cls(default, {key: optimizer(entry) for key, entry in by_key.items()})


def _steps_alone(what: str, optimizer: Any) -> Optimizer:
    """One that goes around no other. TypeError or ValueError otherwise."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"the optimizer {what} must be one such as Adam(1e-4), got {optimizer!r:.80}"
        )
    if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
        raise ValueError(
            f"the optimizer {what} cannot be a {type(optimizer).__name__}: a MultiOptimizer takes"
            " those that step themselves, and a LossScaleOptimizer goes around it"
        )
    return optimizer


_NO_RATE = "a MultiOptimizer has no learning rate: read or set that of each of its .optimizers"


@OPTIMIZERS("MultiOptimizer")
class MultiOptimizer(Optimizer):
    """Several optimizers, each for weights of its own. Keras's `MultiOptimizer`.

    Options, schedules and the learning rate are theirs: `optimizers` lists them.

    Args:
        optimizer_map: an `OptimizerMap`, or a function that takes a weight and returns
            its optimizer.
        loss_scale_factor: that of all of them.

    Example:
        >>> fast, slow = pw.optimizers.SGD(0.5), pw.optimizers.SGD(0.25)
        >>> w, b = pw.Variable([1.0], name="w"), pw.Variable([1.0], name="b")
        >>> both = pw.optimizers.MultiOptimizer(lambda v: fast if v is w else slow)
        >>> both.apply([pw.tensor([1.0]), pw.tensor([1.0])], [w, b])
        >>> w.tolist(), b.tolist()
        ([0.5], [0.75])
    """

    name = "multi_optimizer"
    takes_options = False

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Variable], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ):
        if not callable(optimizer_map) or isinstance(optimizer_map, type):
            raise TypeError(
                "MultiOptimizer: optimizer_map must be an OptimizerMap or a function that takes a"
                f" weight and returns its optimizer, got {optimizer_map!r:.80}"
            )
        super().__init__(0.0, name=name, loss_scale_factor=loss_scale_factor)
        self._map = optimizer_map
        self.optimizers: list[Optimizer] = []
        """Those that step, as soon as they are known: all that an OptimizerMap has,
        what a function returns from `build` on.
        """
        if isinstance(optimizer_map, OptimizerMap):
            for part in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._take(part)

    def __getattr__(self, name: str) -> Any:
        if name in ("learning_rate", "lr"):  # what the property below raises leads here
            raise AttributeError(_NO_RATE)
        return super().__getattr__(name)

    @property
    def learning_rate(self) -> Any:
        """AttributeError, as in Keras: each of `optimizers` has its own."""
        raise AttributeError(_NO_RATE)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(_NO_RATE)

    lr = learning_rate

    def _take(self, part: Optimizer) -> None:
        """One more that steps. The loss's scale is the same for all."""
        if any(part is one for one in self.optimizers):
            return
        factor = self.options.loss_scale_factor
        part.options = replace(part.options, loss_scale_factor=factor)
        if not part._shared and (factor or self.counts):
            part._kernel, part.counts = None, self.counts or part.counts
        self.optimizers.append(part)

    @property
    def parts(self) -> dict[str, Optimizer]:
        return {f"{i}/": part for i, part in enumerate(self.optimizers)}

    @property
    def stepping(self) -> list[Optimizer]:
        return self.optimizers

    def shared_state(self) -> dict[str, Any]:
        return {"iterations": 0.0} if self.counts else {}

    def check_free(self, model: Any) -> None:
        super().check_free(model)
        for part in self.optimizers:
            part.check_free(model)

    def claim(self, model: Any) -> None:
        super().claim(model)
        for part in self.optimizers:
            part.check_free(model)
            part._trains = weakref.ref(model)

    def build(self, variables: Sequence[Variable]) -> None:
        """Asks for the optimizer of each variable that is new. TypeError or ValueError
        where that is none, or one around others.
        """
        new = [v for v in variables if id(v) not in self._remembered]
        chosen = [
            (_steps_alone(f"that optimizer_map gives {v.path!r}", self._map(v)), v) for v in new
        ]
        for part, _ in chosen:
            self._take(part)
        super().build(variables)
        for part in self.optimizers:
            part.build([v for one, v in chosen if one is part])

    def _shares(self, variables: Sequence[Variable]) -> Iterator[tuple[Optimizer, list[int]]]:
        """Each optimizer, and the places of its variables."""
        for part in self.optimizers:
            places = [i for i, v in enumerate(variables) if id(v) in part._remembered]
            if places:
                yield part, places

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, *(v for part in self.optimizers for v in part.variables)]

    def apply(
        self, grads: Sequence[Tensor], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        variables = trainable_variables
        if variables is None:
            variables = [v for v, _ in self._remembered.values()]
            if not variables and grads:
                raise ValueError(
                    f"{self.name}: apply needs trainable_variables, or build(variables) before"
                )
        if len(grads) != len(variables):
            raise ValueError(
                f"{self.name}: {len(grads)} gradients for {len(variables)} variables; pass one"
                " a variable"
            )
        if not grads:
            return
        grads, variables = self._present(grads, variables)
        self.build(variables)
        for part, places in self._shares(variables):
            part.apply([grads[i] for i in places], [variables[i] for i in places])
        if "iterations" in self._shared:
            self._shared["iterations"].assign(self._shared["iterations"] + 1.0)
        self._count()

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        for part in self.optimizers:
            part.exclude_from_weight_decay(var_list, var_names)

    def averages(self) -> list[tuple[Variable, Variable]]:
        return [pair for part in self.optimizers for pair in part.averages()]

    def finalize_variable_values(self, variables: Sequence[Variable]) -> None:
        for part, places in self._shares(variables):
            part.finalize_variable_values([variables[i] for i in places])

    def get_config(self) -> dict[str, Any]:
        by = self._map
        if isinstance(by, OptimizerMap):
            said: Any = {"class_name": "OptimizerMap", "config": by.get_config()}
        else:
            said = custom_name(by)
            if said is None:
                raise ValueError(
                    f"MultiOptimizer: nothing is registered as its optimizer_map {by!r:.80}; give"
                    " an OptimizerMap, or register the function"
                )
        factor = self.options.loss_scale_factor
        return {"optimizer_map": said, "loss_scale_factor": factor, "name": self.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> MultiOptimizer:
        said = config["optimizer_map"]
        if isinstance(said, str):
            by = custom_object(said)
            if by is None:
                raise ValueError(f"MultiOptimizer: no function is registered as {said!r:.80}")
        elif isinstance(said, Mapping):
            by = OptimizerMap.from_config(said["config"])
        else:
            by = said
        return cls(by, **{key: v for key, v in config.items() if key != "optimizer_map"})
