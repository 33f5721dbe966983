"""Callbacks that save: the model as it gets better, and the whole state of a training
to go on with.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ...core import seeds
from ..arguments import flag, is_number, number, optional, whole
from .base import TRAIN_BATCH, Callback, Logs
from .monitoring import Monitor
from .others import Others


def _frequency(kind: str, save_freq: Any) -> int | str:
    if isinstance(save_freq, str) and save_freq == "epoch":
        return save_freq
    if isinstance(save_freq, str) or not is_number(save_freq):
        raise ValueError(
            f"{kind}: save_freq must be 'epoch' or a number of batches, got {save_freq!r:.100}"
        )
    return whole(f"{kind}: save_freq", save_freq, 1)


class _Saving(Callback):
    """Counts batches, for those that save after so many."""

    save_freq: int | str
    _batches = 0

    def wants(self, hook: str) -> bool:
        """Batches only where it counts them."""
        return super().wants(hook) and (hook not in TRAIN_BATCH or self.save_freq != "epoch")

    def _is_due(self) -> bool:
        if isinstance(self.save_freq, str):
            return False
        self._batches += 1
        return self._batches % self.save_freq == 0


class ModelCheckpoint(_Saving, Monitor):
    """Saves the model after every epoch, or after so many batches; with
    `save_best_only`, where `monitor` is better than ever.

    What it saves as NAME.keras has the optimizer's state, too, so `pw.load_model` gives
    a model whose training goes on where it was, bit for bit on the same device.

    Args:
        filepath: NAME.keras, or NAME.weights.h5 with `save_weights_only`; "{epoch}",
            "{batch}" and keys of the logs such as "{val_loss:.2f}" stand for their
            values.
        monitor, mode: as for `EarlyStopping`.
        verbose: 1 prints what is saved.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: what `monitor` must be better than at first.

    Example:
        >>> import os, tempfile
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(1,))])
        >>> model.compile("sgd", "mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     keep = pw.callbacks.ModelCheckpoint(folder + "/after-{epoch:02d}.keras")
        ...     history = model.fit_sync([[1.0]], [[2.0]], epochs=2, callbacks=[keep], verbose=0)
        ...     sorted(os.listdir(folder))
        ['after-01.keras', 'after-02.keras']
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
    ):
        best = optional("ModelCheckpoint: initial_value_threshold", number, initial_value_threshold)
        super().__init__(monitor, mode, best)
        if not isinstance(filepath, (str, os.PathLike)):
            raise TypeError(f"ModelCheckpoint: filepath must be a path, got {filepath!r:.100}")
        self.filepath = os.fspath(filepath)
        self.verbose = flag("ModelCheckpoint: verbose", verbose)
        self.save_best_only = flag("ModelCheckpoint: save_best_only", save_best_only)
        self.save_weights_only = flag("ModelCheckpoint: save_weights_only", save_weights_only)
        self.save_freq = _frequency("ModelCheckpoint", save_freq)
        endings = (".weights.h5",) if self.save_weights_only else (".keras", ".zip")
        if not self.filepath.endswith(endings) and "://" not in self.filepath:
            raise ValueError(
                f"ModelCheckpoint: filepath must end in {endings[0]} with"
                f" save_weights_only={self.save_weights_only}, got {self.filepath!r}"
            )
        self._epoch = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._batches, self._missed = 0, False
        if self.save_best_only:
            self._check_validates("every one is saved")
            self._choose_direction()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    async def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self._is_due():
            await self._save(logs or {}, batch=batch + 1)

    async def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            await self._save(logs or {})

    async def _save(self, logs: Logs, **more: int) -> None:
        try:
            path = self.filepath.format(epoch=self._epoch + 1, **{**more, **logs})
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                f"ModelCheckpoint: filepath {self.filepath!r} asks for what the logs do not have"
                f" ({error}); they have epoch, {', '.join([*more, *logs])}"
            ) from None
        if self.save_best_only:
            value = self._figure(logs, "every one is saved")
            if value is not None:
                if not self._better(value, self.best):
                    return
                self.best = value
        if self.save_weights_only:
            await self.model._save_weights(path)
        else:
            await self.model._save(path)
        if self.verbose:
            print(f"Epoch {self._epoch + 1}: saved as {path}")


