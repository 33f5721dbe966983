"""All that Keras 3 has in public: the same names, order and defaults here, or a line
with the reason in differences.toml.
"""

from __future__ import annotations

import pytest
from keras_surface import difference, differences, listed

HOW = "run `python tests/support/keras_surface.py`, and give the reason there"


@pytest.fixture(scope="module")
def today() -> tuple[dict[str, str], dict[str, str]]:
    return differences(listed()["arguments"])


def test_what_is_absent_is_listed(today: tuple[dict[str, str], dict[str, str]]) -> None:
    absent, entries = set(today[0]), set(listed()["absent"])
    assert not absent - entries, f"absent and not listed: {HOW}"
    assert not entries - absent, f"listed as absent, and there: {HOW}"


def test_what_differs_is_listed(today: tuple[dict[str, str], dict[str, str]]) -> None:
    entries = listed()["different"]
    assert {name: entry["how"] for name, entry in entries.items()} == {
        name: how.replace('"', "'") for name, how in today[1].items()
    }, HOW


def test_every_line_has_its_reason() -> None:
    said = listed()
    reasons = [*said["arguments"].values(), *said["absent"].values()]
    reasons += [entry["why"] for entry in said["different"].values()]
    assert all(isinstance(reason, str) and len(reason) > 6 for reason in reasons)


def test_another_order_or_default_is_seen() -> None:
    def keras(a, b=1, *, c=2, **options): ...  # type: ignore[no-untyped-def]
    def same(a, b=1, c=2): ...  # type: ignore[no-untyped-def]
    def turned(b, a=1, c=2): ...  # type: ignore[no-untyped-def]
    def lacking(a, b=1): ...  # type: ignore[no-untyped-def]

    assert difference(keras, same, {}) == ""
    assert "another order" in difference(keras, turned, {})
    assert "b is must be given, in Keras 1" in difference(keras, turned, {})
    assert difference(keras, lacking, {}) == "lacks c"
    assert difference(keras, lacking, {"c": "a reason"}) == ""
