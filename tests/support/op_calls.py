"""A call of every function of `pw.ops` that takes a tensor, with its meaning in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from activation_calls import ACTIVATIONS
from index_calls import MOVES, ORDERS, PLACES, Call

import pywebml as pw
from pywebml import ops


def _one(name: str, numpy: Callable[[Any], Any]) -> Call:
    return Call(getattr(ops, name), numpy)


def _two(name: str, numpy: Callable[[Any, Any], Any]) -> Call:
    """Of x and x turned round."""
    return Call(lambda x: getattr(ops, name)(x, ops.flip(x)), lambda x: numpy(x, np.flip(x)))


def _float(x: Any) -> Any:
    return np.asarray(x, np.float32)


def _counted(x: Any) -> Any:
    """Bools as numbers."""
    return x.astype(np.int32) if x.dtype == bool else x


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-_float(x).astype(np.float64)))


def _elu(x: Any) -> Any:
    return np.where(x > 0, _float(x), np.expm1(np.minimum(_float(x), 0)))


def _within(x: Any) -> Any:
    """Small numbers, for functions of what is between -1 and 1."""
    return x * 2.0**-33


def _segments(x: Any) -> Any:
    out = np.zeros((2, *x.shape[1:]), x.dtype)
    np.add.at(out, np.arange(len(x)) % 2, x)
    return out


def _erf(x: Any) -> Any:
    return np.vectorize(math.erf)(_float(x).astype(np.float64))


def _weights(*shape: int) -> Any:
    return pw.tensor(np.full(shape, 0.5, np.float32))


def _only_floats(ours: Callable[[Any], Any], shape: tuple[int, ...]) -> Call:
    """With weights or logits."""
    return Call(ours, None, shape)


def _rnn(name: str, gates: int, step: bool, states: int = 1) -> Call:
    shape = (2, 4) if step else (2, 3, 4)

    def call(x: Any) -> Any:
        h = [_weights(2, 2)] * states if step else []
        out = getattr(ops, name)(x, *h, _weights(4, 2 * gates), _weights(2, 2 * gates))
        return ops.stack(list(out)) if isinstance(out, tuple) else out

    return _only_floats(call, shape)


def _cell(x: Any) -> Any:
    states = _weights(2, 2), _weights(2, 2)
    return ops.stack(list(ops.basic_lstm_cell(1.0, _weights(6, 8), _weights(8), x, *states)))


def _largest(x: Any, sizes: int) -> Any:
    """Of windows of two, side by side."""
    for axis in range(1, sizes + 1):
        x = x.reshape(*x.shape[:axis], -1, 2, *x.shape[axis + 1 :]).max(axis + 1)
    return x


SEQUENCE = (1, 4, 2)
PICTURE = (1, 4, 4, 2)
VOLUME = (1, 4, 4, 4, 2)
INDICES = [1, 0, 1]

CALLS: dict[str, Call] = {
    **ACTIVATIONS,
    # movement
    **MOVES, **ORDERS, **PLACES,
    "broadcast_to": Call(
        lambda x: ops.broadcast_to(x, (3, *x.shape)), lambda x: np.broadcast_to(x, (3, *x.shape))
    ),
    "concat": Call(lambda x: ops.concat([x, ops.flip(x)]), lambda x: np.concat([x, np.flip(x)])),
    "dynamic_slice": Call(lambda x: ops.dynamic_slice(x, [1], 1), lambda x: x[1:2]),
    "expand_dims": Call(ops.expand_dims, lambda x: x[None]),
    "flip": _one("flip", np.flip),
    "gather": Call(lambda x: ops.gather(x, INDICES), lambda x: x[INDICES]),
    "getitem": Call(lambda x: x[..., ::-1], lambda x: x[..., ::-1]),
    "identity": _one("identity", np.copy),
    "pad": Call(
        lambda x: ops.pad(x, [(1, 2)] * x.ndim, constant_value=1),
        lambda x: np.pad(x, [(1, 2)] * x.ndim, constant_values=1),
    ),
    "reshape": Call(lambda x: ops.reshape(x, (-1, 1)), lambda x: x.reshape(-1, 1)),
    "slice": Call(lambda x: ops.slice(x, 1, -1), lambda x: x[1:]),
    "split": Call(lambda x: ops.stack(ops.split(x, x.shape[0])), lambda x: x[:, None]),
    "squeeze": Call(lambda x: ops.squeeze(ops.expand_dims(x, 1)), np.copy),
    "stack": Call(lambda x: ops.stack([x, ops.flip(x)]), lambda x: np.stack([x, np.flip(x)])),
    "tile": Call(lambda x: ops.tile(x, 3), lambda x: np.tile(x, 3)),
    "transpose": _one("transpose", np.transpose),
    "unstack": Call(lambda x: ops.stack(ops.unstack(x)), np.copy),
    "where": Call(
        lambda x: ops.where(x, x, ops.flip(x)), lambda x: np.where(x, x, np.flip(x))
    ),
    "ones_like": _one("ones_like", np.ones_like),
    "zeros_like": _one("zeros_like", np.zeros_like),
    # reductions
    **{
        name: Call(
            lambda x, name=name: getattr(ops, name)(x, axis=0),
            lambda x, name=name: getattr(np, name)(x, axis=0),
        )
        for name in ("sum", "prod", "max", "min", "any", "all", "argmax", "argmin")
    },
    "mean": Call(lambda x: ops.mean(x, axis=0), lambda x: _float(x).mean(0).astype(np.float64)),
    "logsumexp": Call(ops.logsumexp, lambda x: np.logaddexp.reduce(_float(x), None)),
    "unsorted_segment_sum": Call(
        lambda x: ops.unsorted_segment_sum(x, np.arange(x.shape[0]) % 2, 2), _segments
    ),
    # elementwise, of one
    **{
        name: _one(name, getattr(np, name))
        for name in ("abs", "sign", "square", "floor", "ceil", "round", "logical_not")
    },
    "neg": _one("neg", np.negative),
    "relu": _one("relu", lambda x: np.maximum(x, 0)),
    "relu6": _one("relu6", lambda x: np.minimum(np.maximum(x, 0), 6)),
    "step": _one("step", lambda x: np.where(x != x, x, (x > 0).astype(x.dtype))),
    "clip_by_value": Call(
        lambda x: ops.clip_by_value(x, 1, 33554431), lambda x: np.clip(x, 1, 33554431)
    ),
    "cast": Call(lambda x: ops.cast(x, x.dtype), np.copy),
    **{
        name: _one(name, lambda x, name=name: getattr(np, name)(_float(x)))
        for name in ("sqrt", "exp", "expm1", "log", "log1p", "tanh")
    },
    **{  # no device promises the sine of large angles
        name: Call(
            lambda x, name=name: getattr(ops, name)(ops.clip_by_value(x, 0, 3)),
            lambda x, name=name: getattr(np, name)(np.clip(_float(x), 0, 3)),
        )
        for name in ("sin", "cos")
    },
    **{
        name: Call(
            lambda x, name=name, low=low, high=high: getattr(ops, name)(
                ops.clip_by_value(x, low, high)
            ),
            lambda x, there=there, low=low, high=high: getattr(np, there)(
                np.clip(_float(x), low, high)
            ),
        )
        for name, there, low, high in (
            ("tan", "tan", 0, 1), ("asin", "arcsin", 0, 1), ("acos", "arccos", 0, 1),
            ("atan", "arctan", 0, 9), ("sinh", "sinh", 0, 3), ("cosh", "cosh", 0, 3),
            ("asinh", "arcsinh", 0, 9), ("acosh", "arccosh", 1, 9),
        )
    },
    "atanh": Call(lambda x: ops.atanh(_within(x)), lambda x: np.arctanh(_within(_float(x)))),
    "erfinv": Call(lambda x: ops.erfinv(ops.erf(_within(x))), lambda x: _within(_float(x))),
    "erfc": _one("erfc", lambda x: 1 - _erf(x)),
    "log_sigmoid": _one("log_sigmoid", lambda x: -np.logaddexp(-_float(x), 0)),
    "prelu": Call(
        lambda x: ops.prelu(x, 0.5), lambda x: np.where(x > 0, _float(x), 0.5 * _float(x))
    ),
    "is_nan": _one("is_nan", lambda x: x != x),
    "is_inf": _one("is_inf", lambda x: np.isinf(_float(x))),
    "is_finite": _one("is_finite", lambda x: np.isfinite(_float(x))),
    "bitwise_not": _one("bitwise_not", lambda x: ~x),
    "rsqrt": _one("rsqrt", lambda x: 1 / np.sqrt(_float(x))),
    "reciprocal": _one("reciprocal", lambda x: 1 / _float(x)),
    "sigmoid": _one("sigmoid", _sigmoid),
    "swish": _one("swish", lambda x: _float(x) * _sigmoid(x)),
    "softplus": _one("softplus", lambda x: np.logaddexp(_float(x), 0)),
    "elu": _one("elu", _elu),
    "selu": _one(
        "selu", lambda x: 1.0507009873554805 * _elu(x) * np.where(x > 0, 1, 1.6732632423543772)
    ),
    "leaky_relu": _one("leaky_relu", lambda x: np.where(x > 0, _float(x), 0.2 * _float(x))),
    "erf": _one("erf", _erf),
    "gelu": _one("gelu", lambda x: _float(x) * (_erf(_float(x) * np.sqrt(0.5)) + 1) / 2),
    # elementwise, of two: `test_pairs_of_dtypes` has them with all others
    **{
        name: _two(name, numpy)
        for name, numpy in {
            "add": np.add, "sub": np.subtract, "mul": np.multiply, "maximum": np.maximum,
            "minimum": np.minimum, "squared_difference": lambda a, b: (a - b) * (a - b),
            "div": lambda a, b: _float(a) / _float(b), "equal": np.equal,
            "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
            "greater": np.greater, "greater_equal": np.greater_equal,
            "logical_xor": np.logical_xor, "bitwise_and": np.bitwise_and,
            "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor,
            "floor_div": np.floor_divide, "mod": np.mod, "atan2": lambda a, b: np.arctan2(
                _float(a), _float(b)
            ),
            "div_no_nan": lambda a, b: np.where(
                b == 0, np.float32(0), _float(a) / np.where(b == 0, 1, _float(b))
            ),
            "logical_and": np.logical_and, "logical_or": np.logical_or,
            "relu_grad": lambda a, b: np.where(b > 0, _float(a), 0),
            "relu6_grad": lambda a, b: np.where((b > 0) & (b < 6), _float(a), 0),
        }.items()
    },
    "pow": Call(lambda x: ops.pow(x, 3), lambda x: np.power(x, 3)),
    "multinomial": Call(
        lambda x: ops.multinomial(ops.one_hot(ops.argmax(x, -1), 4), 3, 1, True),
        lambda x: np.argmax(x, -1).repeat(3).reshape(-1, 3),
        (2, 4),
    ),
    # complex numbers, of real ones
    "complex": Call(lambda x: ops.imag(ops.complex(x, x)), _float),
    **{name: _one(name, getattr(np, name)) for name in ("real", "imag", "conj")},
    # transforms
    "fft": Call(lambda x: ops.imag(ops.fft(x)), lambda x: np.fft.fft(_float(x)).imag, (2, 4)),
    "ifft": Call(lambda x: ops.imag(ops.ifft(x)), lambda x: np.fft.ifft(_float(x)).imag, (2, 4)),
    "rfft": Call(lambda x: ops.imag(ops.rfft(x)), lambda x: np.fft.rfft(_float(x)).imag, (2, 4)),
    "irfft": _only_floats(ops.irfft, (2, 4)),
    "fft2": Call(lambda x: ops.imag(ops.fft2(x)), lambda x: np.fft.fft2(_float(x)).imag, (2, 4)),
    "ifft2": Call(lambda x: ops.imag(ops.ifft2(x)), lambda x: np.fft.ifft2(_float(x)).imag, (2, 4)),
    # linear algebra
    "band_part": Call(lambda x: ops.band_part(x, 0, 1), lambda x: np.triu(np.tril(x, 1)), (2, 4)),
    "dot": Call(
        lambda x: ops.dot(x, ops.transpose(x)), lambda x: _counted(x) @ _counted(x).T, (2, 4)
    ),
    "outer_product": Call(lambda x: ops.outer_product(x, x), lambda x: np.outer(x, x), (7,)),
    "norm": Call(lambda x: ops.norm(x, 1, 0), lambda x: np.abs(_float(x)).sum(0)),
    "euclidean_norm": Call(
        lambda x: ops.euclidean_norm(x, 0), lambda x: np.sqrt(np.square(_float(x)).sum(0))
    ),
    "moments": Call(
        lambda x: ops.moments(x, 0).mean, lambda x: _float(x).mean(0).astype(np.float64)
    ),
    **{
        name: Call(getattr(ops, name), getattr(np.linalg, name), (2, 2))
        for name in ("det", "inv")
    },
    "qr": _only_floats(lambda x: ops.qr(x)[0], (2, 2)),
    "svd": _only_floats(lambda x: ops.svd(x).s, (2, 2)),
    "cholesky": _only_floats(lambda x: ops.cholesky(ops.flip(x)), (2, 2)),
    "gram_schmidt": _only_floats(ops.gram_schmidt, (2, 2)),
    "solve": _only_floats(lambda x: ops.solve(x, _weights(2)), (2, 2)),
    "solve_triangular": _only_floats(lambda x: ops.solve_triangular(x, _weights(2)), (2, 2)),
    "add_n": Call(lambda x: ops.add_n([x, ops.flip(x)]), lambda x: x + np.flip(x)),
    "resize_nearest_neighbor": Call(
        lambda x: ops.resize_nearest_neighbor(x, (2, 2)), lambda x: x[:, ::2, ::2], PICTURE
    ),
    # others
    "one_hot": Call(
        lambda x: ops.one_hot(x, 2), lambda x: _float(np.stack([x == 0, x == 1], -1))
    ),
    "dropout": Call(lambda x: ops.dropout(x, 0.0), _float),
    "basic_lstm_cell": _only_floats(_cell, (2, 4)),
    "moving_average": _only_floats(lambda x: ops.moving_average(x, x, 0.9, 1), (2, 4)),
    "softmax": _only_floats(ops.softmax, (2, 4)),
    "log_softmax": _only_floats(ops.log_softmax, (2, 4)),
    "softmax_cross_entropy": _only_floats(lambda x: ops.softmax_cross_entropy(x, x), (2, 4)),
    "sparse_softmax_cross_entropy": _only_floats(
        lambda x: ops.sparse_softmax_cross_entropy(pw.tensor([0, 1]), x), (2, 4)
    ),
    "matmul": _only_floats(lambda x: ops.matmul(x, _weights(4, 3)), (2, 4)),
    "dense": _only_floats(lambda x: ops.dense(x, _weights(4, 3)), (2, 4)),
    "conv2d": _only_floats(lambda x: ops.conv2d(x, _weights(2, 2, 2, 3)), PICTURE),
    "depthwise_conv2d": _only_floats(
        lambda x: ops.depthwise_conv2d(x, _weights(2, 2, 2, 1)), PICTURE
    ),
    "separable_conv2d": _only_floats(
        lambda x: ops.separable_conv2d(x, _weights(2, 2, 2, 1), _weights(1, 1, 2, 3)), PICTURE
    ),
    "avg_pool": _only_floats(lambda x: ops.avg_pool(x, 2), PICTURE),
    "adaptive_average_pool": _only_floats(lambda x: ops.adaptive_average_pool(x, 2), PICTURE),
    "adaptive_max_pool": Call(
        lambda x: ops.adaptive_max_pool(x, 2), lambda x: _largest(x, 2), PICTURE
    ),
    "depthwise_conv1d": _only_floats(
        lambda x: ops.depthwise_conv1d(x, _weights(2, 2, 1)), SEQUENCE
    ),
    "separable_conv1d": _only_floats(
        lambda x: ops.separable_conv1d(x, _weights(2, 2, 1), _weights(1, 2, 3)), SEQUENCE
    ),
    "dot_product_attention": _only_floats(
        lambda x: ops.dot_product_attention(x, x, x), (1, 3, 2, 4)
    ),
    "layer_normalization": Call(ops.layer_normalization, None, (2, 4)),
    "rms_normalization": Call(ops.rms_normalization, None, (2, 4)),
    "conv1d": _only_floats(lambda x: ops.conv1d(x, _weights(2, 2, 3)), SEQUENCE),
    "conv3d": _only_floats(lambda x: ops.conv3d(x, _weights(2, 2, 2, 2, 3)), VOLUME),
    "conv1d_transpose": _only_floats(
        lambda x: ops.conv1d_transpose(x, _weights(2, 3, 2)), SEQUENCE
    ),
    "conv2d_transpose": _only_floats(
        lambda x: ops.conv2d_transpose(x, _weights(2, 2, 3, 2)), PICTURE
    ),
    "conv3d_transpose": _only_floats(
        lambda x: ops.conv3d_transpose(x, _weights(2, 2, 2, 3, 2)), VOLUME
    ),
    "dilation2d": _only_floats(lambda x: ops.dilation2d(x, _weights(2, 2, 2)), PICTURE),
    "local_response_normalization": _only_floats(ops.local_response_normalization, PICTURE),
    "batch_norm": Call(lambda x: ops.batch_norm(x, 0.5, 0.5), None),
    "batch_norm2d": _only_floats(lambda x: ops.batch_norm2d(x, [0.5] * 4, [0.5] * 4), (2, 4)),
    "batch_norm3d": _only_floats(lambda x: ops.batch_norm3d(x, [0.5] * 2, [0.5] * 2), SEQUENCE),
    "batch_norm4d": _only_floats(lambda x: ops.batch_norm4d(x, [0.5] * 2, [0.5] * 2), PICTURE),
    "avg_pool1d": _only_floats(lambda x: ops.avg_pool1d(x, 2), SEQUENCE),
    "avg_pool3d": _only_floats(lambda x: ops.avg_pool3d(x, 2), VOLUME),
    "max_pool": Call(lambda x: ops.max_pool(x, 2), lambda x: _largest(x, 2), PICTURE),
    "max_pool1d": Call(lambda x: ops.max_pool1d(x, 2), lambda x: _largest(x, 1), SEQUENCE),
    "max_pool3d": Call(lambda x: ops.max_pool3d(x, 2), lambda x: _largest(x, 3), VOLUME),
    "max_pool_with_argmax": Call(
        lambda x: ops.max_pool_with_argmax(x, 2)[0], lambda x: _largest(x, 2), PICTURE
    ),
    "pool": Call(
        lambda x: ops.pool(x, 2, "max", strides=2), lambda x: _largest(x, 2), PICTURE
    ),
    "resize_bilinear": _only_floats(lambda x: ops.resize_bilinear(x, (3, 3)), PICTURE),
    "lstm": _rnn("lstm", 4, False), "lstm_step": _rnn("lstm_step", 4, True, 2),
    "gru": _rnn("gru", 3, False), "gru_step": _rnn("gru_step", 3, True),
    "simple_rnn": _rnn("simple_rnn", 1, False), "simple_rnn_step": _rnn("simple_rnn_step", 1, True),
}  # fmt: skip
