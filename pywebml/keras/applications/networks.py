"""The networks, as models of Keras's kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ...zoo import architectures
from ..models import as_keras

__all__ = list(architectures.__all__)


def _of_keras(build: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(build)
    def call(*args: Any, **options: Any) -> Any:
        return as_keras(build(*args, **options))

    return call


VGG16 = _of_keras(architectures.VGG16)
VGG19 = _of_keras(architectures.VGG19)
EfficientNetB0 = _of_keras(architectures.EfficientNetB0)
EfficientNetB1 = _of_keras(architectures.EfficientNetB1)
EfficientNetB2 = _of_keras(architectures.EfficientNetB2)
MobileNet = _of_keras(architectures.MobileNet)
MobileNetV2 = _of_keras(architectures.MobileNetV2)
MobileNetV3Large = _of_keras(architectures.MobileNetV3Large)
MobileNetV3Small = _of_keras(architectures.MobileNetV3Small)
ResNet50 = _of_keras(architectures.ResNet50)
Xception = _of_keras(architectures.Xception)
