"""Crops, projective maps, nearest pixels and the choice of boxes: against TensorFlow.js
in Node, gradients against finite differences.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from in_node import run_node
from numeric import differences

import pywebml as pw
from pywebml import ops
from pywebml.core.op import Case
from pywebml.ops import image as images
from pywebml.ops.image.crop import CropAndResize

RNG = np.random.default_rng(0)
PICTURES = RNG.uniform(0, 255, (2, 6, 7, 3)).astype(np.float32)
FIRST = PICTURES[:1]  # TensorFlow.js's CPU backend transforms no more than one
WHOLE = PICTURES.astype(np.int32)
BOXES = RNG.uniform(-0.2, 1.2, (5, 4)).astype(np.float32)
NUMBERS = np.array([0, 1, 1, 0, 1], np.int32)
MAP = np.array([[0.81, -0.63, 1.31, 0.57, 0.91, -2.17, 0.011, -0.007]], np.float32)
CORNERS = RNG.uniform(0, 1, (40, 2))
RECTANGLES = np.concatenate([CORNERS, CORNERS + RNG.uniform(0, 0.4, (40, 2))], 1).astype("f4")
SCORES = (RNG.permutation(40) / 40).astype(np.float32)
FILLS = ("constant", "reflect", "wrap", "nearest")
CONVENTIONS = ((False, False), (True, False), (False, True))

CALLS: list[tuple[Any, ...]] = [
    *(("resizeNearestNeighbor", (x, [5, 4], *c)) for x in (PICTURES, WHOLE) for c in CONVENTIONS),
    *(("resizeNearestNeighbor", (PICTURES, [13, 15], *c)) for c in CONVENTIONS),
    *(("resizeBilinear", (x, [5, 11], *c)) for x in (PICTURES, WHOLE) for c in CONVENTIONS),
    ("resizeNearestNeighbor", (PICTURES[0], [4, 3])),
    ("resizeBilinear", (PICTURES[0], [4, 3])),
    ("cropAndResize", (PICTURES, BOXES, NUMBERS, [4, 5])),
    ("cropAndResize", (PICTURES, BOXES, NUMBERS, [1, 3], "bilinear", -7)),
    ("cropAndResize", (PICTURES, BOXES, NUMBERS, [3, 4], "nearest", 9)),
    ("cropAndResize", (PICTURES, np.array([[0, 0, 1, 1]], "f4"), NUMBERS[:1], [6, 7])),
    *(
        ("transform", (FIRST, MAP, how, fill, 4, [5, 8]))
        for fill in FILLS
        for how in ("nearest", "bilinear")
    ),
    ("rotateWithOffset", (PICTURES, 0.7)),
    ("rotateWithOffset", (PICTURES, math.pi / 2, 5, 0.25)),
    ("rotateWithOffset", (PICTURES, -2.1, [1, 2, 3], [0.4, 0.7])),
    ("flipLeftRight", (PICTURES,)),
    ("rgbToGrayscale", (PICTURES,)),
    ("rgbToGrayscale", (WHOLE[0, 0],)),
    ("grayscaleToRGB", (PICTURES[..., :1],)),
    *(
        ("threshold", (x, how, inverted, 0.4))
        for x in (PICTURES[0], WHOLE[1], PICTURES[1, ..., :1])
        for how in ("binary", "otsu")
        for inverted in (False, True)
    ),
    ("nonMaxSuppression", (RECTANGLES, SCORES, 20, 0.3)),
    ("nonMaxSuppression", (RECTANGLES, SCORES, 100, 0.1, 0.51)),
    ("nonMaxSuppressionWithScore", (RECTANGLES, SCORES, 30, 0.8, 0.11, 0.5)),
    ("nonMaxSuppressionPadded", (RECTANGLES, SCORES, 30, 0.2, 0.41, True)),
    ("nonMaxSuppressionPadded", (RECTANGLES, SCORES, 30, 0.2, 0.41, False)),
]  # fmt: skip


def snake(name: str) -> str:
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    return words.replace("_r_g_b", "_rgb")


def theirs() -> list[Any]:
    jobs = []
    for name, arguments in CALLS:
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        call = [f"image.{name}"]
        for a in arguments:
            place = next((i for i, b in enumerate(arrays) if b is a), None)
            call.append(a if place is None else f"${place}")
        inputs = [
            {"values": a.ravel().tolist(), "shape": a.shape, "dtype": a.dtype.name} for a in arrays
        ]
        jobs.append({"call": call, "inputs": inputs})
    return list(run_node("calls.mjs", jobs))


THEIRS: list[Any] = []


@pytest.mark.parametrize("i", range(len(CALLS)), ids=lambda i: f"{CALLS[i][0]} {i}")
def test_as_tensorflow_js(host: str, i: int) -> None:
    if not THEIRS:
        THEIRS.extend(theirs())
    name, arguments = CALLS[i]
    given = [pw.tensor(a) if isinstance(a, np.ndarray) else a for a in arguments]
    result = getattr(images, snake(name))(*given)
    result = result if isinstance(result, pw.Tensor) else result[0]
    np.testing.assert_allclose(result.numpy().ravel(), THEIRS[i], rtol=1e-4, atol=2e-3)


def test_each_picture_has_its_own_map(host: str) -> None:
    maps = np.concatenate([MAP, 1.3 * MAP])
    both = images.transform(PICTURES, maps, "bilinear").numpy()
    alone = [images.transform(PICTURES[i], maps[i : i + 1], "bilinear").numpy() for i in (0, 1)]
    np.testing.assert_array_equal(both, np.stack(alone))


def test_the_kind_of_a_picture_stays(host: str) -> None:
    assert images.resize_nearest_neighbor(WHOLE, (2, 2)).dtype == "int32"
    assert images.resize_bilinear(WHOLE, (2, 2)).dtype == "float32"
    assert images.rotate_with_offset(WHOLE, 0.3).dtype == "int32"
    assert images.transform(WHOLE[0], MAP).shape == WHOLE[0].shape
    assert images.threshold(PICTURES[0] > 3).dtype == "int32"
    half = pw.tensor(PICTURES, dtype="float16")
    if host != "page":
        assert images.resize_nearest_neighbor(half, (2, 2)).dtype == "float16"


few = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
side = st.integers(1, 9)


@few
@given(side, side, side, side, st.integers(1, 5), st.sampled_from(CONVENTIONS))
def test_nearest_pixels_of_any_size(
    host: str, h: int, w: int, rows: int, columns: int, c: int, convention: Any
) -> None:
    """Along each axis by TensorFlow's rules, in exact fractions."""

    def places(n: int, m: int) -> list[int]:
        align, half = convention
        ratio = Fraction(n - 1, m - 1) if align and m > 1 else Fraction(n, m)
        shift = Fraction(1, 2) if half else 0
        exact = [(t + shift) * ratio for t in range(m)]
        return [min(n - 1, math.floor(x + Fraction(1, 2) if align else x)) for x in exact]

    x = np.arange(h * w * c, dtype=np.int32).reshape(h, w, c)
    got = images.resize_nearest_neighbor(x, (rows, columns), *convention).numpy()
    np.testing.assert_array_equal(got, x[places(h, rows)][:, places(w, columns)])


