"""The API's pages have every public name, and docstrings come through as they are."""

from __future__ import annotations

import sys

import pytest
from hosts import ROOT

sys.path.insert(0, str(ROOT))

from tools.docs import docstrings, reference
from tools.docs.links import broken


def test_every_public_name_has_its_place() -> None:
    import pywebml as pw

    shown = {name.public for page in reference.PAGES for name in reference.names_of(page)}
    for prefix, module in (
        ("pw", pw), ("pw.ops", pw.ops), ("pw.layers", pw.layers), ("pw.losses", pw.losses),
        ("pw.metrics", pw.metrics), ("pw.optimizers", pw.optimizers), ("pw.data", pw.data),
        ("pw.callbacks", pw.callbacks), ("pw.models", pw.models), ("pw.utils", pw.utils),
    ):  # fmt: skip
        names = [n for n in reference.listed(module) if reference.is_named(getattr(module, n))]
        homes = ("pw.ops", "pw.models", "pw.layers") if module is pw else ("pw",)
        for name in names:
            places = {f"{home}.{name}" for home in (prefix, *homes)}
            assert places & shown or reference.is_engine(module, name), f"{prefix}.{name}"


def test_no_heading_of_a_subject_is_empty() -> None:
    """A family that was renamed would fall into the rest."""
    for page in reference.PAGES:
        topics = {name.topic for name in reference.names_of(page) if not name.alias_of}
        assert topics >= set(page.topics), page.module


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("x [n, c] * 2 < y, or `x[0]`.", r"x \[n, c\] \* 2 &lt; y, or `x[0]`."),
        ("One.\n\nExample:\n    >>> 1 + 1\n    2\n", "``` { .pycon .run }\n>>> 1 + 1\n2\n```"),
        ("Two.\nShapes: [n] -> [m].", "Two.\n\nShapes: \\[n\\] -> \\[m\\]."),
    ],
)
def test_a_docstring_means_what_it_says(text: str, markdown: str) -> None:
    assert markdown in docstrings.markdown(text)


def test_a_link_that_leads_nowhere_is_named(tmp_path) -> None:
    (tmp_path / "a.html").write_text('<p id="here"></p><a href="b.html#x"></a><a href="c.html">')
    (tmp_path / "b.html").write_text('<a href="a.html#here"></a><a href="https://elsewhere"></a>')
    assert broken(tmp_path) == [
        "a.html: b.html#x, no such place on that page",
        "a.html: c.html leads to no file",
    ]
