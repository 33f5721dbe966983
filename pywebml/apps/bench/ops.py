"""`bench ops`: heavy ops one by one, natively beside PyTorch, in a tab TensorFlow.js.

A row of `OPS` says an op's inputs for a size, our call, and the peers': PyTorch's as a
function, TensorFlow.js's as data, which the page makes a call of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ... import ops
from ...core.capture import Captured, capture
from ...core.tensor import Tensor, tensor
from ...device import get_device
from ...ops.complex_numbers import of_pairs, pairs
from .beside import torch_peer
from .measure import Row, Work, compare, repeated

CHAIN = 20
"""Most calls recorded in one replay on a GPU, where starting a replay takes time."""
_KEPT = 256 << 20  # bytes of results that a replay may keep


class Drawn(NamedTuple):
    """An input of this shape: normal floats, or with `below` whole numbers from 0 on,
    or floats from 0 to 1 if `share`.
    """

    shape: tuple[int, ...]
    below: int = 0
    share: bool = False

    def array(self, generator: Any) -> Any:
        """Its values, float32 or int32."""
        if self.share:
            return generator.random(self.shape, np.float32)
        if self.below:
            return generator.integers(0, self.below, self.shape, np.int32)
        return generator.standard_normal(self.shape, np.float32)


def floats(*shape: int) -> Drawn:
    return Drawn(shape)


def ints(below: int, *shape: int) -> Drawn:
    return Drawn(shape, below)


def shares(*shape: int) -> Drawn:
    return Drawn(shape, share=True)


class HeavyOp(NamedTuple):
    """A row. `sizes`: on a GPU, and in software, where tests run it as well. `torch`:
    called with the module and its tensors, None where PyTorch has no such op. `tfjs`:
    the function's name behind `tf.` and its arguments, "$0" the first tensor; () where
    TensorFlow.js has none.
    """

    name: str
    inputs: Callable[[int], Sequence[Drawn]]
    sizes: tuple[int, int]
    ours: Callable[..., Any]
    torch: Callable[..., Any] | None
    tfjs: tuple[Any, ...]

    def drawn(self) -> Sequence[Drawn]:
        """The inputs, in the size for the device in use."""
        return self.inputs(self.sizes[get_device().adapter.software])

    def arrays(self) -> list[Any]:
        """The inputs' values, the same each time."""
        generator = np.random.default_rng(0)
        return [one.array(generator) for one in self.drawn()]

    def title(self) -> str:
        shapes = ("x".join(map(str, one.shape)) or "scalar" for one in self.drawn())
        return f"{self.name} of {', '.join(shapes)}"


def _nchw(call: Callable[..., Any]) -> Callable[..., Any]:
    """A call of PyTorch's on pictures, channels last in memory and in the view."""
    return lambda torch, x, *others: call(torch, x.permute(0, 3, 1, 2), *others)


def _sampled_boxes(torch: Any, x: Any, boxes: Any, at: Any) -> Any:
    """crop_and_resize to 14 x 14: a picture for each box, sampled on a grid."""
    steps = torch.linspace(0, 1, 14, device=x.device)
    y = boxes[:, :1] + (boxes[:, 2:3] - boxes[:, :1]) * steps
    x_ = boxes[:, 1:2] + (boxes[:, 3:] - boxes[:, 1:2]) * steps
    grid = torch.stack([x_[:, None, :].expand(-1, 14, -1), y[:, :, None].expand(-1, -1, 14)], -1)
    pictures = x.permute(0, 3, 1, 2)[at.long()]
    return torch.nn.functional.grid_sample(pictures, grid * 2 - 1, align_corners=True)


