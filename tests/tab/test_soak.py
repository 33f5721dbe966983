"""Memory of a tab stays as it is, however long the work goes on.

`python tools/soak.py --tab` works for longer; docs/robustness.md has what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import opened, ready, value
from shares import share
from soaking import soaked
from soaking_tab import at_work

pytestmark = pytest.mark.browser

EAGER = "--enable-blink-features=ForceEagerMeasureMemory"  # else it takes 20 seconds
SECONDS = 6
MOST = 6.0  # MB: JavaScript's own come and go
GROW = """
import soaking

soaking.pile = []

def grow():
    soaking.pile.append(bytes(2 << 20))
    return 1

soaking.job = grow
"""


# XNNPACK's threads answer no question while they wait for work: minutes
@pytest.fixture(params=share(["gpu", "cpu"], 2))
def page(request: pytest.FixtureRequest, browser_type: Any, page_url: str) -> Iterator[Any]:
    with opened(browser_type, page_url, [EAGER]) as context:
        page = context.new_page()
        page.goto(f"{page_url}check.html?device={request.param}")
        ready(page)
        yield page


def test_memory_stays_as_it_is_and_what_grows_is_seen(page: Any) -> None:
    with at_work(page, "steps", turn=0.5) as (turn, memory):
        for _ in range(3):
            turn()
        course = soaked(turn, SECONDS, memory=memory)
        assert course.steps > 100 and course.grown < MOST, course
        value(page, GROW)
        assert soaked(turn, 1, most=20, memory=memory).grown > MOST
