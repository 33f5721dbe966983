"""Functions of `pywebml.ops` that are Keras's, too: only their arguments have other
names. A row is the names, and what has them.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ...layers import activations
from .support import renamed

ROWS = {
    "x": "abs absolute arccos arccosh arcsin arcsinh arctan arctanh bitwise_invert bitwise_not "
    "ceil conj conjugate cos cosh erf erfc erfinv exp expm1 floor imag isfinite isinf isnan log "
    "log1p log_sigmoid logical_not negative real reciprocal relu relu6 rsqrt selu sigmoid sign "
    "silu sin sinh softplus sqrt square swish tan tanh hard_sigmoid hard_silu hard_swish hard_tanh "
    "softsign sparse_plus sparse_sigmoid tanh_shrink",
    "x alpha": "celu elu",
    "x threshold": "hard_shrink soft_shrink",
    "x threshold default_value": "threshold",
    "x negative_slope": "leaky_relu",
    "x b": "squareplus",
    "x1 x2": "add arctan2 divide divide_no_nan equal greater greater_equal less less_equal "
    "logical_and logical_or logical_xor matmul maximum minimum mod multiply not_equal power "
    "subtract true_divide",
    "x y": "bitwise_and bitwise_or bitwise_xor",
    "x axis": "argsort glu log_softmax sort sparsemax",
    "x axis keepdims": "all amax amin any argmax argmin logsumexp sum",
    "x shape": "broadcast_to",
    "sorted_sequence values side": "searchsorted",
}
"""{arguments as Keras has them: functions}."""


def functions() -> dict[str, Any]:
    """{name: function}."""
    table = {}
    for arguments, names in ROWS.items():
        for name in names.split():
            function = getattr(ops, name, None) or getattr(activations, name)
            function = renamed(function, arguments)
            function.__name__ = function.__qualname__ = name
            table[name] = function
    return table
