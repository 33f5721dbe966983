"""Networks built from code, under Keras's names: `pw.applications`. Their weights are
drawn, or come from a file.
"""

from __future__ import annotations

from .efficientnet import EfficientNetB0, EfficientNetB1, EfficientNetB2
from .mobilenet import MobileNet
from .mobilenet_v2 import MobileNetV2
from .mobilenet_v3 import MobileNetV3Large, MobileNetV3Small
from .resnet import ResNet50
from .vgg import VGG16, VGG19
from .xception import Xception

__all__ = [
    "VGG16", "VGG19", "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "MobileNet",
    "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small", "ResNet50", "Xception",
]  # fmt: skip