OPS: tuple[HeavyOp, ...] = (
    HeavyOp(
        "matmul, batched",
        lambda n: (floats(n, 256, 256), floats(n, 256, 256)),
        (64, 2),
        ops.matmul,
        lambda torch, a, b: a @ b,
        ("matMul", "$0", "$1"),
    ),
    HeavyOp(
        "einsum",
        lambda n: (floats(n, 512, 8, 64), floats(n, 512, 8, 64)),
        (16, 1),
        lambda q, k: ops.einsum("bihd,bjhd->bhij", q, k),
        lambda torch, q, k: torch.einsum("bihd,bjhd->bhij", q, k),
        (),
    ),
    HeavyOp(
        "fft",
        lambda n: (floats(n, 1024, 2),),
        (8192, 4),
        lambda x: pairs(ops.spectral.fft(of_pairs(x))),
        lambda torch, x: torch.view_as_real(torch.fft.fft(torch.view_as_complex(x))),
        (),
    ),
    HeavyOp(
        "rfft",
        lambda n: (floats(n, 1024),),
        (16384, 4),
        lambda x: pairs(ops.spectral.rfft(x)),
        lambda torch, x: torch.view_as_real(torch.fft.rfft(x)),
        ("spectral.rfft", "$0"),
    ),
    HeavyOp(
        "softmax",
        lambda n: (floats(n, 1000),),
        (32768, 128),
        ops.softmax,
        lambda torch, x: x.softmax(-1),
        ("softmax", "$0"),
    ),
    HeavyOp(
        "sum of columns",
        lambda n: (floats(n, 1024),),
        (16384, 128),
        lambda x: ops.sum(x, 0),
        lambda torch, x: x.sum(0),
        ("sum", "$0", 0),
    ),
    HeavyOp(
        "argmax",
        lambda n: (floats(n, 1000),),
        (32768, 128),
        lambda x: ops.argmax(x, -1),
        lambda torch, x: x.argmax(-1),
        ("argMax", "$0", -1),
    ),
    HeavyOp(
        "transpose",
        lambda n: (floats(n, 64, 1024),),
        (256, 2),
        lambda x: ops.transpose(x, (2, 0, 1)),
        lambda torch, x: x.permute(2, 0, 1).contiguous(),
        ("transpose", "$0", [2, 0, 1]),
    ),
    HeavyOp(
        "gather",
        lambda n: (floats(n, 256), ints(n, n)),
        (65536, 512),
        ops.gather,
        lambda torch, x, at: x[at],
        ("gather", "$0", "$1"),
    ),
    HeavyOp(
        "unsorted_segment_sum",
        lambda n: (floats(n, 64), ints(1000, n)),
        (65536, 512),
        lambda x, at: ops.unsorted_segment_sum(x, at, 1000),
        lambda torch, x, at: x.new_zeros(1000, x.shape[1]).index_add_(0, at, x),
        ("unsortedSegmentSum", "$0", "$1", 1000),
    ),
    HeavyOp(
        "scatter_nd",
        lambda n: (ints(n, n, 1), floats(n, 64)),
        (65536, 512),
        lambda at, x: ops.scatter_nd(at, x, (1 << 16, 64)),
        lambda torch, at, x: x.new_zeros(1 << 16, 64).index_add_(0, at[:, 0], x),
        ("scatterND", "$0", "$1", [1 << 16, 64]),
    ),
    HeavyOp(
        "cumsum",
        lambda n: (floats(n, 1024),),
        (16384, 128),
        lambda x: ops.cumsum(x, 1),
        lambda torch, x: x.cumsum(1),
        ("cumsum", "$0", 1),
    ),
    HeavyOp(
        "cumsum of one row",
        lambda n: (floats(n),),
        (1 << 22, 1 << 16),
        ops.cumsum,
        lambda torch, x: x.cumsum(0),
        ("cumsum", "$0", 0),
    ),
    HeavyOp(
        "sort",
        lambda n: (floats(n),),
        (1 << 20, 1 << 14),
        ops.sort,
        lambda torch, x: x.sort().values,
        (),
    ),
    HeavyOp(
        "sort of rows",
        lambda n: (floats(n, 1000),),
        (8192, 32),
        ops.sort,
        lambda torch, x: x.sort(-1).values,
        (),
    ),
    HeavyOp(
        "top_k",
        lambda n: (floats(n, 10000),),
        (1024, 8),
        lambda x: ops.top_k(x, 10).values,
        lambda torch, x: x.topk(10).values,
        ("topk", "$0", 10),
    ),
    HeavyOp(
        "one_hot",
        lambda n: (ints(1000, n),),
        (32768, 128),
        lambda at: ops.one_hot(at, 1000),
        lambda torch, at: torch.nn.functional.one_hot(at.long(), 1000).float(),
        ("oneHot", "$0", 1000),
    ),
    HeavyOp(
        "resize_bilinear",
        lambda n: (floats(n, 128, 128, 3),),
        (64, 1),
        lambda x: ops.resize_bilinear(x, (256, 256), half_pixel_centers=True),
        _nchw(
            lambda torch, x: torch.nn.functional.interpolate(
                x, (256, 256), mode="bilinear", align_corners=False
            )
        ),
        ("image.resizeBilinear", "$0", [256, 256], False, True),
    ),
    HeavyOp(
        "resize_nearest_neighbor",
        lambda n: (floats(n, 128, 128, 4),),
        (64, 1),
        lambda x: ops.image.resize_nearest_neighbor(x, (256, 256)),
        _nchw(lambda torch, x: torch.nn.functional.interpolate(x, (256, 256), mode="nearest")),
        ("image.resizeNearestNeighbor", "$0", [256, 256]),
    ),
    HeavyOp(
        "crop_and_resize",
        lambda n: (floats(8, 64, 64, 64), shares(n, 4), ints(8, n)),
        (512, 4),
        lambda x, boxes, at: ops.image.crop_and_resize(x, boxes, at, (14, 14)),
        _sampled_boxes,
        ("image.cropAndResize", "$0", "$1", "$2", [14, 14]),
    ),
    HeavyOp(
        "non_max_suppression",
        lambda n: (shares(n, 4), shares(n)),
        (4096, 256),
        lambda boxes, scores: ops.image.non_max_suppression_padded(
            boxes, scores, 100, 0.5, 0.0, True
        ),
        None,
        ("image.nonMaxSuppressionPadded", "$0", "$1", 100, 0.5, 0, True),
    ),
    HeavyOp(
        "max_pool",
        lambda n: (floats(32, n, n, 64),),
        (112, 8),
        lambda x: ops.max_pool(x, 2, 2, "valid"),
        _nchw(lambda torch, x: torch.nn.functional.max_pool2d(x, 2, 2)),
        ("maxPool", "$0", 2, 2, "valid"),
    ),
    HeavyOp(
        "conv2d",
        lambda n: (floats(32, n, n, 64), floats(3, 3, 64, 64)),
        (56, 4),
        lambda x, w: ops.conv2d(x, w, 1, "same"),
        _nchw(
            lambda torch, x, w: torch.nn.functional.conv2d(
                x, w.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last), padding=1
            )
        ),
        ("conv2d", "$0", "$1", 1, "same"),
    ),
    HeavyOp(
        "conv1d",
        lambda n: (floats(64, n, 128), floats(5, 128, 128)),
        (1024, 32),
        lambda x, w: ops.conv1d(x, w, 1, "same"),
        lambda torch, x, w: torch.nn.functional.conv1d(
            x.permute(0, 2, 1), w.permute(2, 1, 0), padding=2
        ),
        ("conv1d", "$0", "$1", 1, "same"),
    ),
    HeavyOp(
        "conv3d",
        lambda n: (floats(4, n, n, n, 32), floats(3, 3, 3, 32, 64)),
        (32, 4),
        lambda x, w: ops.conv3d(x, w, 1, "same"),
        lambda torch, x, w: torch.nn.functional.conv3d(
            x.permute(0, 4, 1, 2, 3),
            w.permute(4, 3, 0, 1, 2).contiguous(memory_format=torch.channels_last_3d),
            padding=1,
        ),
        ("conv3d", "$0", "$1", 1, "same"),
    ),
    HeavyOp(
        "conv2d_transpose",
        lambda n: (floats(56, 56, n), floats(4, 4, 64, n)),
        (512, 4),
        lambda x, w: ops.conv2d_transpose(x, w, None, 2, "same"),
        lambda torch, x, w: torch.nn.functional.conv_transpose2d(
            x.permute(2, 0, 1), w.permute(3, 2, 0, 1), stride=2, padding=1
        ),
        ("conv2dTranspose", "$0", "$1", [112, 112, 64], 2, "same"),
    ),
)


