"""The functions of `pw.ops` and the methods of tensors: none is missing, all can be
seen, and type checkers know the same ones.
"""

from __future__ import annotations

import inspect
import subprocess
import sys

import numpy as np
import pytest
from hosts import ROOT

import pywebml as pw
from pywebml.core.methods import takes_a_tensor

FUNCTIONS = {name: getattr(pw.ops, name) for name in pw.ops.__all__ if name[0].islower()}
"""Those that `pw.ops` hands on."""

BEFORE_THE_FAMILIES = """
AdamAdvance AdamUpdate AvgPool AvgPoolGrad Conv2D Conv2DFilterGrad Conv2DInputGrad
DepthwiseConv2D DepthwiseConv2DFilterGrad DepthwiseConv2DInputGrad Elementwise Fill
Generator LogSoftmax MatMul MaxPool MaxPoolGather MaxPoolGrad RMSpropUpdate SGDUpdate
SeparableConv2D Softmax SoftmaxCrossEntropy SparseSoftmaxCrossEntropy Tally abs add all
any arange argmax argmin avg_pool broadcast_to cast ceil clip_by_value concat conv2d cos
dense depthwise_conv2d div dropout dynamic_slice elu equal erf exp expand_dims expm1
fill flip floor gather gelu greater greater_equal identity leaky_relu less less_equal
linspace log log1p log_softmax logical_and logical_not logical_or logsumexp matmul max
max_pool maximum mean min minimum mul neg not_equal one_hot ones ones_like pad
pixels_to_tensor pow prod reciprocal relu relu6 reshape resize_bilinear round rsqrt selu
separable_conv2d sigmoid sign sin slice softmax softmax_cross_entropy softplus
sparse_softmax_cross_entropy split sqrt square squared_difference squeeze stack step sub
sum swish tanh tile transpose unsorted_segment_sum unstack where zeros zeros_like
"""


def test_no_name_that_was_public_is_gone() -> None:
    assert set(BEFORE_THE_FAMILIES.split()) <= set(pw.ops.__all__)


def test_ops_hands_on_its_own_functions_and_classes_only() -> None:
    for name in pw.ops.__all__:
        assert getattr(pw.ops, name).__module__.startswith(("pywebml.ops.", "pywebml.core.")), name


def test_every_function_that_takes_a_tensor_first_is_a_method_one_can_see() -> None:
    wanted = {name for name, function in FUNCTIONS.items() if takes_a_tensor(function)}
    assert wanted <= set(dir(pw.Tensor))
    assert {"softmax", "conv2d", "gather", "sum", "relu_grad"} <= wanted
    assert not {"zeros", "arange", "stack", "concat"} & wanted  # these take no tensor first


@pytest.mark.parametrize("name", ["softmax", "conv2d", "sigmoid", "split"])
def test_help_shows_what_the_method_does(name: str) -> None:
    method = getattr(pw.Tensor, name)
    assert method.__name__ == name
    assert inspect.getdoc(method) == inspect.getdoc(FUNCTIONS[name])


def test_a_method_is_its_function() -> None:
    x = pw.tensor([[1.0, -2.0, 3.0]])
    np.testing.assert_array_equal(x.softmax().numpy(), pw.ops.softmax(x).numpy())
    np.testing.assert_array_equal(x.pad([[0, 0], [1, 0]]).numpy(), [[0, 1, -2, 3]])


def test_an_unknown_method_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="soft_max"):
        _ = pw.tensor([1.0]).soft_max


def test_the_stub_for_type_checkers_is_current() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "stubs.py", "--check"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
