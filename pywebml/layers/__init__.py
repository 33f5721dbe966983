"""Keras-shaped layers."""

from __future__ import annotations

from ..core.registry import absent
from ..core.seeds import set_seed
from . import activations, constraints, initializers, regularizers
from .activation_layers import (
    ELU,
    Activation,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)
from .base import Layer
from .conv import Conv2D
from .dense import Dense
from .depthwise import DepthwiseConv2D, SeparableConv2D
from .inputs import Input, InputLayer
from .masking import Masking
from .merging import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from .normalization import BatchNormalization
from .padding import ZeroPadding2D
from .pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from .regularization import Dropout
from .reshaping import Flatten, Reshape
from .support.naming import reset_names
from .support.registry import deserialize, register_layer, serialize
from .support.symbols import Symbol

__all__ = [
    "ELU",
    "Activation",
    "Add",
    "Average",
    "AveragePooling2D",
    "BatchNormalization",
    "Concatenate",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Input",
    "InputLayer",
    "Layer",
    "LeakyReLU",
    "Masking",
    "MaxPooling2D",
    "Maximum",
    "Minimum",
    "Multiply",
    "PReLU",
    "ReLU",
    "Reshape",
    "SeparableConv2D",
    "Softmax",
    "Subtract",
    "Symbol",
    "ThresholdedReLU",
    "ZeroPadding2D",
    "activations",
    "constraints",
    "deserialize",
    "initializers",
    "register_layer",
    "regularizers",
    "reset_names",
    "serialize",
    "set_seed",
]

__getattr__ = absent("layer", globals())