class BackupAndRestore(_Saving):
    """Keeps the state of a training in a folder, so that the same program, started
    again after it was interrupted, goes on where it was: weights, the optimizer's
    state, the number of the epoch, the states of recurrent layers and of all random
    numbers, which of the data come next, and what other callbacks have counted, so that
    the figures are those of a training that was not interrupted, on the same device bit
    for bit. (Generators and the like, which give their data but once, are read up to
    where they were.)

    Args:
        backup_dir: the folder; its file is gone when the training has ended.
        save_freq: "epoch", or a number of batches. What was interrupted in the middle
            of an epoch begins that epoch again, with the weights as they were.
        double_checkpoint: Keras's: what is written here is written whole or not at all.
        delete_checkpoint: whether the file goes when the training has ended.

    Example:
        >>> import tempfile
        >>> class Cut(pw.train.Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         if epoch == 1:
        ...             raise KeyboardInterrupt
        >>> folder = tempfile.TemporaryDirectory()
        >>> def train(*more):
        ...     model = pw.Sequential([layers.Dense(1, input_shape=(1,))])
        ...     model.compile("adam", "mse")
        ...     backup = pw.callbacks.BackupAndRestore(folder.name + "/backup")
        ...     return model.fit_sync([[1.0]], [[2.0]], epochs=4, callbacks=[backup, *more],
        ...                           verbose=0)
        >>> try:
        ...     train(Cut())
        ... except KeyboardInterrupt:
        ...     print("interrupted")
        interrupted
        >>> train().epoch
        [2, 3]
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: int | str = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        if not isinstance(backup_dir, (str, os.PathLike)) or not os.fspath(backup_dir):
            raise ValueError(f"BackupAndRestore: backup_dir must be a folder, got {backup_dir!r}")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = _frequency("BackupAndRestore", save_freq)
        self.double_checkpoint = flag("BackupAndRestore: double_checkpoint", double_checkpoint)
        self.delete_checkpoint = flag("BackupAndRestore: delete_checkpoint", delete_checkpoint)
        self._epoch = 0
        self._others = Others([])

    @property
    def _path(self) -> Path:
        return Path(self.backup_dir) / "latest.keras"

    async def on_train_begin(self, logs: Logs | None = None) -> None:
        self._batches = self._epoch = 0
        self._about, self._tensors = dict[str, Any](), dict[str, Any]()
        if not self._path.is_file():
            return
        self._about, self._tensors = await self.model._restore(self._path)
        self._epoch = self.model.first_epoch = int(self._about.get("epoch", 0))

    async def after_all(self, hook: str, callbacks: list[Callback]) -> None:
        if hook == "on_train_begin":
            self._others = Others([c for c in callbacks if c is not self])
            if self._about:
                self._others.give(self._about.get("callbacks") or [], self._tensors)
                _give_place(self.model, self._about)
            self._tensors = {}
        elif self.save_freq == "epoch" and self._others.changed():
            await self._save()  # what stands behind this one has counted now, too

    async def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self._is_due():
            await self._save()

    async def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch + 1
        if self.save_freq == "epoch":
            await self._save()

    async def _save(self) -> None:
        data, tensors = self._others.states()
        about = {"epoch": self._epoch, "callbacks": data, **_place(self.model)}
        await self.model._save(self._path, about=about, tensors=tensors)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.delete_checkpoint:
            self._path.unlink(missing_ok=True)
            folder = Path(self.backup_dir)
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _place(model: Any) -> dict[str, Any]:
    """Which batch comes next, and where the stream is that seeds are drawn from."""
    version, numbers, gauss = seeds.state()
    return {"at": model.order.at, "seeds": [version, list(numbers), gauss]}


def _give_place(model: Any, said: dict[str, Any]) -> None:
    model.order.at = int(said.get("at", 0))
    if "seeds" in said:
        version, numbers, gauss = said["seeds"]
        seeds.give_state((version, tuple(numbers), gauss))


__all__ = ["BackupAndRestore", "ModelCheckpoint"]
