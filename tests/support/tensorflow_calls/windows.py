"""Convolutions, pooling and normalization."""

from __future__ import annotations

from collections.abc import Iterator

from .call import Call, call, floats, ints

PADS = ["same", "valid", 1]


def calls() -> Iterator[Call]:
    yield from _convolutions()
    yield from _fused()
    yield from _pools()
    yield from _normalized()


def _convolutions() -> Iterator[Call]:
    x, filter_ = floats(2, 6, 5, 3), floats(3, 2, 3, 4)
    for pad in PADS:  # of numbers TensorFlow.js's sizes are right for square windows alone
        square = floats(3, 3, 3, 4) if pad == 1 else filter_
        for strides in (1, 2):
            yield call("conv2d", x, square, strides, pad)
        yield call("conv2d", x, square, 1, pad, "NHWC", 2, slopes=False)
    yield call("conv2d", x, filter_, [2, 1], "same")
    yield call("conv2d", x, filter_, 1, "valid", "NHWC", [1, 2], slopes=False)
    for pad in PADS:
        yield call("depthwise_conv2d", x, floats(3, 3, 3, 2), 2, pad)
        yield call("separable_conv2d", x, floats(3, 3, 3, 2), floats(1, 1, 6, 4), 1,
                   "same" if pad == 1 else pad)  # fmt: skip
        yield call("conv1d", floats(2, 7, 3), floats(3, 3, 4), 2,
                   "same" if pad == 1 else pad)  # fmt: skip
        yield call("conv3d", floats(1, 4, 5, 3, 2), floats(2, 3, 2, 2, 3), 1,
                   "same" if pad == 1 else pad)  # fmt: skip
        yield call("dilation2d", x, floats(2, 3, 3), 2, "same" if pad == 1 else pad, slopes=False)
    yield call("conv2d", floats(6, 5, 3), filter_, 1, "same")
    yield call("conv2d", floats(2, 3, 6, 5), filter_, 1, "valid", "NCHW")
    yield call("conv2d", x, filter_, 1, [[0, 0], [1, 0], [2, 1], [0, 0]])
    yield call("conv2d", x, floats(3, 3, 3, 4), 2, 1, "NHWC", 1, "ceil", slopes=False)
    yield call("depthwise_conv2d", floats(6, 5, 3), floats(3, 3, 3, 1), 1, "valid")
    yield call("conv1d", floats(7, 3), floats(3, 3, 4), 1, "same")
    yield call("conv2d_transpose", floats(2, 3, 4, 5), floats(3, 2, 2, 5), [2, 6, 8, 2], 2, "same")
    yield call("conv2d_transpose", floats(2, 3, 4, 5), floats(3, 2, 2, 5), [2, 7, 8, 2], 2, "valid")
    yield call("conv3d_transpose", floats(1, 2, 3, 2, 3), floats(2, 2, 2, 2, 3), [1, 4, 6, 4, 2],
               2, "same", slopes=False)  # fmt: skip


def _fused() -> Iterator[Call]:
    x = floats(2, 6, 5, 3)
    for activation in ("linear", "relu", "elu", "sigmoid", "relu6"):
        for name, filter_, channels in (("conv2d", floats(3, 3, 3, 4), 4),
                                        ("depthwise_conv2d", floats(3, 3, 3, 2), 6)):  # fmt: skip
            yield call(f"fused.{name}", x, filter_, 2, "same", "NHWC", 1, None, floats(channels),
                       activation, slopes=False)  # fmt: skip
        yield call("fused.matmul", floats(3, 4), floats(5, 4), False, True, floats(5), activation,
                   slopes=False)  # fmt: skip


def _pools() -> Iterator[Call]:
    x = floats(2, 6, 5, 3)
    for name in ("max_pool", "avg_pool"):
        for pad in PADS:  # TensorFlow.js's mean counts the border, in its gradient only
            right = name == "max_pool" or pad == "valid"
            yield call(name, x, 3, 2, pad, slopes=right)
            yield call(name, x, [2, 3], [1, 2], "valid" if pad == 1 else pad, slopes=right)
        yield call(name, floats(6, 5, 3), 2, 2, "valid")
        yield call(name, x, 2, 2, 0, "ceil", slopes=False)
        yield call(name, x, 2, 2, 0, "floor", slopes=False)
        for pad in ("same", "valid"):
            right = name == "max_pool" or pad == "valid"
            yield call(f"{name}3d", floats(1, 4, 5, 3, 2), 2, 2, pad, slopes=right)
    for kind in ("max", "avg"):
        yield call("pool", x, [2, 3], kind, "same", 1, 1, slopes=kind == "max")
        yield call("pool", x, 2, kind, "valid", [2, 1], 1)
    yield call("max_pool_with_argmax", x, 2, 2, "same", slopes=False)
    yield call("max_pool_with_argmax", x, 2, 2, "valid", True, slopes=False)


def _normalized() -> Iterator[Call]:
    for rank in (2, 3, 4):
        x = floats(*(2, 3, 4, 5)[-rank:])
        mean, variance = floats(5), floats(5, low=0.3, high=2.0)
        yield call(f"batch_norm{rank}d", x, mean, variance, floats(5, low=1), floats(5, low=0.5))
        yield call("batch_norm", x, mean, variance, slopes=False)
    yield call("batch_norm", x, mean, variance, None, floats(5), 0.1, slopes=False)
    yield call("local_response_normalization", floats(2, 3, 4, 7), 2, 1.5, 0.3, 0.6)
    yield call("local_response_normalization", floats(3, 4, 6))
    yield call("max_pool", ints(1, 4, 4, 2), 2, 2, "valid", slopes=False)