def chosen(only: Sequence[str]) -> list[HeavyOp]:
    """The rows whose names are in `only`, or all where it is empty. ValueError for a
    name that is not there.
    """
    names = [row.name for row in OPS]
    if unknown := [name for name in only if name not in names]:
        raise ValueError(f"no op {unknown[0]!r} to time; there are {'; '.join(names)}")
    return [row for row in OPS if not only or row.name in only]


def rows(only: Sequence[str] = ()) -> Iterator[Row]:
    """A row per op and peer."""
    torch = torch_peer().load_torch()
    for heavy in chosen(only):
        arrays = heavy.arrays()
        peers: dict[str, Work] = {}
        if torch is not None and heavy.torch is not None:
            peers = torch_peer().calls(torch, heavy.torch, arrays)
        note = "many in a row, then one value read"
        yield from compare("ops", heavy.title(), ours(heavy, arrays), peers, note, seconds=1)


def ours(heavy: HeavyOp, arrays: Sequence[Any]) -> Work:
    """Our call, many times in a replay; one value of the last is read at the end."""
    replay, tensors, chain = chained(heavy, arrays)
    return repeated(partial(replay, *tensors), lambda last: last[0].data_sync(), each=chain)


def chained(heavy: HeavyOp, arrays: Sequence[Any]) -> tuple[Captured, list[Tensor], int]:
    """(replay, its arguments, calls in it): each call writes a result of its own, none
    is left out. A replay gives the first value of the last one, then all results.
    """
    tensors = [tensor(array) for array in arrays]
    chain = _calls(sum(one.spec.nbytes for one in _results(heavy.ours(*tensors))))

    def calls(*tensors: Tensor) -> Any:
        results = [_results(heavy.ours(*tensors)) for _ in range(chain)]
        corner = results[-1][0].reshape(-1)[:1].astype("float32")
        return corner, results

    replay: Captured = capture(calls, copy=False)
    return replay, tensors, chain


def _calls(nbytes: int) -> int:
    """How many calls with results of so many bytes go into a replay."""
    return 1 if get_device().adapter.software else max(1, min(CHAIN, _KEPT // nbytes))


def _results(value: Any) -> list[Tensor]:
    return [value] if isinstance(value, Tensor) else [t for t in value if math.prod(t.shape)]
