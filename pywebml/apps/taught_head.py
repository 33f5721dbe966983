"""A taught head as a session keeps it: the model, its file, whose its outputs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..formats.heads import read_archive, relabelled
from ..host.stores.folders import zip_bytes
from ..zoo import Extractor
from .project import Class


class TaughtHead(NamedTuple):
    """A head, the keys of its classes, what is known of it, and its file."""

    model: Any
    keys: list[str]
    metadata: dict[str, Any]
    file: bytes

    @classmethod
    def read(
        cls, file: bytes, keys: Sequence[str] | None, classes: Sequence[Class], extractor: Extractor
    ) -> TaughtHead:
        """From its file. `keys` are those of its outputs; without them by name.
        ValueError where the file is no head, or one for another extractor.
        """
        model, metadata = read_archive(file)
        if metadata["extractor"].get("weights_sha256") != extractor.weights_sha256:
            raise ValueError(
                f"the head was taught on {metadata['extractor']['name']}, but this is"
                f" {extractor.name}; teach again"
            )
        labels = metadata["labels"]
        if keys is None:
            by_name = {c.name: c.key for c in classes}
            keys = [by_name.get(label, label) for label in labels]
        if len(keys) != len(labels):
            raise ValueError(f"the head knows {len(labels)} classes, got {len(keys)} keys")
        return cls(model, list(keys), metadata, file).called(classes)

    def called(self, classes: Sequence[Class]) -> TaughtHead:
        """The same, its labels the names that its classes have now."""
        labels = current_labels(self.keys, self.metadata["labels"], classes)
        if labels == self.metadata["labels"]:
            return self
        metadata = {**self.metadata, "labels": labels}
        return self._replace(metadata=metadata, file=relabelled(self.file, labels))

    async def for_teachable_machine(self, extractor: Extractor, name: str) -> bytes:
        """A zip of the whole network, from pictures to classes, that Teachable
        Machine's library loads. `name`: the model's.
        """
        from ..zoo.teachable_machine import teachable_machine_files  # on demand

        labels, fit = self.metadata["labels"], self.metadata.get("fit", "crop")
        files = await teachable_machine_files(extractor, self.model, labels, fit, name)
        return zip_bytes(files)

    async def as_page(self, extractor: Extractor, files: Mapping[str, Any], title: str) -> bytes:
        """A zip of a page that tells pictures apart without Python. `files`: what
        stands around the model (zoo/own_page.py).
        """
        from ..zoo.own_page import page_files, plan_files  # on demand

        labels, fit = self.metadata["labels"], self.metadata.get("fit", "crop")
        plan = await plan_files(extractor, self.model, labels, fit, title)
        shell = {path: memoryview(data).tobytes() for path, data in files.items()}
        return zip_bytes(page_files(plan, shell, title))

    def state(self) -> dict[str, Any]:
        """What the page shows of it."""
        training = self.metadata.get("training") or {}
        accuracies = {name: training.get(name) for name in ("val_accuracy", "train_accuracy")}
        return {"keys": self.keys, "names": self.metadata["labels"], **accuracies}


def current_labels(
    keys: Sequence[str], labels: Sequence[str], classes: Sequence[Class]
) -> list[str]:
    """What a head's outputs are called now: by the names of the classes with these
    keys. Where a class is gone its output keeps its label, with a mark if another class
    has taken that.

    Example:
        >>> current_labels(["a", "b"], ["cat", "dog"], [Class("a", "dog")])
        ['dog', 'dog (removed)']
    """
    names = {c.key: c.name for c in classes}
    taken = {names[key] for key in keys if key in names}
    current: list[str] = []
    for key, label in zip(keys, labels, strict=True):
        name = names.get(key, label)
        while key not in names and name in taken:
            name += " (removed)"
        taken.add(name)
        current.append(name)
    return current
