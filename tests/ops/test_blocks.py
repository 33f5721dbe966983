"""Blocks to channels and to batches and back, mirrored borders, grids, diagonals, and
the functions of one rank: refusals and gradients. Their meanings are held by `check`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numeric import check_gradient

import pywebml as pw
from pywebml import ops


def test_there_and_back(host: str) -> None:
    x = np.arange(2 * 4 * 6 * 3, dtype=np.int32).reshape(2, 4, 6, 3)
    for how in ("NHWC", "NCHW"):
        y = pw.tensor(x if how == "NHWC" else x.transpose(0, 3, 1, 2))
        there = ops.space_to_depth(y, 2, how)
        np.testing.assert_array_equal(ops.depth_to_space(there, 2, how).numpy(), y.numpy())
    pads = [[1, 1], [0, 3]]
    batches = ops.space_to_batch_nd(pw.tensor(x), [2, 3], pads)
    assert batches.shape == (12, 3, 3, 3)
    np.testing.assert_array_equal(ops.batch_to_space_nd(batches, [2, 3], pads).numpy(), x)
    cube = np.arange(2 * 2 * 2 * 2 * 3).reshape(2, 2, 2, 2, 3)
    cells = ops.space_to_batch_nd(pw.tensor(cube), [2, 2, 2], [[0, 0]] * 3)
    assert cells.shape == (16, 1, 1, 1, 3)
    np.testing.assert_array_equal(cells.numpy()[2:4, 0, 0, 0], cube[:, 0, 0, 1])


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
def test_mirrored_borders(host: str, mode: str) -> None:
    for dtype in ("float32", "int32", "bool"):
        x = (np.arange(12).reshape(3, 4) % 5).astype(dtype)
        got = ops.mirror_pad(pw.tensor(x), [[2, 1], [0, 3]], mode)
        np.testing.assert_array_equal(got.numpy(), np.pad(x, [[2, 1], [0, 3]], mode))


@pytest.mark.parametrize(
    ("ours", "meaning", "shape"),
    [
        (
            lambda t: ops.mirror_pad(t, [[2, 1], [0, 1]], "reflect"),
            lambda v: np.pad(v, [[2, 1], [0, 1]], "reflect"),
            (3, 2),
        ),
        (
            lambda t: ops.depth_to_space(t, 2) ** 2,
            lambda v: v.reshape(1, 2, 2, 1) ** 2,
            (1, 1, 1, 4),
        ),
        (
            lambda t: ops.space_to_batch_nd(t, [2], [[1, 0]]).reshape(2, 2, 2) ** 2,
            lambda v: np.stack([np.pad(v, [[0, 0], [1, 0]])[:, i::2] for i in (0, 1)]) ** 2,
            (2, 3),
        ),
        (
            lambda t: ops.batch_to_space_nd(t, [2], [[1, 0]]),
            lambda v: v.T.reshape(1, 6)[:, 1:],
            (2, 3),
        ),
        (lambda t: ops.diag(t) ** 3, lambda v: np.diag(v) ** 3, (4,)),
        (lambda t: ops.meshgrid(t, [1.0, 2.0])[0], lambda v: np.stack([v, v]), (3,)),
        (
            lambda t: ops.gather(t, [[1, 1], [0, 2]], axis=1, batch_dims=1),
            lambda v: np.stack([v[0, [1, 1]], v[1, [0, 2]]]),
            (2, 3),
        ),
    ],
)  # fmt: skip
def test_gradients(host: str, ours: Any, meaning: Any, shape: tuple[int, ...]) -> None:
    check_gradient(ours, meaning, np.random.default_rng(1).normal(size=shape))


@pytest.mark.parametrize("axis", [1, 2, 3, -1])
@pytest.mark.parametrize("batch_dims", [1, 2, -1])
def test_gather_with_batch_dims(host: str, axis: int, batch_dims: int) -> None:
    x = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    at = np.random.default_rng(0).integers(0, 3, (2, 3, 2)).astype(np.int32)
    b = batch_dims % 3
    if axis % 4 < b:
        with pytest.raises(ValueError, match=r"batch_dims .* must be at most axis"):
            ops.gather(pw.tensor(x), at, axis, batch_dims=batch_dims)
        return
    want = np.stack(
        [np.take(x[place], at[place], axis % 4 - b) for place in np.ndindex(x.shape[:b])]
    )
    got = ops.gather(pw.tensor(x), at, axis, batch_dims=batch_dims)
    np.testing.assert_array_equal(got.numpy(), want.reshape(*x.shape[:b], *want.shape[1:]))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.depth_to_space(np.zeros((1, 2, 2, 3)), 2), "3 channels"),
        (lambda: ops.depth_to_space(np.zeros((2, 2, 4)), 2), r"must be \[batch, height"),
        (lambda: ops.depth_to_space(np.zeros((1, 2, 2, 4)), 0), "from 1 on"),
        (lambda: ops.space_to_depth(np.zeros((1, 3, 2, 4)), 2), "3 x 2 pixels"),
        (lambda: ops.depth_to_space(np.zeros((1, 2, 2, 4)), 2, "HWC"), "'NHWC' or 'NCHW'"),
        (lambda: ops.space_to_batch_nd([[1, 2, 3]], [2], [[0, 0]]), "does not divide"),
        (lambda: ops.space_to_batch_nd([1, 2], [2], [[0, 0]]), "needs a batch axis"),
        (lambda: ops.space_to_batch_nd([[1, 2]], [2], [0]), r"one \(before, after\)"),
        (lambda: ops.batch_to_space_nd([[1, 2]], [2], [[0, 0]]), "a batch of 1"),
        (lambda: ops.batch_to_space_nd([[1], [2]], [2], [[2, 1]]), "more than there is"),
        (lambda: ops.mirror_pad([1, 2], [[2, 0]], "reflect"), "it takes 0 to 1"),
        (lambda: ops.mirror_pad([1, 2], [[3, 0]], "symmetric"), "it takes 0 to 2"),
        (lambda: ops.mirror_pad([1, 2], [[1, 0]], "edge"), "'reflect' or 'symmetric'"),
        (lambda: ops.mirror_pad([1, 2], [[1, 0], [0, 0]], "reflect"), "for each axis"),
        (lambda: ops.meshgrid([1], [2], indexing="yx"), "'xy' or 'ij'"),
        (lambda: ops.ensure_shape([1, 2], (3,)), r"has shape \(2,\), expected \(3,\)"),
        (lambda: ops.broadcast_args([2], [3]), "do not broadcast"),
        (lambda: ops.concat1d([[[1]]]), "rank 1 was asked for"),
        (lambda: ops.slice2d([1, 2], 0, 1), "rank 2 was asked for"),
    ],
)
def test_refusals(host: str, call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
