"""Written by tools/stubs.py from the functions of pywebml.ops; do not edit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from .tensor import Tensor

class Methods:
    _stack: ClassVar[Callable[..., Any]]
    def __add__(self, other: Any) -> Tensor: ...
    def __radd__(self, other: Any) -> Tensor: ...
    def __sub__(self, other: Any) -> Tensor: ...
    def __rsub__(self, other: Any) -> Tensor: ...
    def __mul__(self, other: Any) -> Tensor: ...
    def __rmul__(self, other: Any) -> Tensor: ...
    def __truediv__(self, other: Any) -> Tensor: ...
    def __rtruediv__(self, other: Any) -> Tensor: ...
    def __pow__(self, other: Any) -> Tensor: ...
    def __rpow__(self, other: Any) -> Tensor: ...
    def __floordiv__(self, other: Any) -> Tensor: ...
    def __rfloordiv__(self, other: Any) -> Tensor: ...
    def __mod__(self, other: Any) -> Tensor: ...
    def __rmod__(self, other: Any) -> Tensor: ...
    def __matmul__(self, other: Any) -> Tensor: ...
    def __rmatmul__(self, other: Any) -> Tensor: ...
    def __and__(self, other: Any) -> Tensor: ...
    def __rand__(self, other: Any) -> Tensor: ...
    def __or__(self, other: Any) -> Tensor: ...
    def __ror__(self, other: Any) -> Tensor: ...
    def __xor__(self, other: Any) -> Tensor: ...
    def __rxor__(self, other: Any) -> Tensor: ...
    def __lt__(self, other: Any) -> Tensor: ...
    def __le__(self, other: Any) -> Tensor: ...
    def __gt__(self, other: Any) -> Tensor: ...
    def __ge__(self, other: Any) -> Tensor: ...
    def abs(self) -> Tensor:
        """|x|; its gradient at 0 is 0."""

    def absolute(self) -> Tensor:
        """An alias of `abs`."""

    def acos(self) -> Tensor:
        """The angle in radians whose cosine is x; nan beyond -1 and 1. Integers give float32."""

    def acosh(self) -> Tensor:
        """The inverse hyperbolic cosine; nan below 1. Integers give float32."""

    def adaptive_average_pool(
        self,
        output_size: int | Sequence[int],
        data_format: str | None = None,
    ) -> Tensor:
        """Means of windows that cover sequences, pictures or volumes x [n,*sizes,c] evenly
        -> [n,*output_size,c]: output i of m sees inputs floor(i * size / m) to ceil((i + 1)
        * size / m).

        ValueError for another rank.

        Example:
            >>> x = ops.arange(5.0).reshape(1, 5, 1)
            >>> ops.adaptive_average_pool(x, 2).numpy()[0, :, 0]
            array([1., 3.], dtype=float32)
        """

    def adaptive_max_pool(
        self,
        output_size: int | Sequence[int],
        data_format: str | None = None,
    ) -> Tensor:
        """The largest values of the windows that `adaptive_average_pool` takes means of.

        Example:
            >>> x = ops.arange(5.0).reshape(1, 5, 1)
            >>> ops.adaptive_max_pool(x, 2).numpy()[0, :, 0]
            array([2., 4.], dtype=float32)
        """

    def add(self, b: Any) -> Tensor:
        """a + b, broadcast."""

    def all(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """True where every element along `axis` is true (not zero).

        Example:
            >>> ops.all([[1, 0], [2, 7]], axis=1).tolist()
            [False, True]
        """

    def amax(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """An alias of `max`."""

    def amin(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """An alias of `min`."""

    def any(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """True where some element along `axis` is true (not zero).

        Example:
            >>> ops.any([[0, 0], [0, 7]], axis=1).tolist()
            [False, True]
        """

    def arccos(self) -> Tensor:
        """An alias of `acos`."""

    def arccosh(self) -> Tensor:
        """An alias of `acosh`."""

    def arcsin(self) -> Tensor:
        """An alias of `asin`."""

    def arcsinh(self) -> Tensor:
        """An alias of `asinh`."""

    def arctan(self) -> Tensor:
        """An alias of `atan`."""

    def arctan2(self, b: Any) -> Tensor:
        """An alias of `atan2`."""

    def arctanh(self) -> Tensor:
        """An alias of `atanh`."""

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """int32 index of the largest along `axis`, the first of equals; of the flattened x
        without an axis. NaN counts as largest.

        Example:
            >>> ops.argmax([[1.0, 5.0], [3.0, 3.0]], axis=1).tolist()
            [1, 0]
        """

    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """int32 index of the smallest along `axis`, the first of equals; of the flattened x
        without an axis. NaN counts as smallest.

        Example:
            >>> ops.argmin([[1.0, 5.0], [3.0, 2.0]], axis=1).tolist()
            [0, 1]
        """

    def argsort(self, axis: int = -1, *, descending: bool = False) -> Tensor:
        """int32 places that bring x in order along `axis`, of equal values the lower place
        first. NaN counts as largest.

        Example:
            >>> ops.argsort([3.0, 1.0, 2.0]).tolist()
            [1, 2, 0]
        """

    def asin(self) -> Tensor:
        """The angle in radians whose sine is x; nan beyond -1 and 1. Integers give float32."""

    def asinh(self) -> Tensor:
        """The inverse hyperbolic sine. Integers give float32."""

    def atan(self) -> Tensor:
        """The angle in radians, from -pi/2 to pi/2, whose tangent is x. Integers give float32."""

    def atan2(self, b: Any) -> Tensor:
        """The angle in radians of the point of height a and width b. Integers give float32."""

    def atanh(self) -> Tensor:
        """The inverse hyperbolic tangent; nan beyond -1 and 1. Integers give float32."""

    def average_pool(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        *,
        data_format: str | None = "NHWC",
    ) -> Tensor:
        """An alias of `avg_pool`."""

    def avg_pool(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        *,
        data_format: str | None = "NHWC",
    ) -> Tensor:
        """The mean of each window of x [n,h,w,c] or [h,w,c] -> [n,oh,ow,c], over values
        inside the picture only; arguments as for `max_pool`.

        Example:
            >>> x = ops.arange(16.0).reshape(1, 4, 4, 1)
            >>> ops.avg_pool(x, 2).numpy()[0, :, :, 0]
            array([[ 2.5,  4.5],
                   [10.5, 12.5]], dtype=float32)
        """

    def avg_pool1d(
        self,
        pool_size: int,
        strides: int | None = None,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        *,
        data_format: str | None = "NWC",
    ) -> Tensor:
        """The mean of each window of sequences x [n,w,c] or [w,c] -> [n,ow,c], over values
        inside only; arguments as for `max_pool`.

        Example:
            >>> ops.avg_pool1d(ops.arange(6.0).reshape(1, 6, 1), 2).numpy()[0, :, 0]
            array([0.5, 2.5, 4.5], dtype=float32)
        """

    def avg_pool3d(
        self,
        pool_size: int | tuple[int, int, int],
        strides: int | tuple[int, int, int] | None = None,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        data_format: str | None = "NDHWC",
    ) -> Tensor:
        """The mean of each box of volumes x [n,d,h,w,c] or [d,h,w,c] -> [n,od,oh,ow,c],
        over values inside only; arguments as for `max_pool`.

        Example:
            >>> ops.avg_pool3d(ops.arange(8.0).reshape(1, 2, 2, 2, 1), 2).tolist()
            [[[[[3.5]]]]]
        """

    def band_part(self, num_lower: int | Tensor, num_upper: int | Tensor) -> Tensor:
        """a [..., m, n] with 0 everywhere but on the diagonal, `num_lower` diagonals below
        it and `num_upper` above; -1 means all of them. (tf.linalg.bandPart)

        ValueError for a rank below 2 or more diagonals than there are.

        Example:
            >>> ops.linalg.band_part([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 0, 1).tolist()
            [[1, 2, 0], [0, 5, 6], [0, 0, 9]]
        """

    def basic_lstm_cell(
        self,
        lstm_kernel: Any,
        lstm_bias: Any,
        data: Any,
        c: Any,
        h: Any,
    ) -> tuple[Tensor, Tensor]:
        """One step of a long short-term memory: data [n, k], c and h [n, u] -> (c, h) after
        it.

        i, g, f, o = (data, h) . lstm_kernel + lstm_bias; c' = c sigmoid(f + forget_bias) +
        sigmoid(i) tanh(g); h' = tanh(c') sigmoid(o). `lstm_kernel` is [k + u, 4 u] and
        `lstm_bias` [4 u]. TensorFlow.js's `tf.basicLSTMCell`; `ops.lstm` takes whole
        sequences, with Keras's kernels.

        Example:
            >>> state = ops.zeros((1, 1))
            >>> kernel, bias = ops.ones((3, 4)), ops.zeros(4)
            >>> c, h = ops.basic_lstm_cell(1.0, kernel, bias, [[1, 1]], state, state)
            >>> c.shape, h.shape
            ((1, 1), (1, 1))
        """

    def batch_norm(
        self,
        mean: Any,
        variance: Any,
        offset: Any = None,
        scale: Any = None,
        variance_epsilon: float = 0.001,
    ) -> Tensor:
        """(x - mean) / sqrt(variance + variance_epsilon) * scale + offset: x with channels
        last, the others [channels] or shapes that broadcast to x's.

        ValueError where one does not fit, or they have different ranks.

        Source: Ioffe & Szegedy 2015.

        Example:
            >>> ops.batch_norm([[1.0], [5.0]], [3.0], [4.0], variance_epsilon=0.0).tolist()
            [[-1.0], [1.0]]
        """

    def batch_norm2d(
        self,
        mean: Any,
        variance: Any,
        offset: Any = None,
        scale: Any = None,
        variance_epsilon: float = 0.001,
    ) -> Tensor:
        """`batch_norm` of x [n, c], which is checked.

        ValueError for another rank, and as `batch_norm`.

        Example:
            >>> x = ops.ones((1, 1))
            >>> ops.batch_norm2d(x, [0.0], [1.0], variance_epsilon=0.0).shape
            (1, 1)
        """

    def batch_norm3d(
        self,
        mean: Any,
        variance: Any,
        offset: Any = None,
        scale: Any = None,
        variance_epsilon: float = 0.001,
    ) -> Tensor:
        """`batch_norm` of x [n, w, c], which is checked.

        ValueError for another rank, and as `batch_norm`.

        Example:
            >>> x = ops.ones((1, 1, 1))
            >>> ops.batch_norm3d(x, [0.0], [1.0], variance_epsilon=0.0).shape
            (1, 1, 1)
        """

    def batch_norm4d(
        self,
        mean: Any,
        variance: Any,
        offset: Any = None,
        scale: Any = None,
        variance_epsilon: float = 0.001,
    ) -> Tensor:
        """`batch_norm` of x [n, h, w, c], which is checked.

        ValueError for another rank, and as `batch_norm`.

        Example:
            >>> x = ops.ones((1, 1, 1, 1))
            >>> ops.batch_norm4d(x, [0.0], [1.0], variance_epsilon=0.0).shape
            (1, 1, 1, 1)
        """

    def batch_to_space_nd(
        self,
        block_shape: Sequence[int],
        crops: Sequence[Sequence[int]],
    ) -> Tensor:
        """The way back from `space_to_batch_nd`: examples become places in blocks, and
        `crops` (before, after) are cut off each axis. ValueError where the examples do not
        divide.

        Example:
            >>> ops.batch_to_space_nd([[1, 3], [2, 4]], [2], [[0, 0]]).tolist()
            [[1, 2, 3, 4]]
        """

    def bincount(self, weights: Any = None, *, size: int) -> Tensor:
        """[size]: how often each number from 0 on is among int32 x [n], or the sum of its
        `weights` [n]; others are dropped. `size` has to be said, as x is not read back.

        Example:
            >>> ops.bincount([1, 1, 3], size=5).tolist()
            [0, 2, 0, 1, 0]
        """

    def bitwise_and(self, b: Any) -> Tensor:
        """The bits that are set in both, of integers; of bools whether both are true."""

    def bitwise_invert(self) -> Tensor:
        """An alias of `bitwise_not`."""

    def bitwise_not(self) -> Tensor:
        """The bits of integers turned over: -x - 1 for int32; of bools the others.
        TypeError for floats.

        Example:
            >>> ops.bitwise_not([0, 5, -1]).tolist()
            [-1, -6, 0]
            >>> (~pw.tensor([True, False])).tolist()
            [False, True]
        """

    def bitwise_or(self, b: Any) -> Tensor:
        """The bits that are set in either, of integers; of bools whether one is true."""

    def bitwise_xor(self, b: Any) -> Tensor:
        """The bits that are set in one of the two, of integers; of bools whether they differ."""

    def boolean_mask(self, mask: Any, axis: int = 0) -> Tensor:
        """`boolean_mask_async`, which waits by itself; in a browser tab that needs JSPI.

        Example:
            >>> ops.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]]).tolist()
            [1, 3, 4]
        """

    def boolean_mask_async(self, mask: Any, axis: int = 0) -> Tensor:
        """The entries of x where `mask` is true: the mask's axes lie over x's from `axis`
        on, and become one. Awaited, as how many there are is read back.

        Example:
            >>> pw.run_sync(ops.boolean_mask_async([1, 2, 3], [True, False, True])).tolist()
            [1, 3]
        """

    def broadcast_to(self, shape: Sequence[int]) -> Tensor:
        """x repeated to `shape` by NumPy's rule: axes are matched from the last on, and
        those of size 1 are repeated.

        Example:
            >>> ops.broadcast_to([1, 2], (3, 2)).tolist()
            [[1, 2], [1, 2], [1, 2]]
        """

    def bytes_dense(
        self,
        weights: Any,
        scale: Any,
        low: Any,
        bias: Any,
        *,
        activation: str | None = None,
    ) -> Tensor:
        """activation(x . w^T + bias) over the last axis with w = weights * scale + low, a
        number of each for every row: x [..., k], weights uint8 [n, k rounded up to a
        multiple of 4], scale, low and bias [n] -> [..., n]. The bytes are read as they are;
        nothing of w's size is made on a GPU.

        It has no gradient. TypeError for other dtypes; ValueError for shapes that do not
        fit.

        Example:
            >>> weights = np.array([[0, 1, 2, 0], [255, 0, 0, 0]], np.uint8)
            >>> scale, low, bias = [0.5, 1.0], [0.0, -1.0], [0.0, 10.0]
            >>> ops.bytes_dense([[1.0, 1.0, 1.0]], weights, scale, low, bias).tolist()
            [[1.5, 262.0]]
        """

    def cast(self, dtype: str) -> Tensor:
        """x converted to 'float32', 'float16', 'int32', 'uint32' or 'bool'; floats are cut
        towards zero on the way to integers.

        float16 has 11 bits (a relative rounding of at most 4.9e-4) and ends at 65,504;
        beyond that is infinity. ValueError for another dtype.

        Example:
            >>> ops.cast([-1.7, 1.7], "int32").tolist()
            [-1, 1]
        """

    def ceil(self) -> Tensor:
        """Rounded up."""

    def celu(self, alpha: float = 1.0) -> Tensor:
        """x where positive, else alpha * (exp(x / alpha) - 1), whose slope has no jump at 0
        (Barron 2017). ValueError for an alpha that is not above 0.

        Example:
            >>> ops.celu([-2.0, 1.0], 2.0).numpy()
            array([-1.2642,  1.    ], dtype=float32)
        """

    def cholesky(self) -> Tensor:
        """l [..., n, n], lower triangular with a = l . l^T, for symmetric positive definite
        a (its lower half is read). NaN where a is not positive definite.

        Example:
            >>> ops.linalg.cholesky([[4.0, 2.0], [2.0, 5.0]]).tolist()
            [[2.0, 0.0], [1.0, 2.0]]
        """

    def clip(self, low: float, high: float) -> Tensor:
        """An alias of `clip_by_value`."""

    def clip_by_value(self, low: float, high: float) -> Tensor:
        """x limited to [low, high]. ValueError if low is above high.

        Example:
            >>> ops.clip_by_value([-2.0, 0.5, 3.0], 0, 1).tolist()
            [0.0, 0.5, 1.0]
        """

    def clone(self) -> Tensor:
        """An alias of `identity`."""

    def complex(self, imag: Any) -> Tensor:
        """complex64 of a real and an imaginary part, of one shape; the parts become
        float32.

        Example:
            >>> ops.complex([1.0, 2.0], [0.5, -1.0]).tolist()
            [(1+0.5j), (2-1j)]
        """

    def confusion_matrix(self, predictions: Any, num_classes: int) -> Tensor:
        """int32 [classes, classes]: how often a true class (row) was predicted as another
        (column), of int32 labels and predictions [n]; classes outside are dropped.

        Example:
            >>> ops.confusion_matrix([0, 1, 1], [0, 1, 0], 2).tolist()
            [[1, 0], [1, 1]]
        """

    def conj(self) -> Tensor:
        """The conjugate, with the imaginary part negated; numbers that are real as they
        are.

        Example:
            >>> ops.conj([3 + 4j, 1]).tolist()
            [(3-4j), (1-0j)]
        """

    def conjugate(self) -> Tensor:
        """An alias of `conj`."""

    def conv1d(
        self,
        filter: Any,
        stride: int = 1,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        data_format: str | None = "NWC",
        dilation: int = 1,
        dim_rounding_mode: str | None = None,
        *,
        bias: Any = None,
        activation: str | None = None,
        groups: int = 1,
    ) -> Tensor:
        """Convolves sequences x [n,w,c], or one [w,c], with a filter [k,c,f] -> [n,ow,f];
        arguments as for `conv2d`, with `padding` in numbers as ((before, after),).

        ValueError for shapes that do not fit together, and for a stride with a dilation.

        Example:
            >>> x, filter = ops.arange(5.0).reshape(1, 5, 1), ops.ones((3, 1, 1))
            >>> ops.conv1d(x, filter, padding="same").numpy()[0, :, 0]
            array([1., 3., 6., 9., 7.], dtype=float32)
        """

    def conv1d_transpose(
        self,
        filter: Any,
        output_shape: Sequence[int] | None = None,
        strides: int = 1,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        *,
        data_format: str | None = "NWC",
        dilations: int = 1,
        output_padding: int | Sequence[int] | None = None,
    ) -> Tensor:
        """What `conv1d` makes of sequences, turned round: x [n,w,f] or [w,f] and a filter
        [k,c,f] -> [n,ow,c]; arguments as for `conv2d_transpose`.

        Example:
            >>> x, filter = pw.tensor([[[1.0], [2.0]]]), ops.ones((2, 1, 1))
            >>> ops.conv1d_transpose(x, filter, strides=2).numpy()[0, :, 0]
            array([1., 1., 2., 2.], dtype=float32)
        """

    def conv2d(
        self,
        filter: Any,
        strides: int | tuple[int, int] = 1,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        data_format: str | None = "NHWC",
        dilations: int | tuple[int, int] = 1,
        dim_rounding_mode: str | None = None,
        *,
        bias: Any = None,
        activation: str | None = None,
        groups: int = 1,
    ) -> Tensor:
        """Convolves pictures x [n,h,w,c], or one [h,w,c], with a filter [kh,kw,c,f]; bias
        [f] and activation are applied in the same kernel. Returns [n,oh,ow,f].

        `padding` is 'valid', 'same' (TensorFlow's rule), a number or ((top, bottom), (left,
        right)); with numbers `dim_rounding_mode` 'ceil' or 'round' has a last window stick
        out. With `data_format` 'NCHW' or 'channels_first' x and the result are [n,c,h,w].
        `activation` is None, 'relu', 'relu6', 'sigmoid' or 'tanh'. With `groups` the
        channels of x and those of the result are cut into as many parts, of which each sees
        its own: the filter is [kh,kw,c/groups,f]. ValueError for shapes that do not fit
        together, and for strides with dilations.

        Example:
            >>> pictures, filter = ops.ones((1, 3, 3, 2)), ops.ones((3, 3, 2, 1))
            >>> ops.conv2d(pictures, filter, padding="same").numpy()[0, :, :, 0]
            array([[ 8., 12.,  8.],
                   [12., 18., 12.],
                   [ 8., 12.,  8.]], dtype=float32)
        """

    def conv2d_transpose(
        self,
        filter: Any,
        output_shape: Sequence[int] | None = None,
        strides: int | tuple[int, int] = 1,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        *,
        data_format: str | None = "NHWC",
        dilations: int | tuple[int, int] = 1,
        output_padding: int | Sequence[int] | None = None,
    ) -> Tensor:
        """What `conv2d` makes of pictures, turned round: x [n,h,w,f] or [h,w,f] and a
        filter [kh,kw,c,f] -> pictures [n,oh,ow,c] of which a convolution with these
        arguments makes x's size ("deconvolution").

        Several sizes may be made to one by strides, so `output_shape` says which is meant
        (with or without the batch); by default strides times x's for 'same', and else what
        the windows cover. `output_padding` says it as Keras does: how much is added to the
        least size. The other arguments are those of `conv2d`. ValueError where the shapes
        do not fit together.

        Example:
            >>> x, filter = pw.tensor([[[[1.0], [2.0]]]]), ops.ones((2, 2, 1, 1))
            >>> ops.conv2d_transpose(x, filter, strides=2).numpy()[0, :, :, 0]
            array([[1., 1., 2., 2.],
                   [1., 1., 2., 2.]], dtype=float32)
        """

    def conv3d(
        self,
        filter: Any,
        strides: int | tuple[int, int, int] = 1,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        data_format: str | None = "NDHWC",
        dilations: int | tuple[int, int, int] = 1,
        *,
        bias: Any = None,
        activation: str | None = None,
        groups: int = 1,
    ) -> Tensor:
        """Convolves volumes x [n,d,h,w,c], or one [d,h,w,c], with a filter [kd,kh,kw,c,f]
        -> [n,od,oh,ow,f]; arguments as for `conv2d`, with three sizes.

        ValueError for shapes that do not fit together, and for strides with dilations.

        Example:
            >>> volumes, filter = ops.ones((1, 3, 3, 3, 1)), ops.ones((2, 2, 2, 1, 1))
            >>> ops.conv3d(volumes, filter, strides=2).tolist()
            [[[[[8.0]]]]]
        """

    def conv3d_transpose(
        self,
        filter: Any,
        output_shape: Sequence[int] | None = None,
        strides: int | tuple[int, int, int] = 1,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        *,
        data_format: str | None = "NDHWC",
        dilations: int | tuple[int, int, int] = 1,
        output_padding: int | Sequence[int] | None = None,
    ) -> Tensor:
        """What `conv3d` makes of volumes, turned round: x [n,d,h,w,f] or [d,h,w,f] and a
        filter [kd,kh,kw,c,f] -> [n,od,oh,ow,c]; arguments as for `conv2d_transpose`.

        Example:
            >>> x, filter = ops.ones((1, 1, 1, 1, 1)), ops.ones((2, 2, 2, 1, 1))
            >>> ops.conv3d_transpose(x, filter).shape
            (1, 2, 2, 2, 1)
        """

    def cos(self) -> Tensor:
        """The cosine of x in radians. Integers give float32."""

    def cosh(self) -> Tensor:
        """The hyperbolic cosine. Integers give float32."""

    def cumprod(self, axis: int = 0, *, exclusive: bool = False, reverse: bool = False) -> Tensor:
        """Running products along `axis`: y[j] = x[0] * ... * x[j]. `exclusive` leaves x[j]
        out, `reverse` begins at the end. The gradient is right with zeros, too.

        Example:
            >>> ops.cumprod([2, 3, 4]).tolist()
            [2, 6, 24]
        """

    def cumsum(self, axis: int = 0, *, exclusive: bool = False, reverse: bool = False) -> Tensor:
        """Running sums along `axis`: y[j] = x[0] + ... + x[j]. `exclusive` leaves x[j] out,
        `reverse` sums from the end. Bools are counted in int32; integers wrap at 32 bits.

        Example:
            >>> ops.cumsum([1, 2, 3]).tolist(), ops.cumsum([1, 2, 3], exclusive=True).tolist()
            ([1, 3, 6], [0, 1, 3])
            >>> ops.cumsum([[1, 2], [3, 4]], axis=1, reverse=True).tolist()
            [[3, 2], [7, 4]]
        """

    def dense(self, kernel: Any, bias: Any = None, *, activation: str | None = None) -> Tensor:
        """activation(x . kernel + bias) over the last axis: x [..., k], kernel [k, n], bias
        [n] or None -> [..., n], in one kernel.

        `activation`: None, 'relu', 'relu6', 'sigmoid' or 'tanh'. ValueError for other words
        or shapes that do not fit.

        Example:
            >>> x, kernel, bias = [[1.0, 2.0]], [[1.0, -1.0], [1.0, -1.0]], [0.5, 0.5]
            >>> ops.dense(x, kernel, bias, activation="relu").tolist()
            [[3.5, 0.0]]
        """

    def dense_bincount(
        self,
        weights: Any = None,
        size: int = 0,
        binary_output: bool = False,
    ) -> Tensor:
        """[..., size]: `bincount` of int32 x [n], or of each row of [rows, n]; with
        `binary_output` 1 for each number that is there at all.

        Example:
            >>> ops.dense_bincount([[1, 1, 3], [0, 0, 0]], None, 4).tolist()
            [[0, 2, 0, 1], [3, 0, 0, 0]]
        """

    def depth_to_space(self, block_size: int, data_format: str = "NHWC") -> Tensor:
        """[batch, height * b, width * b, channels / b^2]: the channels of each pixel become
        a block of b x b pixels (sub-pixel convolution, Shi et al. 2016). ValueError where
        b^2 does not divide the channels.

        Example:
            >>> ops.depth_to_space([[[[1, 2, 3, 4]]]], 2).tolist()
            [[[[1], [2]], [[3], [4]]]]
        """

    def depthwise_conv1d(
        self,
        filter: Any,
        stride: int = 1,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        data_format: str | None = "NWC",
        dilation: int = 1,
        dim_rounding_mode: str | None = None,
        *,
        bias: Any = None,
        activation: str | None = None,
    ) -> Tensor:
        """Convolves every channel of sequences x [n,w,c] or [w,c] with its own m filters
        [k,c,m] -> [n,ow,c*m]; arguments as for `conv1d`.

        Example:
            >>> x, filter = ops.arange(8.0).reshape(1, 4, 2), ops.ones((2, 2, 1))
            >>> ops.depthwise_conv1d(x, filter).numpy()[0]
            array([[ 2.,  4.],
                   [ 6.,  8.],
                   [10., 12.]], dtype=float32)
        """

    def depthwise_conv2d(
        self,
        filter: Any,
        strides: int | tuple[int, int] = 1,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        data_format: str | None = "NHWC",
        dilations: int | tuple[int, int] = 1,
        dim_rounding_mode: str | None = None,
        *,
        bias: Any = None,
        activation: str | None = None,
    ) -> Tensor:
        """Convolves every channel of x [n,h,w,c] or [h,w,c] with its own m filters
        [kh,kw,c,m]; arguments as for `conv2d`.

        Returns [n,oh,ow,c*m]. ValueError for shapes that do not fit together.

        Example:
            >>> pictures, filter = ops.ones((1, 4, 4, 2)), ops.ones((3, 3, 2, 1))
            >>> ops.depthwise_conv2d(pictures, filter, bias=[0.0, 1.0]).numpy()[0, 0]
            array([[ 9., 10.],
                   [ 9., 10.]], dtype=float32)
        """

    def det(self) -> Tensor:
        """The determinants [...] of a [..., n, n]. Their gradient needs a to be regular.

        Example:
            >>> ops.linalg.det([[2.0, 0.0], [1.0, 3.0]]).item()
            6.0
        """

    def diag(self) -> Tensor:
        """x on the diagonal, 0 elsewhere: the result's shape is x's twice, and
        y[i..., i...] = x[i...].

        Example:
            >>> ops.diag([1, 2]).tolist()
            [[1, 0], [0, 2]]
        """

    def dilation2d(
        self,
        filter: Any,
        strides: int | tuple[int, int] = 1,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        dilations: int | tuple[int, int] = 1,
        data_format: str | None = "NHWC",
    ) -> Tensor:
        """The largest of x + filter in each window, of pictures x [n,h,w,c] or [h,w,c] and
        a filter [kh,kw,c]: y[n,i,j,c] = max over k, l of x[n, i*s + k*d, j*s + l*d, c] +
        filter[k,l,c]. The other arguments are those of `conv2d`; padding never is the
        largest.

        ValueError for shapes that do not fit together. Of equal sums the first gets the
        gradient.

        Example:
            >>> x = pw.tensor([[[1.0], [5.0]], [[2.0], [3.0]]])
            >>> ops.dilation2d(x, ops.zeros((2, 2, 1))).tolist()
            [[[5.0]]]
        """

    def div(self, b: Any) -> Tensor:
        """a / b in floats, broadcast; `floor_div` is the one of integers. Integers give float32."""

    def div_no_nan(self, b: Any) -> Tensor:
        """a / b in floats, broadcast, and 0 where b is 0. Integers give float32."""

    def divide(self, b: Any) -> Tensor:
        """An alias of `div`."""

    def divide_no_nan(self, b: Any) -> Tensor:
        """An alias of `div_no_nan`."""

    def dot(self, b: Any) -> Tensor:
        """The product of two vectors, a vector and a matrix, or two matrices: the sum over
        a's last axis and b's first. (tf.dot)

        ValueError for other ranks (see `matmul`, `einsum`) or lengths that differ.

        Example:
            >>> ops.dot([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]).item()
            32.0
        """

    def dot_product_attention(
        self,
        key: Any,
        value: Any,
        bias: Any = None,
        mask: Any = None,
        scale: float | None = None,
        is_causal: bool = False,
        flash_attention: bool | None = None,
    ) -> Tensor:
        """softmax(scale * query . key + bias) . value for each head: query [batch, queries,
        heads, n], key [batch, keys, heads, n], value [batch, keys, heads, m] -> [batch,
        queries, heads, m] (Vaswani et al. 2017). `scale` is 1 / sqrt(n) where not said.

        Key and value may have fewer heads, each for the same number of neighbouring ones of
        the query. A mask is True where a key is seen, and broadcasts to [batch, heads,
        queries, keys], as a bias does; `is_causal` lets a query see keys up to its own
        place only. `flash_attention` is Keras's; there is one way here.

        ValueError for shapes that do not fit.

        Example:
            >>> x = ops.ones((1, 3, 2, 4))
            >>> ops.dot_product_attention(x, x, x).shape
            (1, 3, 2, 4)
        """

    def dropout(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: float | None = None,
        *,
        generator: Any | None = None,
    ) -> Tensor:
        """x with each element zeroed with probability `rate` and the others divided by 1 -
        rate; gradients go through the same mask. Integers give float32.

        Where `noise_shape` has 1 instead of the size of x, all along that axis share their
        fate; None stands for the size. A `generator` is a stream of its own. ValueError
        unless 0 <= rate < 1, and for a noise_shape that does not broadcast to x.

        Example:
            >>> x = ops.dropout(ops.ones((1000,)), 0.5, seed=7)
            >>> sorted(set(x.tolist()))
            [0.0, 2.0]
            >>> rows = ops.dropout(ops.ones((50, 2)), 0.5, (None, 1), seed=7)
            >>> bool((rows[:, 0] == rows[:, 1]).all())
            True
        """

    def dynamic_slice(self, start: Any, size: int) -> Tensor:
        """`size` rows of axis 0 from `start` on, an int32 tensor of one value that stays on
        the device.

        So one captured plan can walk through a data set. A start that would leave x is
        clamped, on every host.

        Example:
            >>> ops.dynamic_slice([[1], [2], [3], [4]], start=[2], size=2).tolist()
            [[3], [4]]
        """

    def elu(self, alpha: float = 1.0) -> Tensor:
        """x where positive, else alpha * (exp(x) - 1); float32 for integers (Clevert,
        Unterthiner & Hochreiter 2016).

        Example:
            >>> ops.elu([-1.0, 2.0], 0.5).numpy()
            array([-0.3161,  2.    ], dtype=float32)
        """

    def ensure_shape(self, shape: Sequence[int | None]) -> Tensor:
        """x itself. ValueError if its shape is another; None or -1 stands for any size.

        Example:
            >>> ops.ensure_shape([[1, 2, 3]], (None, 3)).tolist()
            [[1, 2, 3]]
        """

    def equal(self, b: Any) -> Tensor:
        """a == b as bool."""

    def erf(self) -> Tensor:
        """The error function. Integers give float32."""

    def erfc(self) -> Tensor:
        """1 - erf(x), with all digits where that is small. Integers give float32."""

    def erfinv(self) -> Tensor:
        """The inverse of erf; nan beyond -1 and 1. Integers give float32."""

    def euclidean_norm(
        self,
        axis: int | Sequence[int] | None = None,
        keepdims: bool = False,
    ) -> Tensor:
        """sqrt(sum(x^2)) over `axis` (one, several, or all). (tf.euclideanNorm)

        Example:
            >>> ops.euclidean_norm([[3.0, 4.0], [6.0, 8.0]], axis=1).tolist()
            [5.0, 10.0]
        """

    def exp(self) -> Tensor:
        """e to the power x. Integers give float32."""

    def expand_dims(self, axis: int = 0) -> Tensor:
        """x with a new axis of size 1; a view.

        Example:
            >>> ops.expand_dims([1, 2, 3], -1).shape
            (3, 1)
        """

    def expm1(self) -> Tensor:
        """exp(x) - 1, accurate near 0. Integers give float32."""

    def fft(self) -> Tensor:
        """The discrete Fourier transforms along the last axis, y[k] = sum over i of x[i]
        exp(-2 pi i k / n), complex64 of x's shape; real numbers are taken for complex ones.
        (tf.spectral.fft)

        Any length; powers of two are fastest, others take some four times as long.

        Example:
            >>> ops.spectral.fft([1 + 0j, 2, 3, 4]).numpy().round(4)
            array([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j], dtype=complex64)
        """

    def fft2(self) -> Tensor:
        """The transforms along the last two axes, [..., m, n].

        Example:
            >>> ops.spectral.fft2([[1.0, 2.0], [3.0, 4.0]]).numpy().round(4)
            array([[10.+0.j, -2.+0.j],
                   [-4.+0.j,  0.+0.j]], dtype=complex64)
        """

    def flip(self, axis: int | Sequence[int] | None = None) -> Tensor:
        """The order along `axis` (one, several or, by default, all) reversed.

        Example:
            >>> ops.flip([[1, 2], [3, 4]], axis=1).tolist()
            [[2, 1], [4, 3]]
        """

    def floor(self) -> Tensor:
        """Rounded down."""

    def floor_div(self, b: Any) -> Tensor:
        """a / b rounded down, as Python's `//`; 0 for integers where b is 0."""

    def floor_divide(self, b: Any) -> Tensor:
        """An alias of `floor_div`."""

    def gather(self, indices: Any, axis: int = 0, *, batch_dims: int = 0) -> Tensor:
        """Entries of `axis` picked by int32 `indices` (any shape, which takes the axis's
        place). The first `batch_dims` axes of both are one: each example of x has indices
        of its own.

        Indices given as numbers or arrays are checked here (ValueError outside 0 ... n - 1;
        no counting from the end). A tensor's are not read back: outside the axis they are
        clamped to its ends. Gradients are summed without atomics.

        Example:
            >>> ops.gather([[1, 2], [3, 4], [5, 6]], [2, 0]).tolist()
            [[5, 6], [1, 2]]
            >>> ops.gather([[1, 2], [3, 4]], [1], axis=1).tolist()
            [[2], [4]]
            >>> ops.gather([[1, 2], [3, 4]], [[1], [0]], axis=1, batch_dims=1).tolist()
            [[2], [3]]
        """

    def gather_nd(self, indices: Any) -> Tensor:
        """x[indices[..., 0], indices[..., 1], ...]: the entries (or slices, where there are
        fewer indices than axes) that the rows of int32 `indices` [..., depth] name.

        Numbers outside are refused: ValueError. A tensor's are not read back, and clamped.

        Example:
            >>> ops.gather_nd([[1, 2], [3, 4]], [[1, 0], [0, 1]]).tolist()
            [3, 2]
        """

    def gelu(self, *, approximate: bool = False) -> Tensor:
        """x * Phi(x), Phi the normal distribution function (Hendrycks & Gimpel 2016), by
        erfc, or approximately by tanh. Keras's `activations.gelu`; its `keras.ops.gelu`
        approximates where it is not told otherwise.

        Example:
            >>> ops.gelu([-1.0, 0.0, 1.0]).numpy()
            array([-0.1587,  0.    ,  0.8413], dtype=float32)
        """

    def getitem(self, key: Any) -> Tensor:
        """`x[key]` as in NumPy. IndexError names the axis and the value.

        Example:
            >>> x = pw.tensor([[1, 2, 3], [4, 5, 6]])
            >>> x[1, ::-2].tolist()
            [6, 4]
            >>> x[pw.tensor([1, 1])].shape
            (2, 3)
        """

    def glu(self, axis: int = -1) -> Tensor:
        """The first half of x along the axis times the sigmoid of the second (Dauphin et
        al. 2017). ValueError for an axis of odd length.

        Example:
            >>> ops.glu([[2.0, 4.0, 0.0, 0.0]]).tolist()
            [[1.0, 2.0]]
        """

    def gram_schmidt(self) -> Any:
        """Vectors (a list of them, or the rows of a matrix) made orthonormal in their
        order, as by Gram and Schmidt's process; of the kind that they came in.
        (tf.linalg.gramSchmidt)

        By Householder reflections, which keep more digits.

        ValueError for more vectors than dimensions, or lengths that differ.

        Example:
            >>> ops.linalg.gram_schmidt([[3.0, 4.0], [1.0, 0.0]]).numpy()
            array([[ 0.6,  0.8],
                   [ 0.8, -0.6]], dtype=float32)
        """

    def greater(self, b: Any) -> Tensor:
        """a > b as bool."""

    def greater_equal(self, b: Any) -> Tensor:
        """a >= b as bool."""

    def gru(
        self,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any = None,
        *,
        h: Any = None,
        mask: Any = None,
    ) -> Tensor:
        """A gated recurrent unit over sequences x [n, t, k] -> all h [n, t, u].

        q = x . kernel + bias[0], p = h . recurrent_kernel + bias[1]; z = sigmoid(q_z +
        p_z), r = sigmoid(q_r + p_r); h' = z h + (1 - z) tanh(q_h + r p_h): Keras's GRU with
        reset_after=True. `kernel` is [k, 3 u], `recurrent_kernel` [u, 3 u], `bias` [2, 3
        u]; `h` [n, u] begins, or zeros. Where `mask` [n, t] is false, a step leaves the
        state as it is.

        ValueError for shapes that do not fit. The gradient has no gradient itself.

        Example:
            >>> x = ops.ones((1, 3, 2))
            >>> kernel, recurrent = ops.ones((2, 3)), ops.ones((1, 3))
            >>> ops.gru(x, kernel, recurrent).numpy()[0, :, 0]
            array([0.1149, 0.207 , 0.2832], dtype=float32)
        """

    def gru_step(self, h: Any, kernel: Any, recurrent_kernel: Any, bias: Any = None) -> Tensor:
        """One step of `gru`: x [n, k], h [n, u] -> h after it.

        Example:
            >>> h = ops.gru_step([[1.0, 1.0]], [[0.0]], ops.ones((2, 3)), ops.ones((1, 3)))
            >>> h.numpy()
            array([[0.1149]], dtype=float32)
        """

    def hard_shrink(self, threshold: float = 0.5) -> Tensor:
        """x where |x| is above the threshold, else 0.

        Example:
            >>> ops.hard_shrink([-1.0, 0.25, 2.0]).tolist()
            [-1.0, 0.0, 2.0]
        """

    def hard_sigmoid(self) -> Tensor:
        """A line from 0 at -3 to 1 at 3, and flat beyond, as in Keras 3. Integers give float32."""

    def hard_silu(self) -> Tensor:
        """x * hard_sigmoid(x) (Howard et al. 2019). Integers give float32."""

    def hard_swish(self) -> Tensor:
        """An alias of `hard_silu`."""

    def hard_tanh(self) -> Tensor:
        """x, but -1 below and 1 above that. Integers give float32."""

    def identity(self) -> Tensor:
        """A copy, of the same dtype. TypeError for a number, of which NumPy and Keras make
        a matrix: that is `eye`.

        Example:
            >>> ops.identity([1, 2]).tolist()
            [1, 2]
        """

    def ifft(self) -> Tensor:
        """What `fft` turns back: x[i] = sum over k of y[k] exp(2 pi i k / n), divided by n.
        (tf.spectral.ifft)

        Example:
            >>> ops.spectral.ifft(ops.spectral.fft([1 + 1j, 2])).numpy().round(4)
            array([1.+1.j, 2.+0.j], dtype=complex64)
        """

    def ifft2(self) -> Tensor:
        """What `fft2` turns back.

        Example:
            >>> ops.spectral.ifft2([[10, -2], [-4, 0]]).numpy().real.round(4)
            array([[1., 2.],
                   [3., 4.]], dtype=float32)
        """

    def imag(self) -> Tensor:
        """The imaginary part, float32; zeros for numbers that are real.

        Example:
            >>> ops.imag([3 + 4j, 1j]).tolist()
            [4.0, 1.0]
        """

    def in_top_k(self, targets: Any, k: int = 1) -> Tensor:
        """Whether the class `targets` [...] is among the k largest of `predictions` [...,
        classes], of equal ones the lower first: bool [...]. Keras takes the two the other
        way round, which their ranks tell: TypeError.

        Example:
            >>> ops.in_top_k([[0.1, 0.7, 0.2]], [2], 2).tolist()
            [True]
        """

    def inv(self) -> Tensor:
        """The inverses of a [..., n, n]. A singular matrix gives NaN or infinity; `solve`
        is faster and nearer where a product with the inverse is wanted.

        Example:
            >>> ops.linalg.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
            [[0.5, 0.0], [0.0, 0.25]]
        """

    def invert(self) -> Tensor:
        """An alias of `bitwise_not`."""

    def irfft(self) -> Tensor:
        """Real numbers [..., 2 m] from their transform [..., m + 1]: what `rfft` of an even
        number turns back; of one number its real part. (tf.spectral.irfft)

        Example:
            >>> ops.spectral.irfft(ops.spectral.rfft([1.0, 2.0, 3.0, 4.0])).numpy().round(4)
            array([1., 2., 3., 4.], dtype=float32)
        """

    def is_finite(self) -> Tensor:
        """True where x is neither infinite nor NaN."""

    def is_inf(self) -> Tensor:
        """True where x is infinite, of either sign."""

    def is_nan(self) -> Tensor:
        """True where x is NaN."""

    def isfinite(self) -> Tensor:
        """An alias of `is_finite`."""

    def isinf(self) -> Tensor:
        """An alias of `is_inf`."""

    def isnan(self) -> Tensor:
        """An alias of `is_nan`."""

    def layer_normalization(
        self,
        gamma: Any = None,
        beta: Any = None,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-07,
        *,
        rms_scaling: bool = False,
    ) -> Tensor:
        """(x - mean) / sqrt(variance + epsilon) * gamma + beta, the moments taken over
        `axis` (one or several), of whose shape gamma and beta are; None leaves them out
        (Ba, Kiros & Hinton 2016). With `rms_scaling` x is not centred, and beta not added.

        ValueError for an axis that is not there, or weights of another shape.

        Example:
            >>> ops.layer_normalization([[1.0, 3.0]], epsilon=1e-6).numpy()
            array([[-1.,  1.]], dtype=float32)
        """

    def leaky_relu(self, alpha: float = 0.2) -> Tensor:
        """x where positive, else alpha * x; float32 for integers.

        Example:
            >>> ops.leaky_relu([-10.0, 4.0], alpha=0.5).tolist()
            [-5.0, 4.0]
        """

    def less(self, b: Any) -> Tensor:
        """a < b as bool."""

    def less_equal(self, b: Any) -> Tensor:
        """a <= b as bool."""

    def local_response_normalization(
        self,
        depth_radius: int = 5,
        bias: float = 1.0,
        alpha: float = 1.0,
        beta: float = 0.5,
    ) -> Tensor:
        """x / (bias + alpha * sum of x^2 over the channels up to `depth_radius` away)^beta,
        of pictures x [n,h,w,c] or [h,w,c].

        ValueError for another rank, or a radius that is no whole number from 0 on.

        Source: Krizhevsky, Sutskever & Hinton 2012.

        Example:
            >>> ops.local_response_normalization([[[3.0, 4.0]]], 1, 0.0).tolist()
            [[[0.6000000238418579, 0.800000011920929]]]
        """

    def log(self) -> Tensor:
        """The natural logarithm. Integers give float32."""

    def log1p(self) -> Tensor:
        """log(1 + x), accurate near 0. Integers give float32."""

    def log_sigmoid(self) -> Tensor:
        """log(sigmoid(x)), without overflow. Integers give float32."""

    def log_softmax(self, axis: int = -1) -> Tensor:
        """log(softmax(x)) over one axis, same shape, finite where softmax underflows.
        Errors as in `softmax`.

        Example:
            >>> ops.log_softmax([[0.0, -1000.0]]).tolist()
            [[0.0, -1000.0]]
        """

    def log_sum_exp(
        self,
        axis: int | Sequence[int] | None = None,
        keepdims: bool = False,
    ) -> Tensor:
        """An alias of `logsumexp`."""

    def logical_and(self, b: Any) -> Tensor:
        """True where both are not 0."""

    def logical_not(self) -> Tensor:
        """True where x is 0."""

    def logical_or(self, b: Any) -> Tensor:
        """True where either is not 0."""

    def logical_xor(self, b: Any) -> Tensor:
        """True where one of the two is not 0."""

    def logsumexp(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """log(sum(exp(x))) over `axis`, without overflow: the largest element is taken out
        first.

        Example:
            >>> ops.logsumexp([1000.0, 1000.0]).numpy() - 1000
            np.float32(0.6931...)
        """

    def lower_bound(self, values: Any) -> Tensor:
        """`search_sorted` on the left: how many are less than each value.

        Example:
            >>> ops.lower_bound([0, 3, 9, 9, 10], [9]).tolist()
            [2]
        """

    def lstm(
        self,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any = None,
        *,
        h: Any = None,
        c: Any = None,
        mask: Any = None,
    ) -> tuple[Tensor, Tensor]:
        """A long short-term memory over sequences x [n, t, k] -> (all h [n, t, u], all c
        [n, t, u]).

        i, f, g, o = x . kernel + h . recurrent_kernel + bias; c' = sigmoid(f) c +
        sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c'), as in Keras. `kernel` is [k, 4 u],
        `recurrent_kernel` [u, 4 u], `bias` [4 u]; `h` and `c` [n, u] begin, or zeros.
        Where `mask` [n, t] is false, a step leaves the state as it is.

        ValueError for shapes that do not fit. The gradient has no gradient itself.

        Example:
            >>> x = ops.ones((1, 3, 2))
            >>> kernel, recurrent = ops.ones((2, 4)), ops.ones((1, 4))
            >>> h, c = ops.lstm(x, kernel, recurrent)
            >>> h.numpy()[0, :, 0]
            array([0.6083, 0.8726, 0.9353], dtype=float32)
        """

    def lstm_step(
        self,
        h: Any,
        c: Any,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any = None,
    ) -> tuple[Tensor, Tensor]:
        """One step of `lstm`: x [n, k], h and c [n, u] -> (h, c) after it.

        Example:
            >>> state = ops.zeros((1, 1))
            >>> kernels = ops.ones((2, 4)), ops.ones((1, 4))
            >>> h, c = ops.lstm_step([[1.0, 1.0]], state, state, *kernels)
            >>> h.numpy()
            array([[0.6083]], dtype=float32)
        """

    def mat_mul(self, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
        """An alias of `matmul`."""

    def matmul(self, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
        """The matrix product of a [..., m, k] and b [..., k, n]: [..., m, n].

        Leading dimensions are broadcast. A vector is a row as a and a column as b, and the
        result has no such axis. `transpose_a`: a is stored as [..., k, m]; `transpose_b`: b
        is stored as [..., n, k]. Dtypes meet as in `mul`: integers stay integers (exact
        modulo 2^32, bools count), with floats they become such. ValueError for shapes that
        do not fit.

        Example:
            >>> ops.matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
            [[11.0]]
            >>> ops.matmul(ops.ones((7, 2, 3)), ops.ones((4, 3)), transpose_b=True).shape
            (7, 2, 4)
            >>> ops.matmul([[1, 2], [3, 4]], [1, 1]).tolist()
            [3, 7]
        """

    def max(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """Largest value over `axis`; NaN if there is one. Equal elements share the gradient
        evenly.

        Example:
            >>> ops.max([[1.0, 5.0], [3.0, 4.0]], axis=1).tolist()
            [5.0, 4.0]
        """

    def max_pool(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        *,
        data_format: str | None = "NHWC",
    ) -> Tensor:
        """The largest value of each window of x [n,h,w,c] or [h,w,c] -> [n,oh,ow,c].

        `strides` defaults to `pool_size`; `padding` is 'valid', 'same' (TensorFlow's rule),
        a number or ((top, bottom), (left, right)), and does not count. With numbers
        `dim_rounding_mode` 'ceil' or 'round' has a last window stick out. With
        `data_format` 'NCHW' or 'channels_first' x and the result are [n,c,h,w]. ValueError
        for another rank or a window that does not fit.

        Example:
            >>> x = ops.arange(16.0).reshape(1, 4, 4, 1)
            >>> ops.max_pool(x, 2).numpy()[0, :, :, 0]
            array([[ 5.,  7.],
                   [13., 15.]], dtype=float32)
        """

    def max_pool1d(
        self,
        pool_size: int,
        strides: int | None = None,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        *,
        data_format: str | None = "NWC",
    ) -> Tensor:
        """The largest value of each window of sequences x [n,w,c] or [w,c] -> [n,ow,c];
        arguments as for `max_pool`.

        Example:
            >>> ops.max_pool1d(ops.arange(6.0).reshape(1, 6, 1), 2).numpy()[0, :, 0]
            array([1., 3., 5.], dtype=float32)
        """

    def max_pool3d(
        self,
        pool_size: int | tuple[int, int, int] = 1,
        strides: int | tuple[int, int, int] | None = None,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        dim_rounding_mode: str | None = None,
        data_format: str | None = "NDHWC",
    ) -> Tensor:
        """The largest value of each box of volumes x [n,d,h,w,c] or [d,h,w,c] ->
        [n,od,oh,ow,c]; arguments as for `max_pool`.

        Example:
            >>> ops.max_pool3d(ops.arange(8.0).reshape(1, 2, 2, 2, 1), 2).tolist()
            [[[[[7.0]]]]]
        """

    def max_pool_with_argmax(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        include_batch_in_index: bool = False,
    ) -> tuple[Tensor, Tensor]:
        """What `max_pool` gives of pictures x [n,h,w,c], and where it was: (result, indexes
        int32), where a value at row y, column z and channel c of its picture has the index
        (y * w + z) * c_count + c. Of equal values the first counts.

        With `include_batch_in_index` pictures are counted, too: ((b * h + y) * w + z) *
        c_count + c.

        Example:
            >>> x = ops.arange(16.0).reshape(1, 4, 4, 1)
            >>> largest, where = ops.max_pool_with_argmax(x, 2)
            >>> where.numpy()[0, :, :, 0]
            array([[ 5,  7],
                   [13, 15]], dtype=int32)
        """

    def maximum(self, b: Any) -> Tensor:
        """The larger of a and b, NaN if one is; its gradient goes to a where they are equal."""

    def mean(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """Arithmetic mean over `axis` (one, several, or all); integers and bools are
        averaged as float32.

        Example:
            >>> ops.mean([[1, 2], [3, 6]], axis=1, keepdims=True).tolist()
            [[1.5], [4.5]]
        """

    def meshgrid(self, y: Any = None, *, indexing: str = "xy") -> list[Tensor]:
        """The coordinates of all pairs of x [n] and y [m]: two tensors [m, n], or with
        `indexing="ij"` [n, m]. Of x alone, x; of nothing, nothing. Others are flattened.

        Example:
            >>> [t.tolist() for t in ops.meshgrid([1, 2, 3], [4, 5])]
            [[[1, 2, 3], [1, 2, 3]], [[4, 4, 4], [5, 5, 5]]]
        """

    def min(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """Smallest value over `axis`; NaN if there is one. Equal elements share the
        gradient evenly.

        Example:
            >>> ops.min([[1.0, 5.0], [3.0, 4.0]]).item()
            1.0
        """

    def minimum(self, b: Any) -> Tensor:
        """The smaller of a and b, NaN if one is; its gradient goes to a where they are equal."""

    def mirror_pad(self, paddings: Sequence[Sequence[int]], mode: str) -> Tensor:
        """x with a border that mirrors it: 'reflect' at its first and last entries,
        'symmetric' behind them. `paddings` has one (before, after) for each axis.
        ValueError for a border longer than what it mirrors.

        Example:
            >>> ops.mirror_pad([1, 2, 3], [[2, 1]], "reflect").tolist()
            [3, 2, 1, 2, 3, 2]
            >>> ops.mirror_pad([1, 2, 3], [[2, 1]], "symmetric").tolist()
            [2, 1, 1, 2, 3, 3]
        """

    def mish(self) -> Tensor:
        """x * tanh(softplus(x)) (Misra 2019).

        Example:
            >>> ops.mish([-1.0, 1.0]).numpy()
            array([-0.3034,  0.8651], dtype=float32)
        """

    def mod(self, b: Any) -> Tensor:
        """a - b * floor(a / b), with b's sign: Python's `%`; 0 for integers by 0."""

    def moments(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
        """(mean, variance) over `axis` (one, several, or all); the variance is the mean of
        the squared differences from the mean. Integers and bools as float32. (tf.moments)

        Example:
            >>> mean, variance = ops.moments([[1.0, 3.0], [5.0, 9.0]], axis=1)
            >>> mean.tolist(), variance.tolist()
            ([2.0, 7.0], [1.0, 4.0])
        """

    def moving_average(
        self,
        x: Any,
        decay: Any,
        step: Any = None,
        zero_debias: bool = True,
    ) -> Tensor:
        """v + (x - v) (1 - decay) / (1 - decay^step): the average once x is new, where v
        was it before. The divisor makes up for averages that begin at 0; it needs `step`,
        counted from 1, and is left out without `zero_debias`. `decay` and `step` are
        numbers or scalar tensors.

        ValueError for shapes that differ, and for no step where one is needed.

        Example:
            >>> ops.moving_average([0.0, 1.0], [2.0, 1.0], 0.5, 1).tolist()
            [2.0, 1.0]
        """

    def mul(self, b: Any) -> Tensor:
        """a * b, broadcast."""

    def multinomial(
        self,
        num_samples: int,
        seed: float | None = None,
        normalized: bool = False,
    ) -> Tensor:
        """int32 [rows, num_samples]: numbers of columns of logits [rows, n], drawn with the
        probabilities softmax(logits), or with `logits` themselves where they are
        `normalized` to such; [num_samples] for logits [n]. (tf.multinomial)

        ValueError for another rank or fewer than two columns.

        Example:
            >>> ops.multinomial([-100.0, 1.0], 3).tolist()
            [1, 1, 1]
            >>> ops.multinomial([[0.0, 1.0], [1.0, 0.0]], 2, normalized=True).tolist()
            [[1, 1], [0, 0]]
        """

    def multiply(self, b: Any) -> Tensor:
        """An alias of `mul`."""

    def neg(self) -> Tensor:
        """-x."""

    def negative(self) -> Tensor:
        """An alias of `neg`."""

    def norm(
        self,
        ord: float | str = "euclidean",
        axis: int | Sequence[int] | None = None,
        keepdims: bool = False,
    ) -> Tensor:
        """The norm of vectors along one axis, of matrices in two, or of all of x as one
        vector. (tf.norm)

        | ord | vectors | matrices |
        |---|---|---|
        | 'euclidean' | sqrt(sum(x^2)) | the same, as 'fro' |
        | 1 | sum(abs(x)) | the largest sum of a column (along the first axis) |
        | 2 | as 'euclidean' | (see `svd`) |
        | inf, -inf | the largest, smallest abs(x) | the largest, smallest sum of a row |

        ValueError for another order or three axes. The gradient at 0 is 0.

        Example:
            >>> ops.norm([3.0, 4.0]).item()
            5.0
            >>> ops.norm([[1.0, -2.0], [3.0, 4.0]], 1, axis=0).tolist()
            [4.0, 6.0]
        """

    def not_equal(self, b: Any) -> Tensor:
        """a != b as bool."""

    def one_hot(
        self,
        depth: int,
        *,
        on_value: float = 1.0,
        off_value: float = 0.0,
        dtype: str = "float32",
    ) -> Tensor:
        """[..., depth] with `on_value` at each int32 index and `off_value` elsewhere; an
        index outside gives a row of `off_value`.

        Example:
            >>> ops.one_hot([2, 0], 3).tolist()
            [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
        """

    def ones_like(self) -> Tensor:
        """Ones of the shape and dtype of x.

        Example:
            >>> ops.ones_like([4, 5]).tolist()
            [1, 1]
        """

    def outer_product(self, b: Any) -> Tensor:
        """[m, n] with a[i] * b[j] of vectors a [m] and b [n]. ValueError for other ranks.
        (tf.outerProduct)

        Example:
            >>> ops.outer_product([1, 2], [3, 4, 5]).tolist()
            [[3, 4, 5], [6, 8, 10]]
        """

    def pad(self, paddings: Sequence[Sequence[int]], *, constant_value: float = 0.0) -> Tensor:
        """x with a border of `constant_value`; `paddings` has one (before, after) for each
        axis.

        Example:
            >>> ops.pad([[1.0, 2.0]], [[1, 0], [0, 2]]).tolist()
            [[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0]]
        """

    def pad1d(self, paddings: Sequence[Any], constant_value: float = 0.0) -> Tensor:
        """`pad` of a tensor of rank 1; see `pad`.

        Example:
            >>> ops.pad1d([7], [1, 0]).shape
            (2,)
        """

    def pad2d(self, paddings: Sequence[Any], constant_value: float = 0.0) -> Tensor:
        """`pad` of a tensor of rank 2; see `pad`.

        Example:
            >>> ops.pad2d([[7]], [[1, 0]] * 2).shape
            (2, 2)
        """

    def pad3d(self, paddings: Sequence[Any], constant_value: float = 0.0) -> Tensor:
        """`pad` of a tensor of rank 3; see `pad`.

        Example:
            >>> ops.pad3d([[[7]]], [[1, 0]] * 3).shape
            (2, 2, 2)
        """

    def pad4d(self, paddings: Sequence[Any], constant_value: float = 0.0) -> Tensor:
        """`pad` of a tensor of rank 4; see `pad`.

        Example:
            >>> ops.pad4d([[[[7]]]], [[1, 0]] * 4).shape
            (2, 2, 2, 2)
        """

    def pixels_to_tensor(
        self,
        size: Sequence[int],
        scale: float | Sequence[float] = ...,
        offset: float | Sequence[float] = (0.0, 0.0, 0.0),
        *,
        flip: bool = False,
        order: str = "rgb",
        dtype: str = "float32",
        fit: str = "squash",
    ) -> Tensor:
        """RGBA bytes uint8 [H, W, 4] -> float32 (or float16) [1, height, width, 3], one
        kernel.

        Bilinear with half-pixel centres, mirrored left to right if `flip`; then value *
        scale + offset, with 0 ... 255 as values and scale and offset one number or one for
        each channel as written (`order` 'rgb' or 'bgr'). `fit` "squash" takes the whole
        picture and gives up its proportions; "crop" takes the middle part that has the
        proportions of `size`.

        Example:
            >>> pixels = np.full((2, 2, 4), 255, np.uint8)
            >>> ops.pixels_to_tensor(pixels, (1, 1), scale=2 / 255, offset=-1.0).tolist()
            [[[[1.0, 1.0, 1.0]]]]
        """

    def pool(
        self,
        window_shape: int | tuple[int, int],
        pooling_type: str,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        dilations: int | tuple[int, int] | None = None,
        strides: int | tuple[int, int] | None = None,
        dim_rounding_mode: str | None = None,
    ) -> Tensor:
        """`max_pool` or `avg_pool` (`pooling_type` 'max' or 'avg') of pictures x [n,h,w,c]
        or [h,w,c], whose windows may have holes: neighbours in a window are `dilations`
        apart. Padding does not count. ValueError for strides with dilations.

        Example:
            >>> x = ops.arange(9.0).reshape(1, 3, 3, 1)
            >>> ops.pool(x, 2, "max", dilations=2).tolist()
            [[[[8.0]]]]
        """

    def pow(self, b: Any) -> Tensor:
        """a to the power b, broadcast; nan for a negative base and a broken exponent.

        Integers stay integers and wrap at 32 bits, as in NumPy, and a number below 0 is
        refused as their exponent: ValueError. In a tensor of exponents, which is not read
        back, such give 0 (but the powers of 1 and -1 are what they are).

        Example:
            >>> ops.pow([3, -4097], 2).tolist()
            [9, 16785409]
            >>> ops.pow([2.0, 4.0], -0.5).numpy()
            array([0.7071, 0.5   ], dtype=float32)
        """

    def power(self, b: Any) -> Tensor:
        """An alias of `pow`."""

    def prelu(self, alpha: Any) -> Tensor:
        """x where positive, else alpha * x, with an alpha that may be learned: a tensor,
        broadcast; float32 for integers.

        Example:
            >>> ops.prelu([[-1.0, 2.0], [-3.0, -4.0]], [0.5, 0.25]).tolist()
            [[-0.5, 2.0], [-1.5, -1.0]]
        """

    def prod(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """Product over `axis`. The gradient is right with zeros among the factors too; its
        own gradient is not defined there.

        Example:
            >>> ops.prod([2.0, 3.0, 4.0]).item()
            24.0
        """

    def qr(self, full_matrices: bool = False) -> tuple[Tensor, Tensor]:
        """(q, r) with x [..., m, n] = q . r: q [..., m, k] with orthonormal columns, r
        [..., k, n] upper triangular, k = min(m, n), or m with `full_matrices`.
        (tf.linalg.qr)

        Gradients need m >= n, and q reduced. ValueError for a rank below 2, TypeError
        unless x is float32.

        Example:
            >>> q, r = ops.linalg.qr([[3.0, 1.0], [4.0, 2.0]])
            >>> r.numpy()
            array([[-5. , -2.2],
                   [ 0. , -0.4]], dtype=float32)
        """

    def real(self) -> Tensor:
        """The real part, float32; numbers that are real as they are.

        Example:
            >>> ops.real([3 + 4j, 1j]).tolist()
            [3.0, 0.0]
        """

    def reciprocal(self) -> Tensor:
        """1 / x. Integers give float32."""

    def relu(self) -> Tensor:
        """max(x, 0)."""

    def relu6(self) -> Tensor:
        """min(max(x, 0), 6)."""

    def relu6_grad(self, b: Any) -> Tensor:
        """The gradient a where relu6 gave a result b between 0 and 6, else 0."""

    def relu_grad(self, b: Any) -> Tensor:
        """The gradient a where relu gave a result b above 0, else 0."""

    def remainder(self, b: Any) -> Tensor:
        """An alias of `mod`."""

    def reshape(self, shape: int | Sequence[int]) -> Tensor:
        """The same values in another shape, without copying; one entry may be -1.
        ValueError if the sizes differ.

        Example:
            >>> ops.reshape(pw.tensor([1, 2, 3, 4]), (2, -1)).tolist()
            [[1, 2], [3, 4]]
        """

    def resize_bilinear(
        self,
        size: Sequence[int],
        align_corners: bool = False,
        half_pixel_centers: bool = False,
    ) -> Tensor:
        """Pictures [n, h, w, c] (or one [h, w, c]) resized to size (height, width), with
        TensorFlow.js's two conventions. float32, of whole numbers, too.

        No antialiasing: a picture made much smaller is sampled, not averaged. Has a
        gradient.

        Example:
            >>> picture = pw.tensor([[0.0, 3.0]]).reshape(1, 2, 1)
            >>> ops.resize_bilinear(picture, (1, 4), align_corners=True).numpy()[0, :, 0]
            array([0., 1., 2., 3.], dtype=float32)
        """

    def resize_nearest_neighbor(
        self,
        size: Sequence[int],
        align_corners: bool = False,
        half_pixel_centers: bool = False,
    ) -> Tensor:
        """Pictures [n, h, w, c] (or one [h, w, c]) of any type resized to size (height,
        width) without mixing pixels: each is that of the nearest place.

        Conventions as for `resize_bilinear`. Has a gradient for floats.

        Example:
            >>> picture = pw.tensor([[1, 2]]).reshape(1, 2, 1)
            >>> ops.image.resize_nearest_neighbor(picture, (1, 4)).numpy()[0, :, 0]
            array([1, 1, 2, 2], dtype=int32)
        """

    def reverse(self, axis: int | Sequence[int] | None = None) -> Tensor:
        """An alias of `flip`."""

    def reverse1d(self, axis: int | Sequence[int] | None = None) -> Tensor:
        """`reverse` of a tensor of rank 1; see `reverse`.

        Example:
            >>> ops.reverse1d([6, 7]).tolist()
            [7, 6]
        """

    def reverse2d(self, axis: int | Sequence[int] | None = None) -> Tensor:
        """`reverse` of a tensor of rank 2; see `reverse`.

        Example:
            >>> ops.reverse2d([[6], [7]]).tolist()
            [[7], [6]]
        """

    def reverse3d(self, axis: int | Sequence[int] | None = None) -> Tensor:
        """`reverse` of a tensor of rank 3; see `reverse`.

        Example:
            >>> ops.reverse3d([[[6]], [[7]]]).tolist()
            [[[7]], [[6]]]
        """

    def reverse4d(self, axis: int | Sequence[int] | None = None) -> Tensor:
        """`reverse` of a tensor of rank 4; see `reverse`.

        Example:
            >>> ops.reverse4d([[[[6]]], [[[7]]]]).tolist()
            [[[[7]]], [[[6]]]]
        """

    def rfft(self, fft_length: int | None = None) -> Tensor:
        """The transforms of real numbers along the last axis, which is cut or filled with
        zeros to `fft_length` first: complex64 at k = 0 ... fft_length // 2, as the others
        are their conjugates. (tf.spectral.rfft)

        TypeError for complex numbers (see `fft`).

        Example:
            >>> ops.spectral.rfft([1.0, 2.0, 3.0, 4.0]).numpy().round(4)
            array([10.+0.j, -2.+2.j, -2.+0.j], dtype=complex64)
            >>> ops.spectral.rfft([1.0, 2.0, 3.0], 8).shape
            (5,)
        """

    def rms_normalization(
        self,
        scale: Any = None,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-07,
    ) -> Tensor:
        """x / sqrt(mean(x^2) + epsilon) * scale, the mean taken over `axis` (one or
        several), of whose shape the scale is (Zhang & Sennrich 2019). Errors as in
        `layer_normalization`.

        Example:
            >>> ops.rms_normalization([[3.0, -3.0]]).numpy()
            array([[ 1., -1.]], dtype=float32)
        """

    def round(self) -> Tensor:
        """Rounded to the nearest integer, halves to even."""

    def rsqrt(self) -> Tensor:
        """1 / sqrt(x). Integers give float32."""

    def scatter_nd(self, updates: Any, shape: Sequence[int]) -> Tensor:
        """Zeros of `shape` with `updates` added at the places that the rows of int32
        `indices` [..., depth] name ([n] for a depth of 1). What goes to one place is summed
        in its order: a repeat gives the same bits.

        Numbers outside are refused: ValueError. A tensor's are not read back, and dropped.

        Example:
            >>> ops.scatter_nd([[1], [3], [1]], [5, 6, 7], (5,)).tolist()
            [0, 12, 0, 6, 0]
        """

    def search_sorted(self, values: Any, side: str = "left") -> Tensor:
        """int32, of the shape of `values` [..., m]: where each belongs in `sorted_sequence`
        [..., n]: before its equals, or with `side="right"` behind them. NaN belongs at the
        end.

        Example:
            >>> ops.search_sorted([0, 3, 9, 9, 10], [0, 4, 9]).tolist()
            [0, 2, 2]
        """

    def searchsorted(self, values: Any, side: str = "left") -> Tensor:
        """An alias of `search_sorted`."""

    def segment_sum(self, segment_ids: Any, num_segments: int) -> Tensor:
        """An alias of `unsorted_segment_sum`."""

    def selu(self) -> Tensor:
        """Scaled elu (Klambauer et al. 2017). Integers give float32."""

    def separable_conv1d(
        self,
        depthwise: Any,
        pointwise: Any,
        stride: int = 1,
        padding: str | int | Sequence[tuple[int, int]] = "valid",
        dilation: int = 1,
        data_format: str | None = "NWC",
        *,
        bias: Any = None,
        activation: str | None = None,
    ) -> Tensor:
        """A depthwise convolution [k,c,m] of sequences x [n,w,c] or [w,c], then one of
        width 1 [1,c*m,f] that mixes its channels -> [n,ow,f]; arguments as for `conv1d`.

        Example:
            >>> x, taps, mixing = ops.ones((1, 4, 2)), ops.ones((2, 2, 1)), ops.ones((1, 2, 1))
            >>> ops.separable_conv1d(x, taps, mixing).numpy()[0, :, 0]
            array([4., 4., 4.], dtype=float32)
        """

    def separable_conv2d(
        self,
        depthwise: Any,
        pointwise: Any,
        strides: int | tuple[int, int] = 1,
        padding: str | int | tuple[tuple[int, int], tuple[int, int]] = "valid",
        dilations: int | tuple[int, int] = 1,
        data_format: str | None = "NHWC",
        *,
        bias: Any = None,
        activation: str | None = None,
    ) -> Tensor:
        """A depthwise convolution [kh,kw,c,m], then a 1x1 convolution [1,1,c*m,f] that
        mixes its channels: x [n,h,w,c] or [h,w,c] -> [n,oh,ow,f]; arguments as for
        `conv2d`.

        ValueError for shapes that do not fit together.

        Example:
            >>> pictures, depthwise = ops.ones((1, 3, 3, 2)), ops.ones((3, 3, 2, 1))
            >>> ops.separable_conv2d(pictures, depthwise, ops.ones((1, 1, 2, 5))).shape
            (1, 1, 1, 5)
        """

    def setdiff1d(self, y: Any) -> Any:
        """`setdiff1d_async`, which waits by itself; in a browser tab that needs JSPI. NumPy
        gives the values alone, and sorted.

        Example:
            >>> values, indices = ops.setdiff1d([1, 2, 3, 4], [2, 5])
            >>> values.tolist(), indices.tolist()
            ([1, 3, 4], [0, 2, 3])
        """

    def setdiff1d_async(self, y: Any) -> Any:
        """The values of x [n] that are not in y [m], as they stand, and their indices,
        int32. Awaited, as how many there are is read back.

        Example:
            >>> pw.run_sync(ops.setdiff1d_async([1, 2, 3, 4], [2, 5])).values.tolist()
            [1, 3, 4]
        """

    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x)). Integers give float32."""

    def sign(self) -> Tensor:
        """-1, 0 or 1."""

    def silu(self) -> Tensor:
        """An alias of `swish`."""

    def simple_rnn(
        self,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any = None,
        *,
        h: Any = None,
        mask: Any = None,
        activation: str | None = "tanh",
    ) -> Tensor:
        """A fully connected recurrent layer over sequences x [n, t, k] -> all h [n, t, u].

        h' = activation(x . kernel + h . recurrent_kernel + bias), as in Keras. `kernel` is
        [k, u], `recurrent_kernel` [u, u], `bias` [u]; `h` [n, u] begins, or zeros. Where
        `mask` [n, t] is false, a step leaves the state as it is. `activation`: None,
        'relu', 'relu6', 'sigmoid' or 'tanh'.

        ValueError for shapes that do not fit. The gradient has no gradient itself.

        Example:
            >>> x = ops.ones((1, 3, 2))
            >>> kernel, recurrent = ops.ones((2, 1)), ops.ones((1, 1))
            >>> ops.simple_rnn(x, kernel, recurrent, activation=None).numpy()[0, :, 0]
            array([2., 4., 6.], dtype=float32)
        """

    def simple_rnn_step(
        self,
        h: Any,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any = None,
        *,
        activation: str | None = "tanh",
    ) -> Tensor:
        """One step of `simple_rnn`: x [n, k], h [n, u] -> h after it.

        Example:
            >>> kernels = ops.ones((2, 1)), ops.ones((1, 1))
            >>> h = ops.simple_rnn_step([[0.5, 0.5]], [[1.0]], *kernels)
            >>> h.numpy()
            array([[0.964]], dtype=float32)
        """

    def sin(self) -> Tensor:
        """The sine of x in radians. Integers give float32."""

    def sinh(self) -> Tensor:
        """The hyperbolic sine. Integers give float32."""

    def slice(self, begin: Sequence[int] | int, size: Sequence[int] | int | None = None) -> Tensor:
        """`size` entries of each axis from `begin` on; -1 as a size, or none, means up to
        the end. An int stands for axis 0 alone.

        Example:
            >>> ops.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, -1]).tolist()
            [[2, 3], [5, 6]]
        """

    def slice1d(
        self,
        begin: Sequence[int] | int,
        size: Sequence[int] | int | None = None,
    ) -> Tensor:
        """`slice` of a tensor of rank 1; see `slice`.

        Example:
            >>> ops.slice1d([6, 7], 1).tolist()
            [7]
        """

    def slice2d(
        self,
        begin: Sequence[int] | int,
        size: Sequence[int] | int | None = None,
    ) -> Tensor:
        """`slice` of a tensor of rank 2; see `slice`.

        Example:
            >>> ops.slice2d([[7], [7]], 1).tolist()
            [[7]]
        """

    def slice3d(
        self,
        begin: Sequence[int] | int,
        size: Sequence[int] | int | None = None,
    ) -> Tensor:
        """`slice` of a tensor of rank 3; see `slice`.

        Example:
            >>> ops.slice3d([[[7]], [[7]]], 1).tolist()
            [[[7]]]
        """

    def slice4d(
        self,
        begin: Sequence[int] | int,
        size: Sequence[int] | int | None = None,
    ) -> Tensor:
        """`slice` of a tensor of rank 4; see `slice`.

        Example:
            >>> ops.slice4d([[[[7]]], [[[7]]]], 1).tolist()
            [[[[7]]]]
        """

    def soft_shrink(self, threshold: float = 0.5) -> Tensor:
        """x brought nearer to 0 by the threshold, at most to 0.

        Example:
            >>> ops.soft_shrink([-1.0, 0.25, 2.0]).tolist()
            [-0.5, 0.0, 1.5]
        """

    def softmax(self, axis: int = -1) -> Tensor:
        """exp(x) / sum(exp(x)) over one axis, same shape. ValueError for an axis out of
        range, TypeError for other dtypes than float32.

        Example:
            >>> ops.softmax([0.0, 0.0, 0.0, 0.0]).tolist()
            [0.25, 0.25, 0.25, 0.25]
        """

    def softmax_cross_entropy(self, logits: Any) -> Tensor:
        """-sum(labels * log(softmax(logits))) over the last axis: two of [..., classes] ->
        [...], in nats.

        Labels are probabilities, one-hot or soft, or any weights. ValueError unless both
        have one shape.

        Example:
            >>> ops.softmax_cross_entropy([[0.0, 1.0]], [[0.0, 0.0]]).numpy()
            array([0.6931], dtype=float32)
        """

    def softplus(self) -> Tensor:
        """log(1 + exp(x)), without overflow. Integers give float32."""

    def softsign(self) -> Tensor:
        """x / (1 + |x|). Integers give float32."""

    def solve(self, b: Any) -> Tensor:
        """x with a . x = b: a [..., n, n], b [..., n, columns] or a vector [n], leading
        dimensions broadcast; by elimination with partial pivoting. (numpy.linalg.solve)

        A singular matrix gives NaN or infinity. ValueError for shapes that do not fit,
        TypeError unless both are float32.

        Example:
            >>> ops.linalg.solve([[2.0, 1.0], [1.0, 3.0]], [3.0, 5.0]).numpy()
            array([0.8, 1.4], dtype=float32)
        """

    def solve_triangular(self, b: Any, lower: bool = False) -> Tensor:
        """x with a . x = b for the upper half of a, or the `lower` one; the other half is
        not read. Shapes as in `solve`. (scipy.linalg.solve_triangular)

        Example:
            >>> a = [[2.0, 0.0], [1.0, 4.0]]
            >>> ops.linalg.solve_triangular(a, [2.0, 9.0], lower=True).tolist()
            [1.0, 2.0]
        """

    def sort(self, axis: int = -1, *, descending: bool = False) -> Tensor:
        """x in order along `axis`. NaN counts as largest: it comes last, as in NumPy, or
        first with `descending`. Equal values keep their order.

        Example:
            >>> ops.sort([3.0, 1.0, 2.0]).tolist()
            [1.0, 2.0, 3.0]
        """

    def space_to_batch_nd(
        self,
        block_shape: Sequence[int],
        paddings: Sequence[Sequence[int]],
    ) -> Tensor:
        """[batch * prod(block_shape), size / block, ...]: the axes after the batch padded
        with zeros, and cut into blocks whose places become examples of their own.
        ValueError where a block does not divide its axis.

        Example:
            >>> ops.space_to_batch_nd([[1, 2, 3, 4]], [2], [[0, 0]]).tolist()
            [[1, 3], [2, 4]]
        """

    def space_to_depth(self, block_size: int, data_format: str = "NHWC") -> Tensor:
        """The way back from `depth_to_space`: [batch, height / b, width / b, channels *
        b^2]. ValueError where b does not divide height and width.

        Example:
            >>> ops.space_to_depth([[[[1], [2]], [[3], [4]]]], 2).tolist()
            [[[[1, 2, 3, 4]]]]
        """

    def sparse_plus(self) -> Tensor:
        """0 below -1, x above 1, (x + 1)^2 / 4 between the two. Integers give float32."""

    def sparse_sigmoid(self) -> Tensor:
        """A line from 0 at -1 to 1 at 1, and flat beyond. Integers give float32."""

    def sparse_softmax_cross_entropy(self, logits: Any) -> Tensor:
        """-log(softmax(logits)[label]): int32 class numbers [...] and logits [..., classes]
        -> [...], in nats.

        nan where a label is no class. ValueError for shapes that do not fit, TypeError for
        labels of another dtype.

        Example:
            >>> ops.sparse_softmax_cross_entropy([1, 0], [[0.0, 0.0], [50.0, 0.0]]).numpy()
            array([0.6931, 0.    ], dtype=float32)
        """

    def sparse_to_dense(
        self,
        sparse_values: Any,
        output_shape: Sequence[int],
        default_value: Any = 0,
    ) -> Tensor:
        """`output_shape` of `default_value`, with `sparse_values` (one for all, or [n]) at
        int32 `sparse_indices` ([n, rank]; [n] for rank 1; a number for one place).

        Example:
            >>> ops.sparse_to_dense([1, 3], [5, 6], (5,), 9).tolist()
            [9, 5, 9, 6, 9]
        """

    def sparsemax(self, axis: int = -1) -> Tensor:
        """The probabilities nearest to x along the axis: like softmax, but small ones are 0
        (Martins & Astudillo 2016). Keras 3.15 sums too much where two or more stay above 0,
        so that its rows do not come to 1.

        Example:
            >>> ops.sparsemax([[1.0, 0.5, -1.0]]).tolist()
            [[0.75, 0.25, 0.0]]
        """

    def split(
        self,
        sections: int | None = None,
        axis: int = 0,
        *,
        sizes: Sequence[int] | None = None,
        indices: Sequence[int] | None = None,
    ) -> list[Tensor]:
        """x cut along `axis` into `sections` equal parts, into parts of the given `sizes`
        (-1 once: what is left), or before each of the `indices`.

        A list is `sizes` in TensorFlow.js and `indices` in NumPy and Keras: it is told by
        name. ValueError for what does not divide.

        Example:
            >>> [part.tolist() for part in ops.split([1, 2, 3, 4], 2)]
            [[1, 2], [3, 4]]
            >>> [part.tolist() for part in ops.split([1, 2, 3, 4, 5], sizes=[2, -1])]
            [[1, 2], [3, 4, 5]]
            >>> [part.tolist() for part in ops.split([1, 2, 3, 4, 5], indices=[1, 3])]
            [[1], [2, 3], [4, 5]]
        """

    def sqrt(self) -> Tensor:
        """The square root; nan below 0. Integers give float32."""

    def square(self) -> Tensor:
        """x squared."""

    def squared_difference(self, b: Any) -> Tensor:
        """(a - b) squared."""

    def squareplus(self, b: float = 4) -> Tensor:
        """(x + sqrt(x^2 + b)) / 2: a smooth relu without exponentials (Barron 2021).

        Example:
            >>> ops.squareplus([0.0, 1.5]).tolist()
            [1.0, 2.0]
        """

    def squeeze(self, axis: int | Sequence[int] | None = None) -> Tensor:
        """x without the axes of size 1 (all, or those named); a view.

        Example:
            >>> ops.squeeze(ops.ones((1, 3, 1))).shape
            (3,)
        """

    def step(self, alpha: float = 0.0) -> Tensor:
        """1 where x > 0, else alpha; NaN where x is. Of the dtype of x, so alpha is a whole
        number for integers.

        Example:
            >>> ops.step([-3.0, 0.0, 2.0], 0.5).tolist()
            [0.5, 0.5, 1.0]
            >>> ops.step([-3, 7]).tolist()
            [0, 1]
        """

    def strided_slice(
        self,
        begin: Sequence[int],
        end: Sequence[int],
        strides: Sequence[int] | None = None,
        begin_mask: int = 0,
        end_mask: int = 0,
        ellipsis_mask: int = 0,
        new_axis_mask: int = 0,
        shrink_axis_mask: int = 0,
    ) -> Tensor:
        """`x[begin[0]:end[0]:strides[0], ...]`: Python's slices, told in numbers.

        Bit i of a mask is for entry i: `begin_mask` and `end_mask` leave its begin or end
        out, `ellipsis_mask` makes it `...`, `new_axis_mask` None, `shrink_axis_mask` the
        index `begin[i]`. ValueError for a step of 0 or lists of several lengths, IndexError
        for an index that is outside.

        Example:
            >>> ops.strided_slice([[1, 2, 3], [4, 5, 6]], [0, 2], [2, 0], [1, -1]).tolist()
            [[3, 2], [6, 5]]
        """

    def sub(self, b: Any) -> Tensor:
        """a - b, broadcast."""

    def subtract(self, b: Any) -> Tensor:
        """An alias of `sub`."""

    def sum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """Sum over `axis` (one, several, or all). Bools are counted in int32; integers wrap
        at 32 bits.

        Example:
            >>> ops.sum([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
            [4.0, 6.0]
        """

    def svd(self) -> Any:
        """(u, s, vh) with x [..., m, n] = u . diag(s) . vh: s [..., k] from the largest on,
        u [..., m, k] and vh [..., k, n] with orthonormal columns and rows, k = min(m, n).
        (numpy.linalg.svd with full_matrices=False)

        By one-sided Jacobi rotations; s is within some 1e-6 of the largest. Gradients of u
        and vh need singular values that differ.

        Example:
            >>> ops.linalg.svd([[3.0, 0.0], [0.0, -4.0]]).s.numpy()
            array([4., 3.], dtype=float32)
        """

    def swish(self) -> Tensor:
        """x * sigmoid(x), also known as SiLU. Integers give float32."""

    def take(self, indices: Any, axis: int | None = None) -> Tensor:
        """`gather` as NumPy has it: of x laid out flat where no axis is said, and with
        negative indices, which count from the end.

        Example:
            >>> ops.take([10, 20, 30], [-1, 0]).tolist()
            [30, 10]
            >>> ops.take([[1, 2], [3, 4]], [1], axis=1).tolist()
            [[2], [4]]
        """

    def tan(self) -> Tensor:
        """The tangent of x in radians. Integers give float32."""

    def tanh(self) -> Tensor:
        """The hyperbolic tangent. Integers give float32."""

    def tanh_shrink(self) -> Tensor:
        """x - tanh(x).

        Example:
            >>> ops.tanh_shrink([-1.0, 0.0, 1.0]).numpy()
            array([-0.2384,  0.    ,  0.2384], dtype=float32)
        """

    def tensor_scatter_update(self, indices: Any, updates: Any) -> Tensor:
        """`tensor` with `updates` [..., ...] in the places that the rows of int32 `indices`
        [..., depth] name; of several for one place the last.

        Numbers outside are refused: ValueError. A tensor's are not read back, and dropped.

        Example:
            >>> ops.tensor_scatter_update([1, 2, 3, 4], [[1], [3]], [7, 8]).tolist()
            [1, 7, 3, 8]
        """

    def threshold(self, threshold: float, default_value: float) -> Tensor:
        """x where it is above the threshold, else the default value.

        Example:
            >>> ops.threshold([-1.0, 0.5, 2.0], 0.5, 7.0).tolist()
            [7.0, 7.0, 2.0]
        """

    def tile(self, reps: Sequence[int] | int) -> Tensor:
        """x repeated `reps[i]` times along axis i; missing leading entries count as 1, as
        in NumPy.

        Example:
            >>> ops.tile([[1, 2]], (2, 2)).tolist()
            [[1, 2, 1, 2], [1, 2, 1, 2]]
        """

    def top_k(self, k: int = 1, sorted: bool = True) -> Any:
        """The k largest of the last axis, in descending order, and their int32 indices; of
        equal values the lower index first. NaN counts as largest. They are always sorted.
        ValueError for a k above the axis.

        Example:
            >>> values, indices = ops.top_k([1.0, 5.0, 3.0], 2)
            >>> values.tolist(), indices.tolist()
            ([5.0, 3.0], [1, 2])
        """

    def topk(self, k: int = 1, sorted: bool = True) -> Any:
        """An alias of `top_k`."""

    def transpose(self, perm: Sequence[int] | None = None, conjugate: bool = False) -> Tensor:
        """Axes in the order `perm` (default: reversed): the result's axis i is x's axis
        `perm[i]`; with `conjugate` of complex numbers their conjugates.

        Example:
            >>> ops.transpose([[1, 2, 3], [4, 5, 6]]).tolist()
            [[1, 4], [2, 5], [3, 6]]
            >>> ops.transpose(ops.zeros((2, 3, 4)), (2, 0, 1)).shape
            (4, 2, 3)
        """

    def true_divide(self, b: Any) -> Tensor:
        """An alias of `div`."""

    def unique(self, *, axis: int | None = None) -> Any:
        """`unique_async`, which waits by itself; in a browser tab that needs JSPI.

        Example:
            >>> values, indices = ops.unique([3, 1, 3, 2])
            >>> values.tolist(), indices.tolist()
            ([3, 1, 2], [0, 1, 0, 2])
            >>> ops.unique([[1, 2], [0, 2], [1, 2]], axis=0).values.tolist()
            [[1, 2], [0, 2]]
        """

    def unique_async(self, *, axis: int | None = None) -> Any:
        """Each value of the flattened x, or each slice along `axis`, once, in the order in
        which they come first; and int32 for every one of x, which of these it is. All NaN
        are one. Awaited, as how many there are is read back.

        Example:
            >>> pw.run_sync(ops.unique_async([3, 1, 3, 2])).values.tolist()
            [3, 1, 2]
        """

    def unsorted_segment_sum(self, segment_ids: Any, num_segments: int) -> Tensor:
        """[num_segments, ...] sums of the rows of x [rows, ...] that share an int32 id in
        `segment_ids` [rows]; ids outside are dropped.

        Example:
            >>> ops.unsorted_segment_sum([1.0, 2.0, 3.0], [1, 0, 1], 2).tolist()
            [2.0, 4.0]
        """

    def unstack(self, *, axis: int = 0) -> list[Tensor]:
        """The entries of `axis` as a list of tensors without that axis.

        Example:
            >>> [column.tolist() for column in ops.unstack([[1, 2], [3, 4]], axis=1)]
            [[1, 3], [2, 4]]
        """

    def upper_bound(self, values: Any) -> Tensor:
        """`search_sorted` on the right: how many are not greater than each value.

        Example:
            >>> ops.upper_bound([0, 3, 9, 9, 10], [9]).tolist()
            [4]
        """

    def where(self, a: Any = None, b: Any = None) -> Tensor:
        """a where the condition is not 0, else b; the three are broadcast. TypeError for
        numbers as the condition of bools: in TensorFlow.js's `a.where(condition, b)` these
        stand the other way round.

        Of a condition alone, what `where_async` gives: the indices of what is true, int32
        [n, rank]; in a browser tab that needs JSPI.

        Example:
            >>> ops.where([True, False], [1.0, 2.0], 0.0).tolist()
            [1.0, 0.0]
            >>> ops.where([[True, False], [True, True]]).tolist()
            [[0, 0], [1, 0], [1, 1]]
        """

    def where_async(self) -> Tensor:
        """int32 [n, rank]: the indices of what is true (not 0), in order. Awaited, as how
        many there are is read back.

        Example:
            >>> pw.run_sync(ops.where_async([[True, False], [True, True]])).tolist()
            [[0, 0], [1, 0], [1, 1]]
        """

    def zeros_like(self) -> Tensor:
        """Zeros of the shape and dtype of x.

        Example:
            >>> ops.zeros_like([[1.5, 2.5]]).tolist()
            [[0.0, 0.0]]
        """

def add_methods(functions: Mapping[str, Callable[..., Any]]) -> None: ...
def takes_a_tensor(function: Callable[..., Any]) -> bool: ...
