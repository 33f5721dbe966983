"""Calls of every function of `keras.ops`: {name: [(arguments, options), ...]}.
Arrays go in as they are; what both give is compared, dtypes included.
"""

from __future__ import annotations

from typing import Any

import numpy as np

rng = np.random.default_rng(7)


def f(*shape: int, low: float = -2.0, high: float = 2.0) -> Any:
    return rng.uniform(low, high, shape).astype(np.float32)


def i(*shape: int, low: int = 0, high: int = 5) -> Any:
    return rng.integers(low, high, shape).astype(np.int32)


def ints(values: Any) -> Any:
    return np.array(values, np.int32)


def b(*shape: int) -> Any:
    return rng.integers(0, 2, shape).astype(bool)


def call(*args: Any, **options: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, options


X, Y, V = f(3, 4), f(3, 4), f(4)
P = f(3, 4, low=0.1)
N, M = i(3, 4), i(3, 4, low=1)
HOLES = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [2.0, -np.inf, 0.0]], np.float32)
SOME = np.array([[1.0, np.nan, 3.0, -2.0], [4.0, 0.5, np.nan, 2.0]], np.float32)
ODD = np.array([1.0, np.nan, np.inf, -np.inf, -0.0, 0.0], np.float32)
C = (f(4) + 1j * f(4)).astype(np.complex64)
A3 = f(3, 3)
SPD = (A3 @ A3.T + 3 * np.eye(3)).astype(np.float32)
PICTURES = f(2, 6, 8, 3, low=0.0, high=1.0)

FLOAT_UNARY = """ceil floor cos cosh sin sinh tan tanh arctan arcsinh exp expm1 exp2 erf erfc
sigmoid relu relu6 selu silu swish softplus softsign log_sigmoid sign
square negative abs absolute fabs
isfinite isinf isnan reciprocal rad2deg deg2rad sinc cbrt trunc i0 real isreal isposinf isneginf
sparse_plus sparse_sigmoid hard_sigmoid hard_silu hard_swish hard_tanh tanh_shrink hard_shrink
soft_shrink celu elu gelu leaky_relu squareplus softmax log_softmax glu signbit
logical_not copy ravel flip fliplr flipud transpose mean std var sum prod max min amax amin ptp
median argmax argmin argsort sort any all cumsum cumprod count_nonzero logsumexp norm ndim size
shape dtype nanmean nanstd nanvar nansum nanprod nanmax nanmin nanmedian nanargmax nanargmin
nancumsum nancumprod diff zeros_like ones_like empty_like normalize  convert_to_numpy
convert_to_tensor array stop_gradient trace diagonal tril triu diagflat nonzero round
layer_normalization rms_normalization corrcoef unique"""
BOTH = """add subtract multiply divide true_divide divide_no_nan maximum minimum fmax fmin power mod
fmod floor_divide equal not_equal greater greater_equal less less_equal logical_and logical_or
logical_xor arctan2 hypot heaviside logaddexp logaddexp2 isclose allclose kron outer inner append
copy"""

CALLS: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {}
for _name in FLOAT_UNARY.split():
    CALLS[_name] = [call(X)]
for _name in BOTH.split():
    if _name not in CALLS:
        base = P if _name in ("power",) else X
        CALLS[_name] = [call(base, Y), call(base, V)]


def also(**more: Any) -> None:
    for name, calls in more.items():
        CALLS.setdefault(name, []).extend(calls)


