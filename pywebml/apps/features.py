"""`features`: what an extractor makes of pictures, as a NumPy file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.folders import Skipped
from ..host.files import write_or_beside
from ..zoo.extraction import extract_features
from .app import App, Given, Outcome
from .options import Options, dtype_option, extractor_option, no_cache_option, option, sums_option
from .pictures import PICTURES, progress_of_pictures, reasons

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np


@dataclass(frozen=True)
class FeaturesOptions(Options):
    """By which network, and where the features go."""

    extractor: str = extractor_option(MISSING)
    dtype: str = dtype_option()
    sums: str = sums_option()
    no_cache: bool = no_cache_option()
    out: str = option(help="float32, one row per picture", metavar="FILE.npy", writes=True)


def features(
    pictures: Sequence[str | Path],
    extractor: str,
    out: str | Path,
    progress: Callable[[int, int], None] | None = None,
    dtype: str = "float32",
    keep: bool = False,
) -> tuple[Path, tuple[int, ...], list[Skipped]]:
    """Writes float32 [readable pictures, ...] to `out`, in the order given; returns
    (where it is, its shape, what was skipped): beside `out` where that cannot be
    written any more.

    `dtype`: what the network computes on, see `load_extractor`; `keep`: see
    `extract_features`.
    ValueError if no picture can be read or there is no such extractor.
    """
    from ..zoo import load_extractor  # all networks, when a job runs

    network = load_extractor(extractor, dtype=dtype)
    extracted = extract_features(network, pictures, progress, keep=keep)
    values = extracted.values.numpy()
    file = io.BytesIO()
    np.save(file, values)
    return write_or_beside(out, file.getvalue()), values.shape, extracted.skipped


def run(given: Given) -> Outcome:
    """The `features` command."""
    options: FeaturesOptions = given.options
    given.take_device(options.dtype, options.sums)
    written, shape, skipped = features(
        given.inputs["pictures"],
        options.extractor,
        options.out,
        progress_of_pictures(given.screen),
        options.dtype,
        keep=not options.no_cache,
    )
    if written != Path(options.out):
        given.screen.line(
            f"{options.out} can no longer be written; the features went elsewhere", "warning"
        )
    given.screen.line(f"written: {written}, float32 of shape {shape}")
    return Outcome(skipped=reasons(skipped))


APP = App(
    name="features",
    says="Write the features of pictures to a NumPy file.",
    run=run,
    options=FeaturesOptions,
    takes=(PICTURES,),
    shows=("features cat.jpg --extractor efficientnet_lite0 --out cat.npy",),
    unmeasured="what the pretrained network gives; tests/zoo holds it against others' results",
    json=False,
)
