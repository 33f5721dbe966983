"""PyTorch's DataLoader as a peer, where it and torchvision are installed: as many
worker processes as there are cores, Pillow, torchvision's resize.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ....host.side_by_side import cores
from ....models import Model
from ....zoo import Preprocess
from .torch import load_torch, places, translated

BATCH = 64
Timed = Callable[[Callable[[], Any], int], float]


class Photos:
    """What the workers make of files; they start anew, so they get it pickled."""

    def __init__(self, paths: Sequence[Path], side: int, preprocess: Preprocess):
        self.paths, self.side = paths, side
        both = zip(preprocess.scale, preprocess.offset, strict=True)
        self.mean = [-offset / (255 * scale) for scale, offset in both]
        self.deviation = [1 / (255 * s) for s in preprocess.scale]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, i: int) -> Any:
        from PIL import Image
        from torchvision import transforms

        steps = transforms.Compose(
            [
                transforms.Resize(self.side),
                transforms.CenterCrop(self.side),
                transforms.ToTensor(),
                transforms.Normalize(self.mean, self.deviation),
            ]
        )
        with Image.open(self.paths[i]) as image:
            return steps(image.convert("RGB"))


class Loader:
    """The loader over these files. `name` is "" where it cannot be; `lacks` says why."""

    def __init__(self, paths: Sequence[Path], side: int, preprocess: Preprocess):
        self.torch, self.name, self.lacks, self._count = load_torch(), "", "", len(paths)
        try:
            import torchvision  # noqa: F401
        except (ImportError, OSError, RuntimeError):
            self.torch = None
        if self.torch is None:
            self.lacks = "no DataLoader beside it: torch and torchvision are not installed"
            return
        self.name = f"DataLoader, {cores()} workers"
        self._loader = self.torch.utils.data.DataLoader(
            Photos(paths, side, preprocess),
            batch_size=BATCH,
            num_workers=cores(),
            persistent_workers=True,
            pin_memory=self.torch.cuda.is_available(),
            multiprocessing_context="spawn",  # a process with a GPU open is not to be forked
        )

    def timed(self, timed: Timed) -> float | None:
        """Pictures a second that come out of it."""
        if self.torch is None:
            return None
        return timed(lambda: sum(len(batch) for batch in self._loader), self._count)

    def features(self, model: Model, timed: Timed) -> Iterator[tuple[str, float]]:
        """(name, pictures a second) of our network in PyTorch, fed by it."""
        if self.torch is None:
            return
        torch = self.torch
        for place in places(torch)[-1:]:
            network = translated(torch, model).to(place)

            def look(place: str = place, network: Any = network) -> None:
                with torch.inference_mode():
                    rows = [
                        network(batch.to(place, non_blocking=True)).cpu() for batch in self._loader
                    ]
                torch.cat(rows)

            yield f"{self.name}, PyTorch {place}", timed(look, self._count)
