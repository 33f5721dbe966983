"""This machine's timings, one file per subject. Rows are plain data; the peers are
measured in turns with us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...host.progress import Step
from . import (
    conv,
    convnet,
    cpu,
    finetune,
    float16,
    frame,
    head,
    lstm,
    matmul,
    memory,
    ops,
    pipeline,
    scale,
    transformer,
    tsne,
)
from .measure import Row

SUBJECTS: dict[str, Callable[..., Iterator[Row]]] = {
    "head": head.rows,
    "frame": frame.rows,
    "cpu": cpu.rows,
    "convnet": convnet.rows,
    "lstm": lstm.rows,
    "finetune": finetune.rows,
    "transformer": transformer.rows,
    "tsne": tsne.rows,
    "matmul": matmul.rows,
    "float16": float16.rows,
    "conv": conv.rows,
    "depthwise": conv.depthwise_rows,
    "ops": ops.rows,
    "scale": scale.rows,
    "memory": memory.rows,
    "pipeline": pipeline.rows,
}
QUICK = {"scale": 5.0, "memory": 2.0, "cpu": 1.0, "pipeline": 0.1}
"""What these subjects get where they should be quick: seconds that a row may take, into
which they fit their sizes and counts; the share of the pictures.
"""


def bench(
    subjects: tuple[str, ...] = tuple(SUBJECTS),
    listener: Callable[[Step], None] = lambda step: None,
    quick: bool = False,
    only: Sequence[str] = (),
) -> Iterator[Row]:
    """The rows of the subjects, on the device in use, as they are measured; of "ops"
    those in `only`. ValueError for a subject that is not in SUBJECTS.
    """
    for name in subjects:
        if name not in SUBJECTS:
            raise ValueError(f"no benchmark called {name!r}; there are {', '.join(SUBJECTS)}")
    for i, name in enumerate(subjects):
        listener(Step(f"bench {name}", i, len(subjects)))
        arguments: list[Any] = [QUICK[name]] if quick and name in QUICK else []
        for row in SUBJECTS[name](*([only] if name == "ops" else arguments)):
            listener(
                Step(f"bench {name}", i, len(subjects), {f"{row['work']}, ms": row["ours_ms"]})
            )
            yield row
    listener(Step("bench", len(subjects), len(subjects)))
