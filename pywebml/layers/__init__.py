"""Keras-shaped layers and models."""

from __future__ import annotations

from ..core.seeds import set_seed
from . import activations, initializers
from .activations import Activation, LeakyReLU, ReLU, Softmax
from .base import Layer, Symbol, reset_names
from .conv import Conv2D, DepthwiseConv2D, SeparableConv2D, ZeroPadding2D
from .dense import Dense
from .inputs import Input, InputLayer
from .merging import Add, Concatenate
from .normalization import BatchNormalization
from .pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from .registry import deserialize, register_layer, serialize
from .regularization import Dropout
from .reshaping import Flatten, Reshape

__all__ = [
    "Activation",
    "Add",
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
    "MaxPooling2D",
    "ReLU",
    "Reshape",
    "SeparableConv2D",
    "Softmax",
    "Symbol",
    "ZeroPadding2D",
    "activations",
    "deserialize",
    "initializers",
    "register_layer",
    "reset_names",
    "serialize",
    "set_seed",
]
