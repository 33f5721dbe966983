"""No piece of work may cost more than tests/budget.json says: launches, bytes, FLOPs,
pipelines, calls of the device.
"""

from __future__ import annotations

import counting
import pytest


@pytest.mark.parametrize("adapter", counting.ADAPTERS)
@pytest.mark.parametrize("work", counting.WORK)
def test_counts_stay_within_the_budget(work: str, adapter: str) -> None:
    allowed = counting.budget()[work][adapter]
    now = counting.counts(work, adapter)
    assert set(now) == set(allowed)
    grown = [
        f"{name} {now[name]:,}, budget {allowed[name]:,} (+{now[name] - allowed[name]:,})"
        for name in now
        if now[name] > allowed[name]
    ]
    assert not grown, (
        f"{work} on {counting.ADAPTERS[adapter].name} costs more than before: {'; '.join(grown)}. "
        "If that is wanted, run `python tests/support/counting.py --accept` and commit"
        " tests/budget.json"
    )


def test_the_counting_device_counts() -> None:
    """A replay with an input and a result: one run of two copies and a launch, one
    allocation, nothing compiled or bound anew.
    """
    from pywebml.core.capture import capture
    from pywebml.core.tensor import tensor
    from pywebml.device import set_device

    device = counting.CountingDevice(counting.ADAPTERS["gpu"])
    set_device(device)
    double = capture(lambda x: x * 2)
    x = tensor([1.0, 2.0])
    double(x)
    before = dict(device.calls)
    assert double(x).tolist() == [0, 0]
    made = {name: after - before[name] for name, after in device.calls.items()}
    assert made == {
        "runs": 1,
        "launches": 1,
        "copies": 2,
        "allocations": 1,
        "uploads": 0,
        "downloads": 1,
        "bind_groups": 0,
    }
    del x
    set_device("cpu")
