"""What models can do with single batches, and with a few examples."""

from __future__ import annotations

import copy
from typing import Any

from ..core.calling import told
from ..host.awaited import awaited
from ..host.waiting import run_sync
from ..train import training
from ..train.overfitting import Overfit, overfit_check
from ..train.trainee import Trainee, compiled_of


class ByBatch:
    """The part of a model's training half that takes no data set."""

    compile_arguments: dict[str, Any] | None

    @property
    def _trainee(self) -> Trainee:
        raise NotImplementedError

    @awaited("model.train_on_batch(...)", "model.train_on_batch_sync(...)")
    @told({})
    async def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """One training step on one batch: [loss, metric, ...] of that batch before the
        step (the loss alone without metrics).
        """
        options = {"sample_weight": sample_weight, "class_weight": class_weight}
        return await training.train_on_batch(
            self._trainee, x, y, **options, return_dict=return_dict
        )

    def train_on_batch_sync(self, x: Any, y: Any = None, *args: Any, **options: Any) -> Any:
        """`train_on_batch`, blocking."""
        return run_sync(self.train_on_batch(x, y, *args, **options))

    @awaited("model.test_on_batch(...)", "model.test_on_batch_sync(...)")
    @told({})
    async def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """[loss, metric, ...] of one batch, without training on it (the loss alone
        without metrics).
        """
        return await training.test_on_batch(
            self._trainee, x, y, sample_weight=sample_weight, return_dict=return_dict
        )

    def test_on_batch_sync(self, x: Any, y: Any = None, *args: Any, **options: Any) -> Any:
        """`test_on_batch`, blocking."""
        return run_sync(self.test_on_batch(x, y, *args, **options))

    @awaited("model.overfit_check(...)", "model.overfit_check_sync(...)")
    async def overfit_check(self, data: Any, n: int = 20, epochs: int = 300) -> Overfit:
        """Trains a copy on `n` examples until it knows them by heart, and says in a
        sentence whether it can. One that cannot will learn nothing from many, and with
        few the cause is found sooner: before every long training.

        Args:
            data: (x, y), or a data set of batches.
            n: how many examples, taken from all over the data.
            epochs: after so many it has failed.

        Returns:
            Overfit: `.fits`, `.sentence`, the losses before and after. The sentence is
                printed. The model itself stays as it is.

        Example:
            >>> x = np.linspace(-1, 1, 50, dtype="float32").reshape(50, 1)
            >>> model = pw.Sequential([layers.Dense(1)], name="line")
            >>> model.compile(pw.train.SGD(0.5), "mse")
            >>> bool(model.overfit_check_sync((x, 2 * x + 1)))
            line can learn 20 examples by heart (the loss went from ...
            True
        """
        result = await overfit_check(self, data, n, epochs)
        print(result.sentence)
        return result

    def overfit_check_sync(self, data: Any, *args: Any, **options: Any) -> Overfit:
        """`overfit_check`, blocking."""
        return run_sync(self.overfit_check(data, *args, **options))

    def _trainable_copy(self) -> Any:
        """A copy with weights of its own, compiled as this one is, with an optimizer
        that has not trained yet.
        """
        copied: Any = copy.deepcopy(self)
        compiled = compiled_of(self._trainee)
        said = {**(self.compile_arguments or {})}
        own = type(compiled.optimizer)
        copied.compile(**{**said, "optimizer": own.from_config(compiled.optimizer.get_config())})
        return copied

    @told({})
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, all of x at once, as a Tensor on the device."""
        return training.predict_on_batch(self._trainee, x)


__all__ = ["ByBatch"]
