"""What models can do besides being called: compile, fit, evaluate, predict. The work is
done in `pywebml.train`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from .. import ops
from ..core.calling import named, told
from ..host.awaited import awaited
from ..host.waiting import run_sync
from ..layers.support.structures import leaves
from ..train import steps, training
from ..train.arguments import flag, one_of, whole
from ..train.callbacks import History
from ..train.compiled import Compiled, compile_model
from ..train.forward import mean_loss
from ..train.optimizers.scaling import scaling
from ..train.options import FitOptions, verbosity
from ..train.overrides import check_compiled
from ..train.own_steps import means, unpacked
from ..train.trainee import Trainee, compiled_of
from .by_batch import ByBatch
from .ends import names_in
from .metered import Metered

_LOADING = {
    "workers": "the next batch is made while the device computes",
    "max_queue_size": "the next batch is made while the device computes",
    "use_multiprocessing": "the next batch is made while the device computes",
}
_NEUTRAL = {"workers": 1, "max_queue_size": 10, "use_multiprocessing": False}


class Trainable(ByBatch, Metered):
    """The training half of a model."""

    compiled: Compiled | None = None
    compile_arguments: dict[str, Any] | None = None
    """What `compile` was told, to be saved with the model."""
    history: History | None = None
    """The History of the last `fit`, filled epoch by epoch, also when the fit was
    interrupted.
    """
    stop_training: bool = False
    """Set it to True in a callback and `fit` ends after the step at hand."""
    first_epoch: int = 0
    """A callback may let the training begin later, that went so far before."""
    order: Any = None
    """While it trains, the pass that knows the order of the examples."""
    plans: dict[Any, Any]
    """Captured steps; they are recorded again when next needed."""

    @property
    def _trainee(self) -> Trainee:
        return cast(Trainee, self)  # the other half of a model is in model.py

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs: the keys of x given as a dict."""
        return self._trainee.ends.input_names

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs: the keys of losses, metrics and y given as dicts,
        and what the keys of logs begin with where there are several.
        """
        return self._trainee.ends.output_names

    @property
    def optimizer(self) -> Any:
        """The optimizer given to `compile`; its `learning_rate` may be set at any time."""
        return None if self.compiled is None else self.compiled.optimizer

    @named
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: str | bool = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Says how to train.

        For a model of several outputs, `loss`, `loss_weights`, `metrics` and
        `weighted_metrics` are lists with an entry per output or dicts by output name;
        one loss alone is every output's, and an output whose loss is None is not
        trained for.

        Args:
            optimizer: "sgd", "adam", "rmsprop" or an instance from
                `pywebml.train.optimizers`.
            loss: None where the model's class, or its layers by `add_loss`, say what is
                minimised; "categorical_crossentropy", "binary_crossentropy",
                "sparse_categorical_crossentropy", "mean_squared_error", an instance of
                `pywebml.train.losses`, or a function (y_true, y_pred) -> Tensor of one
                value per example. A cross-entropy after a final softmax or sigmoid is
                computed from the logits before it: the same value as Keras's, without
                its clipping of probabilities to [1e-7, 1 - 1e-7].
            metrics: a list of "accuracy", names or instances from
                `pywebml.train.metrics`, or functions like a loss.
            loss_weights: how much each output's loss counts in the loss, 1 where not
                said.
            weighted_metrics: metrics in which `sample_weight` and `class_weight` count.
            run_eagerly: steps are not recorded and replayed, so that a `train_step` may
                print and read; slow.
            auto_scale_loss: whether the optimizer of a model of the policy
                "mixed_float16" becomes a `LossScaleOptimizer`.
            steps_per_execution, jit_compile: Keras's, of no effect: no step waits for
                Python, all are compiled.

        Example:
            >>> x = layers.Input((4,))
            >>> a, b = layers.Dense(1, name="a")(x), layers.Dense(3, "softmax", name="b")(x)
            >>> model = pw.Model(x, [a, b])
            >>> model.compile("adam", {"a": "mse", "b": "categorical_crossentropy"},
            ...               metrics={"b": ["accuracy"]}, loss_weights={"b": 0.5})
            >>> model.fit_sync([[1, 2, 3, 4]], [[[5]], [[1, 0, 0]]], verbose=0).history.keys()
            dict_keys(['loss', 'a_loss', 'b_loss', 'b_accuracy'])
        """
        model = self._trainee
        model.check_call()
        outputs = self.output_names if model.built else names_in(loss, model.name)
        whole("steps_per_execution", steps_per_execution, 1)
        one_of("jit_compile", jit_compile, ("auto", True, False, None))
        flag("auto_scale_loss", auto_scale_loss)
        compiled = compile_model(
            optimizer, loss, metrics, loss_weights, weighted_metrics, outputs,
            flag("run_eagerly", bool(run_eagerly) if run_eagerly is None else run_eagerly),
        )  # fmt: skip
        if auto_scale_loss and model.policy_name == "mixed_float16":
            compiled = replace(compiled, optimizer=scaling(compiled.optimizer))
        check_compiled(self, compiled.optimizer, [score.metric for score in compiled.scores])
        compiled.optimizer.check_free(model)
        self.compiled = compiled
        self.compile_arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }
        self.plans = {}

    # --- what a subclass may say otherwise

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of training on a batch: x, (x, y) or (x, y, sample_weight). It is
        recorded once and replayed, so it is made of ops, returns a dict of tensors, and
        `fit` shows their means over the epoch. What `super().train_step(data)` returns
        may be part of it, metrics included.

        Example:
            >>> class Halved(pw.Model):
            ...     def train_step(self, data):
            ...         x, y = data
            ...         def loss():
            ...             return self.compute_loss(x, y, self(x, training=True)) * 0.5
            ...         value, gradients = pw.variable_grads(loss, self.trainable_weights)
            ...         self.optimizer.apply(gradients, self.trainable_weights)
            ...         return {"loss": value}
            >>> x = layers.Input((1,))
            >>> model = Halved(x, layers.Dense(1, kernel_initializer="zeros")(x))
            >>> model.compile("sgd", "mse")
            >>> model.fit_sync([[1.0]], [[2.0]], verbose=0).history
            {'loss': [2.0]}
        """
        batch, compiled = unpacked(data), compiled_of(self._trainee)
        return means(steps.train(self._trainee, batch), compiled, batch.n)

    def test_step(self, data: Any) -> dict[str, Any]:
        """One step of evaluation, as `train_step`."""
        batch, compiled = unpacked(data), compiled_of(self._trainee)
        return means(steps.evaluate(self._trainee, batch), compiled, batch.n)

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch: x, or ([x, ...],) of several inputs."""
        x = data[0] if isinstance(data, tuple) else data
        return self._trainee.call_masked(x, training=False)[0]

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """What a step minimises, a scalar: the compiled losses, weighted, and what
        layers gave to `add_loss`.
        """
        compiled, batch = compiled_of(self._trainee), unpacked((x, y, sample_weight))
        outputs = list(leaves(y_pred))
        total = ops.zeros(())
        for target, labels, weights in zip(
            compiled.targets, batch.labels, batch.weights, strict=True
        ):
            of_target = target.loss, labels, outputs[target.index]
            total = total + mean_loss(*of_target, weights) * target.weight
        for loss in self._trainee.losses:
            total = total + loss
        return total

    @awaited("model.fit(...)", "model.fit_sync(...)")
    @told(_LOADING, _NEUTRAL)
    async def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        *,
        seed: int | None = None,
    ) -> History:
        """Trains on x [n, ...] and y [n, ...], which go to the device once and stay
        there, or batch by batch where one of its buffers cannot hold them; or on
        batches that come one after another.

        Every step is one replay of a captured plan; its losses add up on the device and
        are read once per epoch, and a few times a second while it runs; after every
        step only where a callback asks for them. Of batches the next one is made while
        the device computes.

        Args:
            x: array or tensor; for a model of several inputs a list of them, or a dict
                by input name. Or whatever gives batches, (x, y) or (x, y,
                sample_weight): a generator, a `PyDataset`, a data set, a loader, any
                iterable, also by `async for`, of known and unknown length or without
                end.
            y: labels: class numbers for sparse_categorical_crossentropy, else shaped
                like the model's output; for several outputs a list or a dict by output
                name.
            batch_size: examples per step, 32 for None; the last step of an epoch takes
                what is left.
            verbose: 0 silent, 1 progress bar (plain lines where there is no terminal),
                2 a line per epoch; "auto" is 1.
            callbacks: a list of `pywebml.train.callbacks.Callback`, or one; their hooks
                may be `async def`.
            validation_split: fraction at the end of the data, before shuffling, that is
                only evaluated.
            validation_data: (x, y) or (x, y, sample_weight) to evaluate after every
                epoch, or what gives such batches.
            shuffle: draw a new order on the device for every epoch; of a `PyDataset` a
                new order of its batches.
            class_weight: {class number: weight of its examples in the loss}, 1 where
                not named; or a list, array or tensor with a weight for every class; for
                several outputs a list of such dicts, None for one without, or a dict of
                them by output name. It does not count in validation.
            sample_weight: one weight per example, [n] or [n, 1]; for several outputs
                the same for all of them, or a list or dict of such.
            initial_epoch: number of the first epoch, to go on with an earlier training.
            steps_per_epoch: how many batches are an epoch, where that is not all of
                them; the next epoch goes on where the last one ended.
            validation_steps: how many batches are evaluated, all where not given.
            validation_batch_size: as batch_size, which it is where not given.
            validation_freq: evaluate after every so many epochs, or after those whose
                numbers are listed, from 1.
            seed: of the order of the examples; `set_seed` decides where not given.

        Returns:
            History: `.history` maps 'loss', 'accuracy', 'val_loss' ... to one number
                per epoch.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError: x and y differ in length or do not fit the model, or labels are
                not what the loss takes: class numbers that are not whole or out of
                range, labels of a binary cross-entropy outside 0 ... 1.
        """
        options = FitOptions(
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
            seed=seed,
        )
        return await training.fit(self._trainee, x, y, options)

    def fit_sync(self, x: Any = None, y: Any = None, *args: Any, **options: Any) -> History:
        """`fit`, blocking."""
        return run_sync(self.fit(x, y, *args, **options))

    @awaited("model.evaluate(...)", "model.evaluate_sync(...)")
    @told(_LOADING, _NEUTRAL)
    async def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """[loss, metric, ...] over the data (the loss alone where there are no
        metrics), or a dict by name: over the first `steps` batches where that is given.
        Printed, too, unless `verbose` is 0. Of `callbacks` the hooks `on_test_...` are
        called.
        """
        return await training.evaluate(
            self._trainee,
            x,
            y,
            batch_size=batch_size,
            sample_weight=sample_weight,
            verbose=verbose,
            most=steps,
            return_dict=return_dict,
            callbacks=callbacks,
        )

    def evaluate_sync(self, x: Any = None, y: Any = None, *args: Any, **options: Any) -> Any:
        """`evaluate`, blocking."""
        return run_sync(self.evaluate(x, y, *args, **options))

    @told(_LOADING, _NEUTRAL)
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for x [n, ...] as a Tensor on the device, computed `batch_size`
        examples at a time, 32 for None; those of the first `steps` batches where that
        is given. Nothing is read back, or waited for: `verbose` is Keras's and shows
        nothing. Of `callbacks` the hooks `on_predict_...` are called.
        """
        verbosity(verbose)
        return training.predict(self._trainee, x, batch_size, steps, callbacks)


__all__ = ["Trainable"]
