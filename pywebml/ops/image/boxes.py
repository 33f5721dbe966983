"""Non-maximum suppression: of boxes that overlap the best one stays.

The choice is one kernel, with as many places as boxes may be picked and the number of
those that were. Only who wants exactly these reads that number back.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...core.calling import strict
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel
from ...host.awaited import awaited
from ...host.lazy import np

__all__ = [
    "non_max_suppression", "non_max_suppression_async", "non_max_suppression_padded",
    "non_max_suppression_padded_async", "non_max_suppression_with_score",
    "non_max_suppression_with_score_async",
]  # fmt: skip

_MOST = 65535  # rounds of the kernel's loop


class Scored(NamedTuple):
    """Numbers of boxes, int32, and their scores after others lowered them."""

    selected_indices: Tensor
    selected_scores: Tensor


class Padded(NamedTuple):
    """Numbers of boxes, int32, and how many of them count, an int32 scalar."""

    selected_indices: Tensor
    valid_outputs: Tensor


@register
@dataclass(frozen=True)
class NonMaxSuppression(Op):
    """boxes [n, 4] and scores [n] -> (int32 [most], scores [most], int32 []): numbers
    of boxes by falling score, 0 behind the last; how many there are.

    A picked box takes out those that overlap it by `overlap` of the union or more, and
    multiplies the scores of the others by exp(-0.5 / sigma * share^2).
    """

    not_finite = "a box whose score is NaN, or not above the threshold, is never picked"
    not_finite_inputs = ()

    most: int
    overlap: float = 0.5
    threshold: float = -math.inf
    sigma: float = 0.0

    def infer(self, boxes: Spec, scores: Spec) -> tuple[Spec, ...]:
        if len(boxes.shape) != 2 or boxes.shape[1] != 4 or boxes.dtype != "float32":
            raise ValueError(
                "non_max_suppression: boxes must be float32 [boxes, 4] (y1, x1, y2, x2), got"
                f" {boxes.dtype} {boxes.shape}"
            )
        if scores != Spec(boxes.shape[:1]):
            raise ValueError(
                f"non_max_suppression: scores must be float32 [{boxes.shape[0]}], one for each"
                f" box, got {scores.dtype} {scores.shape}"
            )
        return Spec((self.most,), "int32"), Spec((self.most,)), Spec((), "int32")

    def numpy(self, boxes: Any, scores: Any) -> Any:
        low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
        areas = np.prod(high - low, axis=1)
        picked, values = np.zeros(self.most, np.int32), np.zeros(self.most, scores.dtype)
        left = np.where(scores > self.threshold, scores, -np.inf)
        count = 0
        for _ in range(self.most):
            best = int(left.argmax())
            if left[best] == -np.inf:
                break
            picked[count], values[count] = best, left[best]
            count += 1
            sides = np.minimum(high, high[best]) - np.maximum(low, low[best])
            common = np.prod(np.maximum(sides, 0), axis=1)
            union, flat = areas + areas[best] - common, (areas <= 0) | (areas[best] <= 0)
            out = np.where(flat, self.overlap <= 0, common >= self.overlap * union)
            if self.sigma > 0:
                share = np.where(flat, 0, common / np.where(union > 0, union, 1))
                left = left * np.exp(-0.5 / self.sigma * share**2)
            left = np.where(out | ~(left > self.threshold), -np.inf, left)
            left[best] = -np.inf
        return picked, values, np.int32(count)

    def gpu(self, k: Lowering) -> None:
        n = k.ins[0].shape[0]
        left = k.scratch((n,))
        scale = -0.5 / self.sigma if self.sigma > 0 else 0.0
        params = pack("2I4f2I", n, self.most, self.overlap, self.threshold, scale, -math.inf, 0, 0)
        k.launch(kernel("image/suppression"), [*k.ins, left, *k.outs], params)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(12)
        corners = rng.uniform(0, 1, (300, 2))
        boxes = np.concatenate([corners, corners + rng.uniform(-0.2, 0.3, (300, 2))], 1)
        inputs = boxes.astype(np.float32), rng.permutation(300).astype(np.float32) / 300
        yield Case("300 boxes", cls(40, 0.35), inputs)
        yield Case("all that are good", cls(300, 0.3, 0.4013), inputs)
        yield Case("softly", cls(60, 0.9, 0.2013, 0.6), inputs, 1e-4)
        equal = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [5, 5, 5, 6], [0, 0.5, 1, 1.5]], np.float32)
        yield Case("equal scores, a flat one", cls(4, 0.3), (equal, np.ones(4, np.float32)))


def _picked(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float,
    score_threshold: float,
    soft_nms_sigma: float = 0.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """What the op gives. ValueError for thresholds and sigmas outside 0 ... 1."""
    for name, value in (("iou_threshold", iou_threshold), ("soft_nms_sigma", soft_nms_sigma)):
        if not 0 <= value <= 1:
            raise ValueError(f"non_max_suppression: {name} must be from 0 to 1, got {value!r}")
    boxes, scores = as_tensor(boxes, "float32"), as_tensor(scores, "float32")
    most = min(operator.index(max_output_size), boxes.shape[0] if boxes.ndim else 0)
    if not 0 <= most <= _MOST:
        raise ValueError(
            f"non_max_suppression: max_output_size must be from 0 to {_MOST}, got"
            f" {max_output_size!r} for {boxes.shape[0]} boxes"
        )
    op = NonMaxSuppression(
        most, float(iou_threshold), float(score_threshold), float(soft_nms_sigma)
    )
    indices, values, valid = op(boxes, scores)
    return indices, values, valid


async def _count(valid: Tensor) -> int:
    return int((await valid.data())[0])


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -math.inf,
) -> Tensor:
    """The int32 numbers of at most `max_output_size` boxes, by falling score, of which
    no two overlap by `iou_threshold` or more of their union.

    boxes [n, 4] are y1, x1, y2, x2; scores [n] up to `score_threshold` do not count, of
    equal ones the first goes first. The choice is made on the device, and how many
    there are is read back; inside `capture` use `non_max_suppression_padded`.

    Example:
        >>> boxes = [[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.9], [5.0, 5.0, 6.0, 6.0]]
        >>> ops.image.non_max_suppression(boxes, [0.8, 0.9, 0.1], 3).tolist()
        [1, 2]
    """
    indices, _, valid = _picked(boxes, scores, max_output_size, iou_threshold, score_threshold)
    return indices[: valid.item()]


def non_max_suppression_with_score(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -math.inf,
    soft_nms_sigma: float = 0.0,
) -> Scored:
    """(selected_indices, selected_scores): as `non_max_suppression`. With a
    `soft_nms_sigma` above 0 boxes that overlap less than `iou_threshold` lower one
    another's scores, by exp(-share^2 / (2 sigma)) (Bodla et al. 2017).

    Example:
        >>> boxes = [[0.0, 0.0, 1.0, 2.0], [0.0, 0.0, 1.0, 1.0]]
        >>> picked = ops.image.non_max_suppression_with_score(boxes, [0.9, 0.8], 2, 1.0, 0.0, 0.5)
        >>> picked.selected_indices.tolist(), picked.selected_scores.numpy()
        ([0, 1], array([0.9  , 0.623], dtype=float32))
    """
    indices, values, valid = _picked(
        boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma
    )
    count = valid.item()
    return Scored(indices[:count], values[:count])


def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -math.inf,
    pad_to_max_output_size: bool = False,
) -> Padded:
    """(selected_indices, valid_outputs): as `non_max_suppression`, with 0 behind the
    last number up to `max_output_size` (or the number of boxes) if
    `pad_to_max_output_size`. Then nothing is read back, and it may be captured.

    Example:
        >>> boxes = [[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.9]]
        >>> picked = ops.image.non_max_suppression_padded(
        ...     boxes, [0.8, 0.9], 2, pad_to_max_output_size=True
        ... )
        >>> picked.selected_indices.tolist(), picked.valid_outputs.item()
        ([1, 0], 1)
    """
    indices, _, valid = _picked(boxes, scores, max_output_size, iou_threshold, score_threshold)
    return Padded(indices if pad_to_max_output_size else indices[: valid.item()], valid)


def _asynchronous(name: str) -> Callable[[Any], Any]:
    call = f"ops.image.{name}_async(...)"
    return awaited(call, f"ops.image.{name}(...)")


@_asynchronous("non_max_suppression")
@strict
async def non_max_suppression_async(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -math.inf,
) -> Tensor:
    """`non_max_suppression`, awaited.

    Example:
        >>> picked = ops.image.non_max_suppression_async([[0.0, 0.0, 1.0, 1.0]], [0.5], 1)
        >>> pw.run_sync(picked).tolist()
        [0]
    """
    indices, _, valid = _picked(boxes, scores, max_output_size, iou_threshold, score_threshold)
    return indices[: await _count(valid)]


@_asynchronous("non_max_suppression_with_score")
@strict
async def non_max_suppression_with_score_async(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -math.inf,
    soft_nms_sigma: float = 0.0,
) -> Scored:
    """`non_max_suppression_with_score`, awaited.

    Example:
        >>> boxes = [[0.0, 0.0, 1.0, 1.0]]
        >>> picked = ops.image.non_max_suppression_with_score_async(boxes, [0.5], 1)
        >>> pw.run_sync(picked).selected_scores.tolist()
        [0.5]
    """
    indices, values, valid = _picked(
        boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma
    )
    count = await _count(valid)
    return Scored(indices[:count], values[:count])


@_asynchronous("non_max_suppression_padded")
@strict
async def non_max_suppression_padded_async(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = -math.inf,
    pad_to_max_output_size: bool = False,
) -> Padded:
    """`non_max_suppression_padded`, awaited.

    Example:
        >>> boxes = [[0.0, 0.0, 1.0, 1.0]]
        >>> picked = ops.image.non_max_suppression_padded_async(boxes, [0.5], 1)
        >>> pw.run_sync(picked).valid_outputs.item()
        1
    """
    indices, _, valid = _picked(boxes, scores, max_output_size, iou_threshold, score_threshold)
    if not pad_to_max_output_size:
        indices = indices[: await _count(valid)]
    return Padded(indices, valid)
