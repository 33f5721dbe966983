"""Pictures of models: every layer has a box, every connection an arrow, and nothing lies
on anything else.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.utils import plot_model
from pywebml.vis.boxes import Box, boxes_svg

L = pw.layers
NAME = "{http://www.w3.org/2000/svg}"


def branches() -> Any:
    picture, numbers = L.Input((16, 16, 3), name="picture"), L.Input((5,), name="numbers")
    h = L.Conv2D(4, 3, activation="relu", name="first")(picture)
    h = L.Add(name="join")([h, L.Conv2D(4, 3, padding="same", name="second")(h)])
    h = L.GlobalAveragePooling2D(name="pooled")(h)
    tower = pw.Sequential([L.Input((5,)), L.Dense(8), L.Dense(6)], name="tower")
    both = L.Concatenate(name="both")([h, tower(numbers)])
    kind = L.Dense(3, activation="softmax", name="kind")(both)
    size = L.Dense(1, name="size")(L.Concatenate(name="again")([both, numbers]))
    return pw.Model([picture, numbers], [kind, size], name="two")


def texts(svg: str) -> list[str]:
    return [e.text or "" for e in ET.fromstring(svg).iter(f"{NAME}text")]


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    return [
        tuple(float(e.get(k, 0)) for k in ("x", "y", "width", "height"))  # type: ignore[misc]
        for e in ET.fromstring(svg).iter(f"{NAME}rect")
        if e.get("rx") == "6"
    ]


def arrows(svg: str) -> int:
    return len([e for e in ET.fromstring(svg).iter(f"{NAME}path") if e.get("marker-end")])


def apart(svg: str) -> bool:
    found_none = True
    listed = boxes(svg)
    for i, (x, y, w, h) in enumerate(listed):
        for a, b, c, d in listed[:i]:
            found_none &= x >= a + c or a >= x + w or y >= b + d or b >= y + h
    root = ET.fromstring(svg)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    return found_none and all(
        x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in listed
    )


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
@pytest.mark.parametrize("expand", [False, True])
def test_every_layer_has_a_box_and_every_connection_an_arrow(rankdir: str, expand: bool) -> None:
    svg = plot_model(
        branches(),
        None,
        show_shapes=True,
        show_layer_names=True,
        rankdir=rankdir,
        expand_nested=expand,
    ).svg
    names = ["picture", "numbers", "first", "second", "join", "pooled", "both", "kind", "again"]
    words = texts(svg)
    for name in [*names, "size"]:
        assert any(word.startswith(f"{name} (") for word in words), name
    assert ("tower" in words) == expand
    assert len(boxes(svg)) == (12 if expand else 11)
    assert arrows(svg) == (13 if expand else 12)
    assert apart(svg)


def test_what_stands_in_a_box() -> None:
    model = branches()
    model.get_layer("kind").trainable = False
    bare = texts(plot_model(model, None).svg)
    assert "Dense" in bare and not any("kind" in word for word in bare)
    said = texts(
        plot_model(
            model, None, True, True, True, show_layer_activations=True, show_trainable=True
        ).svg
    )
    for line in (
        "kind (Dense)", "activation: softmax", "dtype: float32", "input: (n, 10)",
        "output: (n, 3)", "does not train", "input: (n, 14, 14, 4), (n, 14, 14, 4)",
    ):  # fmt: skip
        assert line in said, line


def test_a_chain_stands_in_one_line() -> None:
    model = pw.Sequential([L.Input((4,)), *(L.Dense(n) for n in (30, 2, 17))])
    for rankdir in ("TB", "LR"):
        middles = {
            round(x + w / 2 if rankdir == "TB" else y + h / 2, 0)
            for x, y, w, h in boxes(plot_model(model, None, True, rankdir=rankdir).svg)
        }
        assert len(middles) == 1


def test_layouts_of_random_graphs_keep_boxes_apart() -> None:
    rng = np.random.default_rng(1)
    for _ in range(40):
        count = int(rng.integers(1, 25))
        listed = [
            Box("x" * int(rng.integers(1, 30)), ("line",) * int(rng.integers(0, 4)))
            for _ in range(count)
        ]
        edges = [
            (int(rng.integers(0, b)), b) for b in range(1, count) for _ in range(rng.integers(1, 4))
        ]
        for rankdir in ("TB", "RL"):
            svg = boxes_svg(listed, edges, rankdir)
            assert apart(svg)
            assert len(boxes(svg)) == count
            assert arrows(svg) == len(set(edges))


def test_files_and_notebooks(tmp_path: Path) -> None:
    model = branches()
    picture = plot_model(model, tmp_path / "m.svg")
    assert (tmp_path / "m.svg").read_text("utf-8") == picture.svg == picture._repr_svg_()
    with pytest.warns(UserWarning, match=r"the picture is .*m2\.svg"):
        plot_model(model, to_file=str(tmp_path / "m2.png"), show_shapes=True, dpi=96)
    assert (tmp_path / "m2.svg").is_file()


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="not built yet"):
        plot_model(pw.Sequential([L.Dense(2)]), None)
    with pytest.raises(ValueError, match="rankdir must be TB, BT, LR or RL, got 'up'"):
        plot_model(branches(), None, rankdir="up")
    with pytest.raises(TypeError, match=r"layer_range.*cut a part out"):
        plot_model(branches(), None, layer_range=["a", "b"])


def test_names_are_no_markup() -> None:
    model = pw.Sequential([L.Input((2,)), L.Dense(2, name="<b>&co")])
    svg = plot_model(model, None, show_layer_names=True).svg
    assert "<b>" not in re.sub(r"&lt;b&gt;", "", svg)
    assert "<b>&co (Dense)" in texts(svg)


def test_a_model_that_says_itself_is_a_box() -> None:
    class Own(pw.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inside = L.Dense(2)

        def call(self, x: Any) -> Any:
            return self.inside(x)

    model = Own()
    model(np.ones((1, 3), np.float32))
    assert texts(plot_model(model, None, show_shapes=True, expand_nested=True).svg)[0] == "Own"