also(
    arccos=[call(X / 2)],
    arcsin=[call(X / 2)],
    arctanh=[call(X / 2.1)],
    erfinv=[call(X / 2.1)],
    arccosh=[call(P + 1)],
    log=[call(P)],
    log1p=[call(P)],
    log2=[call(P)],
    log10=[call(P)],
    sqrt=[call(P)],
    rsqrt=[call(P)],
    isfinite=[call(ODD)],
    isinf=[call(ODD)],
    isnan=[call(ODD)],
    isposinf=[call(ODD)],
    isneginf=[call(ODD)],
    nan_to_num=[call(ODD), call(ODD, nan=1.0, posinf=2.0, neginf=3.0)],
    signbit=[call(ODD), call(i(4, low=-2))],
    fmax=[call(ODD, f(6))],
    fmin=[call(ODD, f(6))],
    isclose=[call(ODD, ODD), call(ODD, ODD, equal_nan=True)],
    nanmean=[call(HOLES, 1), call(SOME, axis=0, keepdims=True)],
    nanmax=[call(HOLES, axis=1)],
    nanmin=[call(HOLES, axis=1)],
    nansum=[call(HOLES, axis=1)],
    nanprod=[call(SOME, axis=1)],
    nanvar=[call(SOME, axis=1)],
    nanstd=[call(SOME, axis=1)],
    nanmedian=[call(SOME, axis=1)],
    nanargmax=[call(SOME, axis=1)],
    nanargmin=[call(SOME, axis=1)],
    nancumsum=[call(SOME, axis=1), call(SOME)],
    nancumprod=[call(SOME, axis=1)],
    nanpercentile=[call(SOME, 30.0, axis=1), call(SOME, [20.0, 70.0], axis=1, keepdims=True)],
    nanquantile=[call(SOME, 0.3, axis=1), call(SOME, 0.3, axis=1, method="lower")],
    bitwise_and=[call(N, M)],
    bitwise_or=[call(N, M)],
    bitwise_xor=[call(N, M)],
    bitwise_not=[call(N)],
    bitwise_invert=[call(N)],
    bitwise_left_shift=[call(N, M)],
    bitwise_right_shift=[call(N * 9, M)],
    left_shift=[call(N, 2)],
    right_shift=[call(-N, 1)],
    gcd=[call(i(9, high=60), i(9, high=60))],
    lcm=[call(i(9, low=1, high=60), i(9, low=1, high=60))],
    ldexp=[call(X, N)],
    floor_divide=[call(-N, M), call(X, 2)],
    divide=[call(N, M)],
    mod=[call(-N, M)],
    power=[call(P, 2), call(N, 2)],
    add=[call(N, M), call(N, 1.5), call([1, 2], [3, 4])],
    clip=[call(X, -1.0, 1.0), call(N, 1, 3)],
    round=[call(X, 1), call(X * 3)],
    angle=[call(C), call(X)],
    conj=[call(C)],
    conjugate=[call(C)],
    real=[call(C)],
    imag=[call(C)],
    polar=[call(P, X)],
    view_as_complex=[call(f(3, 2))],
    view_as_real=[call(C)],
    sum=[call(N), call(X, axis=(0, 1)), call(b(3, 4), axis=0), call(X, 1, True)],
    mean=[call(N), call(X, (0, 1)), call(b(3, 4)), call(X, axis=-1, keepdims=True)],
    std=[call(N, axis=0)],
    var=[call(X, axis=1, keepdims=True)],
    prod=[call(N, axis=1), call(N, dtype="float32")],
    max=[call(X, axis=0, initial=1.0), call(N)],
    min=[call(X, axis=0, initial=-1.0)],
    moments=[call(X, [0]), call(X, [0, 1], keepdims=True)],
    average=[call(X), call(X, axis=1, weights=np.abs(V)), call(X, weights=P)],
    median=[call(X, axis=1), call(X, axis=(0, 1), keepdims=True), call(N)],
    quantile=[
        call(X, 0.3),
        call(X, [0.2, 0.9], axis=0),
        call(X, 0.4, axis=1, method="nearest"),
        call(X, 0.4, axis=1, method="midpoint", keepdims=True),
        call(X, 0.4, method="higher"),
    ],
    percentile=[call(X, 30.0), call(X, [20.0, 90.0], axis=1)],
    argmax=[call(X, axis=1), call(X, axis=0, keepdims=True)],
    argmin=[call(X, axis=1)],
    argsort=[call(X, axis=0)],
    sort=[call(N, axis=0)],
    argpartition=[],
    top_k=[call(X, 2)],
    in_top_k=[call(i(3, high=4), X, 2)],
    cumsum=[call(X, axis=1), call(N, axis=0), call(N, dtype="float32")],
    cumprod=[call(X, axis=1)],
    diff=[call(X, n=2), call(X, axis=0)],
    trapezoid=[call(X), call(X, dx=0.5, axis=0), call(X, x=np.sort(V))],
    count_nonzero=[call(N, axis=1)],
    any=[call(N, axis=1)],
    all=[call(b(3, 4), axis=0, keepdims=True)],
    bincount=[
        call(i(9)),
        call(i(9), weights=f(9)),
        call(i(9), minlength=8),
        call(i(2, 5), minlength=6),
    ],
    histogram=[call(V, bins=4), call(f(20), bins=3, range=(-1, 1))],
    digitize=[call(X, np.array([-1.0, 0.0, 1.0], np.float32))],
    searchsorted=[call(np.sort(V), f(5)), call(np.sort(V), f(5), side="right")],
    isin=[call(N, [1, 3]), call(N, [1, 3], invert=True)],
    unique=[
        call(N, return_inverse=True, return_counts=True, return_index=True),
        call(N, size=9, fill_value=0),
    ],
    arange=[call(5), call(2, 7), call(1.0, 2.0, 0.25), call(0, 6, 2, dtype="float32")],
    zeros=[call((2, 3)), call(4, dtype="int32")],
    ones=[call((2, 3)), call((2,), dtype="bool")],
    empty=[],
    full=[call((2, 3), 7), call((2, 3), 1.5, dtype="int32"), call((2, 3), f(3))],
    full_like=[call(X, 2), call(N, 2.0, dtype="float32")],
    zeros_like=[call(N), call(X, dtype="int32")],
    ones_like=[call(N), call(X, dtype="bool")],
    empty_like=[],
    eye=[call(3), call(3, 4, 1), call(3, k=-1, dtype="int32")],
    identity=[call(3), call(2, dtype="int32")],
    tri=[call(3), call(3, 4, 1), call(3, k=-1, dtype="int32")],
    linspace=[
        call(0, 1),
        call(0.0, 2.0, 7),
        call(0, 5, 5, endpoint=False),
        call(0, 1, 3, retstep=True),
        call(V, V + 1, 3, axis=1),
    ],
    logspace=[call(0, 2, 5), call(0, 2, 4, endpoint=False, base=2)],
    geomspace=[call(1.0, 100.0, 5)],
    meshgrid=[call(f(3), f(4)), call(f(3), f(4), indexing="ij")],
    vander=[call(V), call(V, 3, increasing=True)],
    array=[call([1, 2]), call([1.5, 2]), call(N, dtype="float32"), call(True)],
    convert_to_tensor=[call([[1, 2]]), call([1.0], dtype="int32"), call(np.arange(3.0))],
    reshape=[call(X, (2, -1)), call(X, (4, 3))],
    squeeze=[call(f(1, 3, 1)), call(f(1, 3, 1), axis=0)],
    expand_dims=[call(X, 0), call(X, -1), call(X, (0, 2))],
    transpose=[call(f(2, 3, 4), (2, 0, 1))],
    moveaxis=[call(f(2, 3, 4), 0, -1), call(f(2, 3, 4), (0, 1), (1, 2))],
    swapaxes=[call(f(2, 3, 4), 0, 2)],
    flip=[call(X, axis=0)],
    rot90=[call(X), call(X, 2), call(X, 3), call(f(2, 3, 4), 1, (1, 2)), call(X, -1)],
    roll=[call(X, 1), call(X, 2, axis=1), call(X, (1, -1), axis=(0, 1))],
    pad=[
        call(X, 1),
        call(X, ((1, 0), (0, 2))),
        call(X, ((1, 1), (1, 1)), mode="reflect"),
        call(X, ((1, 1), (1, 1)), mode="symmetric"),
        call(X, 1, constant_values=2.0),
    ],
    concatenate=[call([X, Y]), call([X, Y], axis=1), call([X, Y], axis=-1)],
    append=[call(X, Y, axis=0)],
    stack=[call([X, Y]), call([X, Y], axis=-1)],
    hstack=[call([X, Y]), call([V, V])],
    vstack=[call([X, Y]), call([V, V])],
    dstack=[call([X, Y]), call([V, V])],
    split=[call(f(6, 2), 3), call(f(6, 2), [1, 3]), call(X, 2, axis=1), call(X, [1], axis=-1)],
    array_split=[call(f(7), 3), call(X, 3, axis=1)],
    vsplit=[call(f(4, 2), 2)],
    hsplit=[call(X, 2), call(V, 2)],
    dsplit=[call(f(2, 3, 4), 2)],
    unstack=[call(X), call(X, axis=1), call(X, 3)],
    tile=[call(X, 2), call(X, (2, 1)), call(V, (2, 3))],
    repeat=[call(X, 2), call(X, 2, axis=1), call(X, ints([1, 0, 2]), axis=0)],
    take=[call(X, [0, 5]), call(X, [[0, 2]], axis=0), call(X, -1, axis=1)],
    take_along_axis=[
        call(X, i(3, 2, high=4), axis=1),
        call(X, i(2, 4, high=3), axis=0),
        call(X, i(5, high=12)),
    ],
    get_item=[call(X, 1), call(X, (slice(None), 2)), call(X, (slice(0, 2), slice(None, None, 2)))],
    slice=[
        call(X, (1, 1), (2, 2)),
        call(f(2, 3, 4), (0, 1, 2), (1, 2, 2)),
        call(X, np.array([0, 1]), (2, 2)),
    ],
    slice_update=[call(X, (1, 1), f(2, 2))],
    scatter=[call(ints([[0], [2]]), f(2, 3), (4, 3)), call(ints([[0, 1], [1, 1]]), f(2), (3, 3))],
    scatter_update=[
        call(X, [[0, 1], [2, 2]], f(2)),
        call(X, [[0], [2]], f(2, 4)),
        call(X, [[0], [0]], f(2, 4), reduction="add"),
    ],
    where=[call(X > 0, X, Y), call(b(3, 4), 1.0, 0.0), call(N > 2, N, 0)],
    select=[call([X > 1, X > 0], [X, Y], 5.0)],
    diag=[call(V), call(V, 1), call(V, -2), call(X), call(X, 1)],
    diagonal=[call(X, 1), call(f(2, 3, 4), 0, 1, 2), call(X, -1)],
    diagflat=[call(X, 1)],
    trace=[call(f(2, 3, 3), 0, 1, 2), call(X, 1)],
    tril=[call(X, 1), call(f(2, 3, 3), -1)],
    triu=[call(X, 1), call(N, -1)],
    unravel_index=[call(i(3), (3, 4))],
    broadcast_to=[call(V, (3, 4))],
    nonzero=[call(N)],
    dot=[
        call(X, V),
        call(X, f(4, 2)),
        call(V, V),
        call(f(2, 3, 4), f(4, 5)),
        call(f(2, 3), f(4, 3, 2)),
    ],
    matmul=[call(X, f(4, 2)), call(f(2, 3, 4), f(2, 4, 2)), call(V, f(4, 2)), call(N, N.T)],
    tensordot=[call(f(3, 4, 2), f(4, 2, 5)), call(X, Y, axes=[[0], [0]]), call(X, f(4, 2), axes=1)],
    einsum=[call("ij,jk->ik", X, f(4, 2))],
    inner=[call(f(2, 4), X)],
    vdot=[call(X, Y)],
    cross=[call(f(5, 3), f(5, 3)), call(f(2), f(2)), call(f(3, 5), f(3, 5), axis=0)],
    correlate=[
        call(f(6), f(3)),
        call(f(6), f(3), mode="same"),
        call(f(6), f(3), mode="full"),
        call(f(3), f(6), mode="full"),
        call(f(6), f(4), mode="same"),
    ],
    hanning=[call(7)],
    hamming=[call(7)],
    blackman=[call(7)],
    bartlett=[call(7)],
    kaiser=[call(7, 3.0)],
    norm=[
        call(X, axis=1),
        call(V, ord=1),
        call(V, ord=3),
        call(V, ord=np.inf),
        call(X, ord="fro"),
        call(X, ord=1),
        call(X, ord="nuc"),
        call(X, ord=2),
        call(X, axis=1, keepdims=True),
        call(V, ord=0),
    ],
    cholesky=[call(SPD), call(SPD, upper=True)],
    cholesky_inverse=[call(np.linalg.cholesky(SPD))],
    det=[call(A3)],
    inv=[call(A3)],
    slogdet=[call(A3), call(-SPD)],
    logdet=[call(SPD)],
    solve=[call(A3, f(3, 2)), call(A3, f(3))],
    lstsq=[call(f(5, 3), f(5, 2)), call(f(5, 3), f(5))],
    solve_triangular=[call(np.triu(SPD), f(3, 2)), call(np.tril(SPD), f(3, 2), lower=True)],
    pinv=[call(X)],
    matrix_rank=[call(X), call(np.outer(V, V))],
    eigh=[],
    qr=[],
    svd=[call(X, compute_uv=False)],
    fft=[call((X, Y))],
    fft2=[call((X, Y))],
    ifft2=[call((X, Y))],
    rfft=[call(X), call(X, fft_length=6)],
    irfft=[
        call((f(2, 5), f(2, 5) * np.array([0, 1, 1, 1, 0], np.float32))),
        call((f(2, 4), f(2, 4)), fft_length=7),
    ],
    stft=[call(f(2, 40), 8, 4, 16), call(f(40), 16, 8, 16, window="hamming", center=False)],
    istft=[call((f(2, 7, 9), f(2, 7, 9) * np.array([0, *[1] * 7, 0], np.float32)), 16, 4, 16)],
    extract_sequences=[call(f(2, 9), 4, 2)],
    segment_sum=[
        call(f(5, 2), ints([0, 1, 1, 0, 2])),
        call(f(5), ints([0, 2, 2, 0, 1]), num_segments=4),
    ],
    segment_max=[call(f(5, 2), ints([0, 1, 1, 0, 2]), num_segments=3)],
    segment_min=[call(f(5), ints([0, 1, 1, 0, 2]), num_segments=3)],
    segment_prod=[call(f(5), ints([0, 1, 1, 0, 2]), num_segments=3)],
    softmax=[call(f(2, 3, 4), axis=1), call(f(2, 3, 4), axis=(1, 2))],
    log_softmax=[call(X, axis=0)],
    glu=[call(X, axis=1)],
    gelu=[call(X, approximate=False)],
    leaky_relu=[call(X, 0.1)],
    elu=[call(X, 0.5)],
    celu=[call(X, 0.5)],
    squareplus=[call(X, 2)],
    threshold=[call(X, 0.5, -1.0)],
    one_hot=[call(i(3), 5), call(i(3), 5, axis=0), call(i(2, 3, high=4), 4, dtype="int32")],
    multi_hot=[call(i(3, 2), 5), call(i(4), 5), call(i(2, 3), 5, dtype="int32")],
    normalize=[call(X, axis=0), call(X, order=1)],
    batch_normalization=[
        call(X, f(4), np.abs(f(4)), -1, f(4), f(4)),
        call(f(2, 3, 4), f(3), np.abs(f(3)), axis=1),
    ],
    layer_normalization=[call(X, f(4), f(4)), call(f(2, 3, 4), axis=-1, epsilon=1e-3)],
    rms_normalization=[call(X, f(4))],
    conv=[
        call(f(2, 7, 3), f(3, 3, 4)),
        call(f(2, 6, 6, 3), f(3, 3, 3, 4), 2, "same"),
        call(f(1, 3, 6, 6), f(3, 3, 3, 2), data_format="channels_first"),
        call(f(1, 4, 4, 4, 2), f(2, 2, 2, 2, 3)),
        call(f(1, 7, 7, 2), f(3, 3, 2, 2), dilation_rate=2),
        call(f(1, 6, 6, 4), f(3, 3, 2, 6)),
        call(f(1, 6, 6, 2), f(3, 2, 2, 2), strides=(2, 1)),
    ],
    depthwise_conv=[
        call(f(2, 6, 6, 3), f(3, 3, 3, 2)),
        call(f(2, 7, 3), f(3, 3, 2)),
        call(f(2, 7, 3), f(3, 3, 1), 2, "same"),
    ],
    separable_conv=[
        call(f(2, 6, 6, 3), f(3, 3, 3, 1), f(1, 1, 3, 4), 1, "same"),
        call(f(2, 7, 3), f(3, 3, 1), f(1, 3, 4)),
    ],
    conv_transpose=[
        call(f(2, 4, 3), f(3, 5, 3), 2),
        call(f(1, 4, 4, 3), f(3, 3, 2, 3), 2, "same"),
        call(f(1, 4, 4, 3), f(2, 2, 2, 3)),
    ],
    max_pool=[
        call(f(2, 6, 6, 3), 2, 2),
        call(f(2, 7, 3), 3, 2, "same"),
        call(f(1, 4, 4, 4, 2), (2, 2, 2), (2, 2, 2)),
        call(f(1, 2, 6, 6), (2, 3), (2, 3), data_format="channels_first"),
    ],
    average_pool=[
        call(f(2, 6, 6, 3), 2, 2),
        call(f(2, 7, 3), 3, 2, "same"),
        call(f(1, 4, 4, 4, 2), (2, 2, 2), (2, 2, 2)),
    ],
    adaptive_average_pool=[call(f(2, 7, 6, 3), (3, 2)), call(f(2, 7, 3), 3)],
    adaptive_max_pool=[call(f(2, 7, 6, 3), (3, 2))],
    depth_to_space=[call(f(2, 3, 3, 8), 2)],
    space_to_depth=[call(f(2, 4, 4, 3), 2)],
    unfold=[call(f(2, 3, 5, 6), 2), call(f(1, 2, 6, 6), (3, 2), 1, 1, 2)],
    fold=[call(f(2, 12, 20), (5, 6), 2)],
    dot_product_attention=[
        call(f(2, 4, 3, 5), f(2, 6, 3, 5), f(2, 6, 3, 5)),
        call(f(2, 4, 3, 5), f(2, 4, 3, 5), f(2, 4, 3, 5), is_causal=True),
        call(f(2, 4, 3, 5), f(2, 6, 3, 5), f(2, 6, 3, 5), mask=b(2, 1, 4, 6) | True, scale=0.3),
    ],
    binary_crossentropy=[
        call(b(3, 4).astype(np.float32), f(3, 4, low=0.1, high=0.9)),
        call(f(3, 4, low=0.0, high=1.0), X, from_logits=True),
    ],
    categorical_crossentropy=[
        call(np.eye(4, dtype=np.float32)[:3], P),
        call(np.eye(4, dtype=np.float32)[:3], X, from_logits=True),
    ],
    sparse_categorical_crossentropy=[
        call(i(3, high=4), P),
        call(i(3, high=4), X, from_logits=True),
        call(i(3, 1, high=4), X, True),
    ],
    psnr=[call(P, P + 0.1, 2.0)],
    cast=[call(X, "int32"), call(N, "float32"), call(N, "bool")],
    saturate_cast=[call(X, "int32")],
    logical_and=[call(b(4), b(4))],
    logical_or=[call(b(4), b(4))],
    logical_not=[call(b(4))],
    equal=[call(N, 2)],
    rearrange=[call(f(2, 6, 3), "b (h w) c -> w b (h c)", h=2)],
    copy=[call(X)],
)

