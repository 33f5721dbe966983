"""The documentation site builds without a warning, and its examples run in the tab."""

from __future__ import annotations

import doctest
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from browser import START, accessibility_faults, overflow, watch
from hosts import ROOT
from static_host import hosted

import pywebml as pw
from pywebml.site.browser import until

sys.path.insert(0, str(ROOT))

from tools.docs import licences, site

pytestmark = pytest.mark.browser
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def docs(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The built site's URL: a warning of the generator, or a broken link, fails here."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    site.build(folder, built_page)
    with hosted(folder) as host:
        yield host.url


def test_it_carries_the_licences_of_its_theme(docs: str) -> None:
    """Of all packages that the theme's source maps name; a new one ends the build."""
    with urlopen(docs + licences.NAME) as answer:
        text = answer.read().decode()
    assert "Martin Donath" in text and "WITHOUT WARRANTY OF ANY KIND" in text
    for name, (licence, whose) in licences.BUNDLED.items():
        assert f"- {name} ({licence}): {whose}" in text and f"--- {licence}\n" in text


def test_a_package_that_is_not_listed_ends_the_build(tmp_path: Path) -> None:
    path = tmp_path / "assets" / "bundle.js.map"
    path.parent.mkdir()
    path.write_text('{"sources": ["../node_modules/@new/thing/index.js", "src/a.ts"]}')
    with pytest.raises(SystemExit, match="@new/thing is new in the theme"):
        licences.write(tmp_path)


@pytest.fixture
def page(context: Any, docs: str) -> Iterator[Any]:
    wrong = watch(context, docs)
    yield context.new_page()
    assert not wrong, wrong


def state_of(block: str) -> str:
    return f"document.querySelector({block!r}).dataset.state"


def test_a_docstring_s_example_gives_what_it_says(page: Any, docs: str) -> None:
    """On WebGPU, in software where there is no graphics card; then Stop ends a loop."""
    name = "pywebml.ops.conv.conv2d.conv2d"
    block = f'.doc-object:has(> [id="{name}"]) .run'
    page.goto(f"{docs}api/ops/convolutions/?device=gpu#{name}")
    place = page.locator(block)
    place.get_by_role("button", name="Run").click(timeout=START)
    until(page, f"['done', 'failed'].includes({state_of(block)})")
    (example,) = doctest.DocTestFinder().find(pw.ops.conv2d, "conv2d", globs={})
    wanted = "".join(step.want for step in example.examples)
    said = place.locator(".output").inner_text() + "\n"
    assert doctest.OutputChecker().check_output(wanted, said, OPTIONS), said

    place.locator("code").evaluate("code => (code.textContent = '>>> while True: pass')")
    place.get_by_role("button", name="Run").click()
    page.get_by_text("Running…").wait_for()
    place.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped").wait_for()
    place.get_by_role("button", name="Run").wait_for()


def test_the_search_finds_a_name(page: Any, docs: str) -> None:
    """In a worker of the theme's, which the policy lets in."""
    page.goto(docs)
    page.get_by_role("textbox", name="Search").fill("depthwise_conv2d")
    page.locator(".md-search-result a[href*='api/ops/']").first.wait_for()


@pytest.mark.parametrize("path", ["", "api/ops_image/", "changelog/"])
def test_a_page_fits_a_phone_and_is_readable_by_all(page: Any, docs: str, path: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(docs + path)
    assert overflow(page) <= 0
    assert accessibility_faults(page) == []
