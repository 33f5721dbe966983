"""Teaching step by step: samples come and go, a head is trained on those that are
there, frames are told apart by it.

The page drives this through its worker; it runs on every device. Each sample's features
are kept as bytes on Python's side (5 KB a sample with the default extractor), so that
samples and head outlive the GPU device when a browser takes it away. Training brings
them to the device in one upload, and a frame reads nothing back but its probabilities.
"""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .. import ops
from ..core.capture import capture
from ..core.runtime import Buffer
from ..core.spec import Spec
from ..core.tensor import Tensor, tensor
from ..device import get_device
from ..formats.heads import archive_bytes, read_archive
from ..host.progress import Listener, Step
from ..host.stores.folders import Zip, zip_bytes
from ..zoo import Extractor
from .teaching import TeachOptions, teach_head

FORMAT = "pywebml-project"
VERSION = 1
MAX_CLASSES = 20


class Picture(NamedTuple):
    """A decoded picture: RGBA bytes of height x width, or what the device's
    `upload_image` takes (an ImageBitmap in the page).
    """

    pixels: Any
    height: int
    width: int


@dataclass
class Class:
    """What a head can say. `key` stays when the name changes."""

    key: str
    name: str


@dataclass
class Sample:
    """One picture's features, float32 as bytes."""

    id: str
    key: str
    features: bytes