also(cdist=[call(f(3, 4), f(5, 4))])

IMAGE: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "resize": [
        call(PICTURES, (3, 4)),
        call(PICTURES[0], (9, 5), interpolation="nearest"),
        call(PICTURES, (5, 5), crop_to_aspect_ratio=True),
        call(PICTURES, (5, 5), pad_to_aspect_ratio=True),
        call(PICTURES.transpose(0, 3, 1, 2), (3, 4), data_format="channels_first"),
    ],
    "crop_images": [
        call(PICTURES, 1, 2, 0, 1),
        call(PICTURES, top_cropping=1, left_cropping=2, target_height=3, target_width=4),
        call(PICTURES, bottom_cropping=1, right_cropping=2, target_height=3, target_width=4),
    ],
    "pad_images": [
        call(PICTURES, 1, 2, 0, 1),
        call(PICTURES, top_padding=1, left_padding=2, target_height=9, target_width=12),
        call(PICTURES, bottom_padding=1, right_padding=2, target_height=9, target_width=12),
    ],
    "rgb_to_grayscale": [call(PICTURES), call(PICTURES[0])],
    "rgb_to_hsv": [call(PICTURES)],
    "hsv_to_rgb": [call(PICTURES)],
    "extract_patches": [call(PICTURES, (2, 2)), call(PICTURES, 3, strides=1, padding="same")],
    "affine_transform": [
        call(PICTURES, np.array([[1.0, 0.1, 0.5, 0.0, 1.0, -0.4, 0.0, 0.0]] * 2, np.float32)),
        call(
            PICTURES[0],
            np.array([1.0, 0.2, 0.5, 0.0, 1.0, -0.4, 0.0, 0.0], np.float32),
            interpolation="nearest",
            fill_mode="reflect",
        ),
    ],
    "gaussian_blur": [call(PICTURES), call(PICTURES, (5, 3), (1.5, 0.7))],
    "sobel_edges": [call(PICTURES)],
    "map_coordinates": [
        call(X, f(2, 5, low=0.0, high=2.0), 1),
        call(X, f(2, 5, low=-1.0, high=4.0), 0, fill_mode="nearest"),
        call(X, f(2, 5, low=-1.0, high=4.0), 1, fill_value=2.0),
    ],
}
