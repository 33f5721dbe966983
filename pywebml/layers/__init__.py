"""Keras-shaped layers and models."""

from __future__ import annotations

from . import activations, initializers
from .activations import Activation, LeakyReLU, ReLU, Softmax
from .base import Layer, Symbol, reset_names
from .conv import Conv2D, DepthwiseConv2D, SeparableConv2D, ZeroPadding2D
from .core import Add, Concatenate, Dense, Dropout, Flatten, Input, InputLayer, Reshape
from .initializers import set_seed
from .models import Model, Sequential
from .normalization import BatchNormalization
from .pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from .serialization import deserialize, model_from_config, register_layer, serialize

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
    "Model",
    "ReLU",
    "Reshape",
    "SeparableConv2D",
    "Sequential",
    "Softmax",
    "Symbol",
    "ZeroPadding2D",
    "activations",
    "deserialize",
    "initializers",
    "model_from_config",
    "register_layer",
    "reset_names",
    "serialize",
    "set_seed",
]