@few
@given(st.integers(1, 3), side, side, st.integers(1, 4), side, side, st.integers(0, 2**31))
def test_crops_of_any_size(
    host: str, n: int, h: int, w: int, c: int, rows: int, columns: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, h, w, c)).astype(np.float32)
    boxes = rng.uniform(-0.3, 1.3, (3, 4)).astype(np.float32)
    numbers = rng.integers(-1, n + 1, 3).astype(np.int32)
    for method in ("bilinear", "nearest"):
        op = CropAndResize((rows, columns), method, outside=5.0)
        want = op.numpy(x.astype(np.float64), boxes.astype(np.float64), numbers)
        got = images.crop_and_resize(x, boxes, numbers, (rows, columns), method, 5.0).numpy()
        off = np.abs(got - want) > 1e-4
        # a place may round to the other pixel, or beyond an edge, in float32
        assert off.mean() < (0.02 if method == "bilinear" else 0.2)


@few
@given(st.integers(1, 60), st.integers(1, 70), st.floats(0.1, 0.9), st.integers(0, 2**31))
def test_boxes_of_any_number(host: str, n: int, most: int, share: float, seed: int) -> None:
    """Against the rule, box by box."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 1, (n, 2))
    boxes = np.concatenate([low, low + rng.uniform(0.01, 0.5, (n, 2))], 1).astype(np.float32)
    scores = (rng.permutation(n) / n).astype(np.float32)

    def overlap(a: Any, b: Any) -> float:
        sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
        both = np.prod(np.maximum(sides, 0))
        return float(both / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - both))

    wide, chosen = boxes.astype(np.float64), []
    for i in np.argsort(-scores):
        if all(overlap(wide[i], wide[j]) < share for j in chosen):
            chosen.append(int(i))
    assert images.non_max_suppression(boxes, scores, most, share).tolist() == chosen[:most]


CROP_BOXES = np.array([[0.13, 0.21, 0.93, 0.77], [0.85, 0.32, 0.24, 0.67]], np.float32)


@pytest.mark.parametrize("size", [(3, 4), (1, 2)], ids=str)
@pytest.mark.parametrize("method", ["bilinear", "nearest"])
def test_gradients_of_crops(host: str, method: str, size: tuple[int, int]) -> None:
    x = RNG.normal(size=(2, 5, 6, 2))
    weights = RNG.normal(size=(2, *size, 2))
    numbers = np.array([1, 0], np.int32)
    op = CropAndResize(size, method)

    def total(x: Any, boxes: Any) -> Any:
        crops = images.crop_and_resize(x, boxes, numbers, size, method)
        return (crops * pw.tensor(weights)).sum()

    def meaning(x: Any, boxes: Any) -> float:
        return float((op.numpy(x, boxes, numbers) * weights).sum())

    boxes = CROP_BOXES.astype(np.float64)
    gx, gb = pw.grad(total, (0, 1))(pw.tensor(x), pw.tensor(boxes))
    want = differences(lambda v: meaning(v, boxes), x)
    np.testing.assert_allclose(gx.numpy(), want, rtol=2e-3, atol=2e-4)
    want = differences(lambda v: meaning(x, v), boxes, 1e-6)
    np.testing.assert_allclose(gb.numpy(), want if method == "bilinear" else 0 * boxes, atol=5e-3)


def test_second_gradients_of_crops(host: str) -> None:
    """The gradient at the boxes, again at the boxes and at the picture."""
    x = RNG.normal(size=(1, 5, 6, 1)).astype(np.float32)
    boxes, numbers = CROP_BOXES[:1], np.zeros(1, np.int32)
    weights = pw.tensor(RNG.normal(size=(1, 3, 4, 1)).astype(np.float32))
    mix = pw.tensor(RNG.normal(size=(1, 4)).astype(np.float32))

    def slope(x: Any, boxes: Any) -> Any:
        def total(boxes: Any) -> Any:
            return (images.crop_and_resize(x, boxes, numbers, (3, 4)) * weights).sum()

        return (pw.grad(total)(boxes) * mix).sum()

    gx, gb = pw.grad(slope, (0, 1))(pw.tensor(x), pw.tensor(boxes))
    want = differences(lambda v: slope(pw.tensor(v), pw.tensor(boxes)).item(), x, 1e-2)
    np.testing.assert_allclose(gx.numpy(), want, rtol=1e-2, atol=1e-2)
    want = differences(lambda v: slope(pw.tensor(x), pw.tensor(v)).item(), boxes, 1e-3)
    np.testing.assert_allclose(gb.numpy(), want, rtol=1e-2, atol=0.2)


def test_gradient_of_the_nearest(host: str) -> None:
    x = RNG.normal(size=(1, 5, 4, 2)).astype(np.float32)
    weights = RNG.normal(size=(1, 7, 3, 2)).astype(np.float32)
    for align, half in CONVENTIONS:
        resized = lambda x: images.resize_nearest_neighbor(x, (7, 3), align, half)  # noqa: E731,B023
        got = pw.grad(lambda x: (resized(x) * pw.tensor(weights)).sum())(pw.tensor(x))  # noqa: B023
        want = differences(lambda v: float((resized(v).numpy() * weights).sum()), x, 0.5)  # noqa: B023
        np.testing.assert_allclose(got.numpy(), want, atol=1e-4)


def test_of_nothing_comes_nothing(host: str) -> None:
    none, numbers = np.zeros((0, 4), np.float32), np.zeros(0, np.int32)
    assert images.crop_and_resize(PICTURES, none, numbers, (3, 2)).shape == (0, 3, 2, 3)
    total = lambda x: images.crop_and_resize(x, none, numbers, (3, 2)).sum()  # noqa: E731
    assert not pw.grad(total)(PICTURES).numpy().any()
    for call in (images.resize_bilinear, images.resize_nearest_neighbor):
        assert call(PICTURES[:0], (3, 2)).shape == (0, 3, 2, 3)
    assert images.transform(PICTURES[:0], MAP).shape == (0, 6, 7, 3)
    assert images.non_max_suppression(none, none[:, 0], 3).shape == (0,)
    assert images.non_max_suppression(RECTANGLES, SCORES, 0).shape == (0,)
    assert images.non_max_suppression(RECTANGLES, SCORES, 5, 0.5, 2.0).shape == (0,)
    padded = images.non_max_suppression_padded(none, none[:, 0], 3, pad_to_max_output_size=True)
    assert padded.selected_indices.shape == (0,) and padded.valid_outputs.item() == 0
    empty = pw.capture(lambda x: (x * 2.0, ops.arange(4)[:0] + 1))
    assert [t.shape for t in empty(none)] == [(0, 4), (0,)]
    with pw.debug():
        assert (pw.tensor(none) * 2.0).shape == (0, 4)


def test_boxes_are_chosen_in_a_capture(host: str) -> None:
    @pw.capture
    def chosen(boxes: Any, scores: Any) -> Any:
        picked = images.non_max_suppression_padded(boxes, scores, 9, 0.3, 0.5, True)
        return picked.selected_indices, picked.valid_outputs

    numbers, valid = chosen(RECTANGLES, SCORES)
    alone = images.non_max_suppression(RECTANGLES, SCORES, 9, 0.3, 0.5).tolist()
    assert numbers.tolist()[: valid.item()] == alone
    awaited = images.non_max_suppression_async(RECTANGLES, SCORES, 9, 0.3, 0.5)
    assert pw.run_sync(awaited).tolist() == alone


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: images.resize_nearest_neighbor(FIRST[0, 0], (2, 2)), "without the first axis"),
        (lambda: images.resize_nearest_neighbor(PICTURES, (2, 0)), "pair of them"),
        (lambda: images.resize_nearest_neighbor(FIRST, (2, 2), True, True), "exclude each"),
        (lambda: images.crop_and_resize(PICTURES, BOXES, NUMBERS, (2, 2), "cubic"), "'cubic'"),
        (lambda: images.crop_and_resize(PICTURES, BOXES[:, :3], NUMBERS, (2, 2)), r"\(5, 3\)"),
        (lambda: images.crop_and_resize(PICTURES, BOXES, NUMBERS[:2], (2, 2)), r"int32 \[5\]"),
        (lambda: images.transform(PICTURES, MAP, "cubic"), "interpolation must be 'nearest'"),
        (lambda: images.transform(PICTURES, MAP, fill_mode="mirror"), "got 'mirror'"),
        (lambda: images.transform(PICTURES, MAP[:, :6]), r"float32 \[2, 8\], or \[1, 8\]"),
        (lambda: images.rotate_with_offset(PICTURES, 1.0, (1, 2)), "one number or 3"),
        (lambda: images.rgb_to_grayscale(PICTURES[..., :2]), "red, green, blue"),
        (lambda: images.threshold(PICTURES), r"\(2, 6, 7, 3\)"),
        (lambda: images.threshold(PICTURES[0], "mean"), "'mean'"),
        (lambda: images.non_max_suppression(RECTANGLES, SCORES, 3, 1.5), "iou_threshold"),
        (lambda: images.non_max_suppression(RECTANGLES, SCORES, -1), "from 0 to 65535, got -1"),
        (lambda: images.non_max_suppression(RECTANGLES, SCORES[:3], 3), r"float32 \[40\]"),
        (lambda: images.non_max_suppression(RECTANGLES[:, 1:], SCORES, 3), r"\(40, 3\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(call: Any, words: str) -> None:
    pw.set_device("cpu")
    with pytest.raises(ValueError, match=words):
        call()


def test_every_kernel_of_a_crop_has_cases() -> None:
    cases: list[Case] = list(CropAndResize.cases())
    assert {case.op.slopes for case in cases} >= {(False, False), (True, False), (True, True)}  # type: ignore[attr-defined]
