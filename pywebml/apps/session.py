"""Teaching step by step: samples come and go, a head is trained on those that are
there, frames are told apart by it.

The page drives this through its worker; it runs on every device. Each sample's features
are kept as bytes on Python's side (5 KB with the default extractor), so that samples
and head outlive the GPU device. Training brings them to the device in one upload, and a
frame reads nothing back but its probabilities.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import ops
from ..data.teachable_projects import pictures_of
from ..formats.heads import archive_bytes
from ..host.progress import Listener
from ..host.stores.folders import Zip
from ..zoo import Extractor
from ..zoo.thumbnails import thumbnails
from .app import method
from .frame import Frame, Picture
from .project import Class, Project, project_bytes, read_project
from .rehearsal import is_worth_it, rehearse
from .sample import Sample, rows
from .taught_exports import Exports
from .taught_head import TaughtHead
from .teaching import TeachOptions, teach_head
from .together import TakesPart

MAX_CLASSES = 20


class TeachSession(TakesPart, Exports):
    """Classes, their samples and the head trained on them. Frozen network: `extractor`."""

    def __init__(self, extractor: Extractor):
        self.extractor = extractor
        self.classes: list[Class] = []
        self.samples: dict[str, Sample] = {}
        self.training = False
        self._stop = False
        self._names = 0  # given to samples so far
        self._head: TaughtHead | None = None
        self._frame: Frame | None = None

    @property
    def head(self) -> Any:
        """The model that is taught, or None."""
        return self._head and self._head.model

    # classes and samples

    @method()
    def state(self) -> dict[str, Any]:
        """`{classes: [{key, name, count, ids}], samples, head: null or {keys, names,
        val_accuracy, train_accuracy}, training, extractor}`. `extractor` says which
        network's features these are: its name, and the start of its weights' sha256.
        """
        ids: dict[str, list[str]] = {c.key: [] for c in self.classes}
        for sample in self.samples.values():
            ids[sample.key].append(sample.id)
        classes = [
            {"key": c.key, "name": c.name, "count": len(ids[c.key]), "ids": ids[c.key]}
            for c in self.classes
        ]
        return {
            "classes": classes,
            "samples": len(self.samples),
            "head": self._head and self._head.state(),
            "training": self.training,
            "extractor": f"{self.extractor.name}-{self.extractor.weights_sha256[:16]}",
        }

    @method("classes")
    def set_classes(self, classes: Iterable[Mapping[str, str]]) -> dict[str, Any]:
        """State. Sets names and order of the classes, `[{key, name}]`. `key` is yours,
        stable and unique (renaming keeps it); samples of keys that are left out are
        dropped. ValueError for more than 20, a key or name that is empty, or twice
        there.
        """
        named = [Class(str(c["key"]), str(c["name"]).strip()) for c in classes]
        for what, values in (("key", [c.key for c in named]), ("name", [c.name for c in named])):
            if not all(values):
                raise ValueError(f"a class needs a {what}")
            if double := [v for v in values if values.count(v) > 1]:
                raise ValueError(f"two classes have the {what} {double[0]!r}; give each its own")
        if len(named) > MAX_CLASSES:
            raise ValueError(f"{len(named)} classes; at most {MAX_CLASSES} can be taught")
        self.classes = named
        keys = {c.key for c in named}
        self.samples = {i: s for i, s in self.samples.items() if s.key in keys}
        self._rename_head()
        return self.state()

    @method()
    def lesson(
        self, classes: Iterable[Mapping[str, str]], samples: Iterable[Mapping[str, Any]] = ()
    ) -> dict[str, Any]:
        """State. Takes these classes and samples, `[{id, key, features, thumbnail}]`,
        in place of those that are there; the head stays. ValueError as `classes` and
        `add_features` say it; the session is then as it was.
        """
        fresh = TeachSession(self.extractor)
        fresh.set_classes(classes)
        fresh.add_features(samples)
        self.classes, self.samples = fresh.classes, fresh.samples
        self._rename_head()
        return self.state()

    def _rename_head(self) -> None:
        self._head = self._head and self._head.called(self.classes)

    @method()
    async def features(self, image: Any, mirror: bool = False) -> Any:
        """`{features, thumbnail}`: a picture through the network, and in grey, 16 by 16
        pixels of it, by which copies are known: Float32Arrays (1,280 and 256 numbers)
        for `add_features` or `lesson`; the session stays as it is. `image` as in
        `add_sample`.
        """
        features, thumbnail = await self._look(image, mirror)
        return {"features": array("f", features), "thumbnail": array("f", thumbnail)}

    @method()
    async def add_sample(
        self, key: str, image: Any, id: str | None = None, mirror: bool = False
    ) -> dict[str, Any]:
        """`{id, key, count, features, thumbnail}`. Adds a picture to the class `key`.
        `image`: ImageBitmap, VideoFrame or ImageData, transferred and closed by the
        worker; the network sees its middle square. `features` and `thumbnail`, as
        `features` says them, are to be kept and given back to `add_features`.
        """
        self._known(key)
        features, thumbnail = await self._look(image, mirror)
        self._known(key)  # it may have been removed meanwhile
        sample = Sample(id or self._free_name(), key, features, thumbnail)
        self.samples[sample.id] = sample
        return {**sample.message(), "count": self._count(key)}

    @method()
    def add_features(self, samples: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """State. Gives back what `add_sample` returned, `[{id, key, features,
        thumbnail}]`, after a reload; without a thumbnail copies are known by their
        features alone. ValueError where the features are not this extractor's.
        """
        for message in samples:
            self._known(message["key"])
            sample = Sample.of(message, self.extractor)
            self.samples[sample.id] = sample
        return self.state()

    @method()
    def remove_samples(self, ids: Iterable[str]) -> dict[str, Any]:
        """State. Forgets samples; those that are not there are passed over."""
        for i in ids:
            self.samples.pop(i, None)
        return self.state()

    def _free_name(self) -> str:
        while (name := f"s{self._names}") in self.samples:
            self._names += 1
        return name

    def _known(self, key: str) -> None:
        if key not in {c.key for c in self.classes}:
            raise ValueError(
                f"no class has the key {key!r}; the keys are"
                f" {', '.join(c.key for c in self.classes) or '(none)'}"
            )

    def _count(self, key: str) -> int:
        return sum(s.key == key for s in self.samples.values())

    # pictures -> features, pictures -> probabilities

    async def _look(self, image: Any, mirror: bool) -> tuple[bytes, bytes]:
        """(features, thumbnail), read back at once."""
        picture = Picture.of(image).on_device()
        pixels = self.extractor.pixels(picture, mirror=bool(mirror), fit="crop")
        features = self.extractor(pixels).reshape(1, -1)
        seen = (await ops.concat([features, thumbnails(pixels)], axis=1).data()).tobytes()
        end = 4 * self.extractor.features
        return seen[:end], seen[end:]

    async def warm_up(self) -> None:
        """One black picture through the network, so that its kernels are compiled, or
        its weights packed, before the first real one; and on a graphics card lessons.
        """
        await self._look(Picture.black(self.extractor.input_size), False)
        if is_worth_it():
            await rehearse(
                TeachSession(self.extractor), lambda: self._head is None and not self.training
            )

    @method()
    async def predict(self, image: Any, mirror: bool = False) -> dict[str, Any]:
        """`{probabilities: [one per class of the head], keys: [...], best: key,
        seconds}`; an error without a head. Of an `image` that is not square the head
        sees what it was taught on: the middle square, or all of it, squashed.
        """
        if self._head is None:
            raise RuntimeError("nothing is taught yet; train first")
        start = time.perf_counter()
        picture, mirror, head = Picture.of(image), bool(mirror), self._head
        # a camera's frames have one size; plans of sizes gone by would keep their
        # memory
        if self._frame is None or not self._frame.fits(picture, mirror):
            # heads of before it was written down were taught here, on middle squares
            fit = head.metadata.get("fit", "crop")
            self._frame = Frame(self.extractor, head.model, picture, mirror, fit)
        probabilities = await self._frame.probabilities(picture)
        best = max(range(len(probabilities)), key=probabilities.__getitem__)
        return {
            "probabilities": probabilities,
            "keys": head.keys,
            "best": head.keys[best],
            "seconds": time.perf_counter() - start,
        }

    # the head

    @method(options=TeachOptions, without=("extractor", "dtype", "fit"))
    async def train(
        self, options: Mapping[str, Any], listener: Listener = lambda step: None
    ) -> dict[str, Any]:
        """Taught, see below. Trains a new head on the samples; the old one answers
        until it is there. `learning_rate` null is the extractor's own. Progress after
        each epoch: `{epoch, epochs, loss, accuracy, val_loss?, val_accuracy?,
        seconds}`. ValueError unless there are two classes or more, each with a sample.
        """
        if self.training:
            raise RuntimeError("a training is running already; stop it first")
        labels, samples = self._labelled()
        chosen = TeachOptions(**{**options, "extractor": self.extractor.name})
        classes = list(self.classes)
        self.training, self._stop = True, False
        try:
            taught = await teach_head(
                rows([s.features for s in samples]),
                labels,
                [c.name for c in classes],
                self.extractor,
                chosen,
                listener,
                lambda: self._stop,
                thumbnails=rows([s.thumbnail for s in samples]),
            )
            weights = [await w.data() for w in taught.head.weights]
            metadata = taught.metadata()
            file = archive_bytes(taught.head, metadata, weights)
        finally:
            self.training = False
        self._use_head(TaughtHead(taught.head, [c.key for c in classes], metadata, file))
        return {
            "keys": [c.key for c in classes],
            "names": list(taught.classes),
            "val_accuracy": taught.val_accuracy,
            "train_accuracy": taught.train_accuracy,
            "steps": taught.steps,
            "confusion": taught.confusion,
            "measured": "training" if taught.val_accuracy is None else "validation",
            "history": taught.history,
            "epochs": taught.epochs,
            "duplicates": taught.duplicates,
            "seconds": taught.seconds["training"],
            "stopped": taught.stopped,
            "head": file,
        }

    @method()
    def stop(self) -> None:
        """Null. `train` then ends after its step and returns what it has, `stopped:
        true`.
        """
        self._stop = True

    def _labelled(self) -> tuple[list[int], list[Sample]]:
        """All samples, class by class, and their labels."""
        if len(self.classes) < 2:
            raise ValueError(
                "teaching needs at least two classes, there"
                f" {'is' if len(self.classes) == 1 else 'are'} {len(self.classes)}"
            )
        labels: list[int] = []
        samples: list[Sample] = []
        for label, c in enumerate(self.classes):
            mine = [s for s in self.samples.values() if s.key == c.key]
            if not mine:
                raise ValueError(f"class {c.name!r} has no samples yet; record some, or remove it")
            samples += mine
            labels += [label] * len(mine)
        return labels, samples

    @method("head")
    def head_file(self) -> bytes | None:
        """`Uint8Array` of the taught head (the file that `python -m pywebml predict`
        reads), or null.
        """
        return self._head and self._head.file

    @method()
    def load_head(self, bytes: Any, keys: Sequence[str] | None = None) -> dict[str, Any]:
        """State. Takes a head that was saved. `keys`: the classes' keys in the head's
        order; without them by name. ValueError where the file is no head, or one for
        another extractor.
        """
        file = memoryview(bytes).tobytes()
        self._use_head(TaughtHead.read(file, keys, self.classes, self.extractor))
        return self.state()

    def _use_head(self, head: TaughtHead | None) -> None:
        self._head, self._frame = head, None

    # the whole

    @method()
    def export(self, extra: Mapping[str, bytes] | None = None, head: bool = True) -> bytes:
        """`Uint8Array`: a zip of classes, samples, your `extra` files by path (such as
        pictures), and the head, unless `head` is false.
        """
        taught = self._head if head else None
        return project_bytes(
            Project(
                self.extractor.describe(),
                self.classes,
                list(self.samples.values()),
                taught and taught.file,
                taught.keys if taught else [],
                extra or {},
            )
        )

    @method()
    def read(self, bytes: Any) -> dict[str, Any]:
        """`{classes, samples: [{id, key, features, thumbnail}], head, extra, unlike}`:
        what `export` wrote; the session stays as it is. `head`: null or `{bytes, keys,
        names, val_accuracy, train_accuracy}`. Where features or head are of another
        extractor, or broken, they are null, and `unlike` says so in a sentence.
        ValueError where the file is no project.
        """
        project = read_project(memoryview(bytes).tobytes(), self.extractor)
        unlike = project.unlike
        fresh = TeachSession(self.extractor)
        fresh.set_classes([{"key": c.key, "name": c.name} for c in project.classes])
        if not unlike and project.head is not None:
            try:
                fresh.load_head(project.head, project.head_keys)
            except ValueError as error:
                unlike = f"what was trained cannot be used: {error}"
        return {
            "classes": [{"key": c.key, "name": c.name} for c in project.classes],
            "samples": [sample.message() for sample in project.samples],
            "head": fresh._head and {"bytes": fresh._head.file, **fresh._head.state()},
            "extra": project.extra,
            "unlike": unlike or None,
        }

    @method()
    def unpack(self, bytes: Any) -> dict[str, Any]:
        """`{classes: [{name, pictures: [Uint8Array]}]}` of Teachable Machine's own
        project. ValueError where that is none, or has more than a page can hold.
        """
        classes = pictures_of(Zip(memoryview(bytes).tobytes())).items()
        return {"classes": [{"name": name, "pictures": some} for name, some in classes]}

    @method("import")
    def restore(self, bytes: Any) -> dict[str, Any]:
        """`{...state, extra, samples: [{id, key, features, thumbnail}]}`. Replaces
        everything by what `export` wrote. ValueError where the file is no project,
        not whole, or of another extractor; the session is then as it was.
        """
        if self.training:
            raise RuntimeError("a training is running; stop it first")
        if (project := self.read(bytes))["unlike"]:
            raise ValueError(project["unlike"])
        self.lesson(project["classes"], project["samples"])
        self._use_head(None)
        if project["head"] is not None:
            self.load_head(project["head"]["bytes"], project["head"]["keys"])
        return {**self.state(), "samples": project["samples"], "extra": project["extra"]}

    @method()
    def reset(self) -> dict[str, Any]:
        """State: an empty session with the same extractor."""
        self.stop()
        self.classes, self.samples = [], {}
        self._use_head(None)
        return self.state()

    def revive(self, extractor: Extractor) -> None:
        """Goes on with an extractor on a new device: samples stay, the head is made
        again from its file.
        """
        head, self.extractor = self._head, extractor
        self._use_head(None)
        if head is not None:
            self.load_head(head.file, head.keys)
