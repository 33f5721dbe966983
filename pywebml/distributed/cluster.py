"""A Ray cluster: the one that RAY_ADDRESS names, or this machine alone."""

from __future__ import annotations

import logging
import os
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
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "error")
    module = need("ray", "shares work out among machines", extra="ray")
    need("ray.data", "shares work out among machines", extra="ray")
    if not module.is_initialized():
        module.init(include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = module.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    return module


def shared(workers: int | None = None, resources: dict[str, float] | None = None) -> Shares:
    """One worker for each graphics card of the cluster; without any, or where this
    machine works on the CPU, one for each core.

    Example:
        >>> from pywebml.distributed.cluster import shared
        >>> shared(2, {"CPU": 8.0})
        Shares(workers=2, cores=4, gpus=0)
    """
    there = ray().cluster_resources() if resources is None else resources
    cards = int(there.get("GPU", 0)) if get_device().adapter.language == "wgsl" else 0
    cores = max(1, int(there.get("CPU", 1)))
    count = workers or cards or cores
    return Shares(count, max(1, cores // count), min(1.0, cards / count) if cards else 0)