class TeachSession:
    """Classes, their samples and the head trained on them. Frozen network: `extractor`."""

    head: Any
    head_keys: list[str]
    _head_about: dict[str, Any]
    _head_file: bytes | None
    _frame: Callable[[], Tensor]
    _frame_pixels: Tensor | None
    _frame_size: tuple[int, int, bool] | None

    def __init__(self, extractor: Extractor):
        self.extractor = extractor
        self.classes: list[Class] = []
        self.samples: dict[str, Sample] = {}
        self.training = False
        self._stop = False
        self._made = 0
        self._forget_head()

    # classes and samples

    def set_classes(self, classes: Iterable[Mapping[str, str]]) -> dict[str, Any]:
        """Names and order of the classes, [{"key", "name"}]; samples of classes that
        are left out are dropped.

        ValueError for more than MAX_CLASSES, a key or name that is empty, or twice
        there.
        """
        made = [Class(str(c["key"]), str(c["name"]).strip()) for c in classes]
        for what, values in (("key", [c.key for c in made]), ("name", [c.name for c in made])):
            if not all(values):
                raise ValueError(f"a class needs a {what}")
            if double := [v for v in values if values.count(v) > 1]:
                raise ValueError(f"two classes have the {what} {double[0]!r}; give each its own")
        if len(made) > MAX_CLASSES:
            raise ValueError(f"{len(made)} classes; at most {MAX_CLASSES} can be taught")
        self.classes = made
        keys = {c.key for c in made}
        self.samples = {i: s for i, s in self.samples.items() if s.key in keys}
        return self.state()

    async def add_sample(
        self, key: str, picture: Picture, id: str | None = None, mirror: bool = False
    ) -> dict[str, Any]:
        """Adds a picture to the class `key`: {"id", "key", "count", "features"};
        `features` is what `add_features` takes back.
        """
        self._known(key)
        values = self._features(self._prepared(picture, mirror))
        features = (await values.data()).tobytes()
        sample = self._add(id, key, features)
        return {
            "id": sample.id,
            "key": key,
            "count": self._count(key),
            "features": array("f", features),
        }

    def add_features(self, samples: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Gives back samples, [{"id", "key", "features"}]. ValueError where they are
        not this extractor's.
        """
        for sample in samples:
            self._known(sample["key"])
            features = bytes(memoryview(sample["features"]).cast("B"))
            if len(features) != 4 * self.extractor.features:
                raise ValueError(
                    f"sample {sample['id']!r} has {len(features) // 4} features, but"
                    f" {self.extractor.name} makes {self.extractor.features}; it was taken with"
                    " another extractor"
                )
            self._add(str(sample["id"]), sample["key"], features)
        return self.state()

    def remove_samples(self, ids: Iterable[str]) -> dict[str, Any]:
        """Forgets samples; those that are not there are passed over."""
        for i in ids:
            self.samples.pop(i, None)
        return self.state()

    def _add(self, id: str | None, key: str, features: bytes) -> Sample:
        name = id or f"s{self._made}"
        while not id and name in self.samples:
            self._made += 1
            name = f"s{self._made}"
        sample = self.samples[name] = Sample(name, key, features)
        return sample

    def _known(self, key: str) -> None:
        if key not in {c.key for c in self.classes}:
            raise ValueError(
                f"no class has the key {key!r}; the keys are"
                f" {', '.join(c.key for c in self.classes) or '(none)'}"
            )

    def _count(self, key: str) -> int:
        return sum(s.key == key for s in self.samples.values())

    # pictures -> features, pictures -> probabilities

    def _pixels(self, picture: Picture) -> Tensor:
        """The picture on the device, uint8 [height, width, 4]."""
        device = get_device()
        spec = Spec((picture.height, picture.width, 4), "uint8")
        buffer = Buffer(device, spec.nbytes)
        device.upload_image(buffer.id, picture.pixels)
        return Tensor(buffer, spec)

    def _prepare(self, pixels: Tensor, mirror: bool) -> Tensor:
        p = self.extractor.preprocess
        return ops.pixels_to_tensor(
            pixels,
            self.extractor.input_size,
            p.scale,
            p.offset,
            mirror,
            p.order,
            self.extractor.dtype,
        )

    def _prepared(self, picture: Picture, mirror: bool) -> Tensor:
        return self._prepare(self._pixels(picture), mirror)

    def _features(self, prepared: Tensor) -> Tensor:
        return self.extractor(prepared).reshape(1, -1)

    async def predict(self, picture: Picture, mirror: bool = False) -> dict[str, Any]:
        """{"probabilities", "keys", "best", "seconds"}. RuntimeError without a head."""
        if self.head is None:
            raise RuntimeError("nothing is taught yet; train first")
        start = time.perf_counter()
        size = (picture.height, picture.width, mirror)
        # a camera's frames have one size; plans of sizes gone by would keep their
        # memory
        if self._frame_size != size:
            head, pixels = self.head, self._pixels(picture)
            self._frame_size, self._frame_pixels = size, pixels
            # In place and without copies: a result is read before the next frame is
            # played.
            self._frame = capture(
                lambda: head(self.extractor.model(self._prepare(pixels, mirror)).reshape(1, -1)),
                copy=False,
            )
        else:
            assert self._frame_pixels is not None
            get_device().upload_image(self._frame_pixels.buffer.id, picture.pixels)
        found: Any = (await self._frame().data()).tolist()[0]
        keys = self.head_keys
        return {
            "probabilities": found,
            "keys": keys,
            "best": keys[max(range(len(found)), key=found.__getitem__)],
            "seconds": time.perf_counter() - start,
        }

    # the head

    async def train(
        self, options: Mapping[str, Any], listener: Listener = lambda step: None
    ) -> dict[str, Any]:
        """Trains a new head on the samples: see docs/page.md for `options` and what
        comes back.

        ValueError unless there are two classes or more, each with a sample. The old
        head answers until the new one is there.
        """
        if self.training:
            raise RuntimeError("a training is running already; stop it first")
        labels, rows = self._rows()
        chosen = TeachOptions(
            self.extractor.name,
            int(options.get("epochs", 20)),
            float(options.get("batch_fraction", 0.4)),
            int(options.get("units", 100)),
            None if options.get("learning_rate") is None else float(options["learning_rate"]),
            float(options.get("validation", 0.2)),
            int(options.get("seed", 0)),
        )
        classes = list(self.classes)
        self.training, self._stop = True, False
        try:
            values = tensor(
                memoryview(b"".join(rows)).cast("f", (len(rows), self.extractor.features))
            )
            taught = await teach_head(
                values,
                labels,
                [c.name for c in classes],
                self.extractor,
                chosen,
                listener,
                lambda: self._stop,
            )
            measured = {
                "val_accuracy": taught.val_accuracy,
                "train_accuracy": taught.train_accuracy,
                "steps": taught.steps,
            }
            metadata = {
                "labels": list(taught.classes),
                "extractor": self.extractor.describe(),
                "training": measured,
            }
            file = archive_bytes(
                taught.head, metadata, [await w.data() for w in taught.head.weights]
            )
        finally:
            self.training = False
        self._use_head(taught.head, [c.key for c in classes], metadata, file)
        return {
            "keys": [c.key for c in classes],
            "names": list(taught.classes),
            **measured,
            "confusion": taught.confusion,
            "measured": "training" if taught.val_accuracy is None else "validation",
            "history": taught.history,
            "epochs": taught.epochs,
            "seconds": taught.seconds["training"],
            "stopped": taught.stopped,
        }

    def stop(self) -> None:
        """Ends a running training after its step; it keeps what it has."""
        self._stop = True

    def _rows(self) -> tuple[list[int], list[bytes]]:
        if len(self.classes) < 2:
            raise ValueError(
                "teaching needs at least two classes, there"
                f" {'is' if len(self.classes) == 1 else 'are'} {len(self.classes)}"
            )
        labels: list[int] = []
        rows: list[bytes] = []
        for label, c in enumerate(self.classes):
            mine = [s.features for s in self.samples.values() if s.key == c.key]
            if not mine:
                raise ValueError(f"class {c.name!r} has no samples yet; record some, or remove it")
            rows += mine
            labels += [label] * len(mine)
        return labels, rows

    def head_file(self) -> bytes | None:
        """The head as the file that `python -m pywebml predict` reads, or None."""
        return self._head_file

    def load_head(self, file: bytes, keys: Sequence[str] | None = None) -> dict[str, Any]:
        """Takes a head that was saved; `keys` are its classes', found by name if left
        out.

        ValueError where the file is no head, or one for another extractor.
        """
        head, metadata = read_archive(bytes(file))
        expected = metadata["extractor"].get("weights_sha256")
        if expected != self.extractor.weights_sha256:
            raise ValueError(
                f"the head was taught on {metadata['extractor']['name']}, but this is"
                f" {self.extractor.name}; teach again"
            )
        labels = metadata["labels"]
        if keys is None:
            by_name = {c.name: c.key for c in self.classes}
            keys = [by_name.get(label, label) for label in labels]
        if len(keys) != len(labels):
            raise ValueError(f"the head knows {len(labels)} classes, got {len(keys)} keys")
        self._use_head(head, list(keys), metadata, bytes(file))
        return self.state()

    def _use_head(self, head: Any, keys: list[str], metadata: dict[str, Any], file: bytes) -> None:
        self._forget_head()
        self.head, self.head_keys, self._head_about, self._head_file = head, keys, metadata, file

    def _forget_head(self) -> None:
        self.head, self.head_keys, self._head_about, self._head_file = None, [], {}, None
        self._frame_size = self._frame_pixels = None

    # the whole

    def state(self) -> dict[str, Any]:
        """{"classes": [{"key", "name", "count", "ids"}], "samples", "head",
        "training"}: plain data.
        """
        ids: dict[str, list[str]] = {c.key: [] for c in self.classes}
        for sample in self.samples.values():
            ids[sample.key].append(sample.id)
        head = None
        if self.head is not None:
            about = self._head_about.get("training") or {}
            accuracies = {name: about.get(name) for name in ("val_accuracy", "train_accuracy")}
            head = {"keys": self.head_keys, "names": self._head_about["labels"], **accuracies}
        return {
            "classes": [
                {"key": c.key, "name": c.name, "count": len(ids[c.key]), "ids": ids[c.key]}
                for c in self.classes
            ],
            "samples": len(self.samples),
            "head": head,
            "training": self.training,
        }

    def reset(self) -> dict[str, Any]:
        """Forgets classes, samples and head."""
        self.stop()
        self.classes, self.samples = [], {}
        self._forget_head()
        return self.state()

    def revive(self, extractor: Extractor) -> None:
        """Goes on with an extractor on a new device: samples stay, the head is made
        again from its file.
        """
        file, keys = self._head_file, self.head_keys
        self.extractor = extractor
        self._forget_head()
        if file is not None:
            self.load_head(file, keys)

    def export(self, extra: Mapping[str, bytes] | None = None) -> bytes:
        """The project as a zip: project.json, features.bin (float32, sample by sample),
        head.zip, and extra/... as given.
        """
        samples = list(self.samples.values())
        about = {
            "format": FORMAT,
            "version": VERSION,
            "extractor": self.extractor.describe(),
            "classes": [{"key": c.key, "name": c.name} for c in self.classes],
            "samples": [{"id": s.id, "key": s.key} for s in samples],
            "head_keys": self.head_keys,
        }
        files = {
            "project.json": json.dumps(about, indent=1, ensure_ascii=False).encode(),
            "features.bin": b"".join(s.features for s in samples),
        }
        if self._head_file is not None:
            files["head.zip"] = self._head_file
        files |= {
            f"extra/{name}": bytes(memoryview(data).cast("B"))
            for name, data in (extra or {}).items()
        }
        return zip_bytes(files)

    def restore(self, file: bytes) -> dict[str, Any]:
        """Replaces everything by what `export` wrote: the state, plus "samples" with
        their features and "extra".

        ValueError where the file is no project, not whole, or of another extractor; the
        session is then as it was.
        """
        if self.training:
            raise RuntimeError("a training is running; stop it first")
        archive = Zip(bytes(file))
        if "project.json" not in archive:
            raise ValueError("this zip is no pywebml project: it has no project.json")
        about = json.loads(archive.read("project.json", 16 << 20))
        if about.get("format") != FORMAT or about.get("version") != VERSION:
            raise ValueError(
                f"this is no project that this pywebml reads: {about.get('format')!r} version"
                f" {about.get('version')!r}"
            )
        if about["extractor"]["weights_sha256"] != self.extractor.weights_sha256:
            raise ValueError(
                f"the project was made with {about['extractor']['name']}, but this is"
                f" {self.extractor.name}"
            )
        features, size = archive.read("features.bin"), 4 * self.extractor.features
        if len(features) != size * len(about["samples"]):
            raise ValueError(
                f"features.bin has {len(features)} bytes, expected {size} for each of"
                f" {len(about['samples'])} samples"
            )
        fresh = TeachSession(self.extractor)
        fresh.set_classes(about["classes"])
        parts = [features[i * size : (i + 1) * size] for i in range(len(about["samples"]))]
        fresh.add_features(
            [{**s, "features": part} for s, part in zip(about["samples"], parts, strict=True)]
        )
        if "head.zip" in archive:
            fresh.load_head(archive.read("head.zip"), about["head_keys"])
        self.__dict__.update(fresh.__dict__)
        extra = {
            name[len("extra/") :]: archive.read(name)
            for name in archive.entries
            if name.startswith("extra/")
        }
        samples = [
            {"id": s.id, "key": s.key, "features": array("f", s.features)}
            for s in self.samples.values()
        ]
        return {**self.state(), "samples": samples, "extra": extra}


def progress_of(step: Step) -> dict[str, Any]:
    """A training step as the message that docs/page.md describes."""
    return {"epoch": step.done, "epochs": step.total, **step.logs}
