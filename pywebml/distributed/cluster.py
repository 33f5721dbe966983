"""A Ray cluster: the one that RAY_ADDRESS names, or this machine alone."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..device import get_device
from ..host.optional import need


class Shares(NamedTuple):
    """How a cluster is shared out: how many workers, and each one's cores and GPUs."""

    workers: int
    cores: float
    gpus: float


def ray() -> Any:
    """Ray, connected. It reports to nobody: no usage report, no dashboard."""
    module = _installed()
    if not module.is_initialized():
        _start(module)
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = module.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    return module


@contextmanager
def of_cores(count: int) -> Iterator[None]:
    """Ray with so many cores of this machine meanwhile; the cluster that is there, if
    one is, or that RAY_ADDRESS names.
    """
    module = _installed()
    if module.is_initialized() or os.environ.get("RAY_ADDRESS"):
        yield
        return
    _start(module, num_cpus=count)
    try:
        yield
    finally:
        module.shutdown()


def _installed() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "error")
    need("ray.data", "shares work out among machines", extra="ray")
    return need("ray", "shares work out among machines", extra="ray")


def _start(module: Any, **options: Any) -> None:
    module.init(
        include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False, **options
    )


def shared(workers: int | None = None, resources: dict[str, float] | None = None) -> Shares:
    """One worker for each graphics card of the cluster. Where Ray counts none (it knows
    NVIDIA's, and others' on some systems) one for each machine, as a machine's workers
    would all take the same card; where this machine works on the CPU one for each core.

    Example:
        >>> from pywebml.distributed.cluster import shared
        >>> shared(2, {"CPU": 8.0})
        Shares(workers=2, cores=4, gpus=0)
    """
    there = ray().cluster_resources() if resources is None else resources
    on_gpu = get_device().adapter.language == "wgsl"
    cards = int(there.get("GPU", 0)) if on_gpu else 0
    cores = max(1, int(there.get("CPU", 1)))
    machines = sum(name.startswith("node:") and "__" not in name for name in there)
    count = workers or cards or (max(1, machines) if on_gpu else cores)
    # a share of a card that a whole number of workers fills: no worker has two halves
    return Shares(count, max(1, cores // count), 1 / -(-count // cards) if cards else 0)


def own_card() -> str:
    """The device of the graphics card that Ray gave this worker. By its number: what
    CUDA_VISIBLE_DEVICES hides from CUDA, Vulkan shows. RuntimeError for a card that is
    given by a name which is none of this machine's.

    NVIDIA's tools count cards by their places on the bus, and Vulkan those of one kind,
    too; of different kinds each worker still has one of its own.
    """
    ids = ray().get_runtime_context().get_accelerator_ids().get("GPU") or []
    if not ids:
        return "gpu"
    return f"gpu:{ids[0] if ids[0].isdecimal() else _number_of(ids[0])}"


def _number_of(name: str) -> int:
    """Of a card that CUDA_VISIBLE_DEVICES names as GPU-8932f937-..., or by its start."""
    ask = ["nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader"]
    try:
        said = subprocess.run(ask, capture_output=True, encoding="utf-8", timeout=60).stdout
    except OSError as error:
        said = str(error)
    for line in said.splitlines():
        number, _, card = line.partition(", ")
        if card.startswith(name) and number.isdecimal():
            return int(number)
    raise RuntimeError(
        f"CUDA_VISIBLE_DEVICES names the card {name}, which nvidia-smi does not list"
        f" ({' '.join(said.split()) or 'it lists none'}); name cards by their numbers there"
    )
