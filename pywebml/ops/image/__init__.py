"""Pictures as tensors: `pw.ops.image`, TensorFlow.js's `tf.image`."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .bilinear import *
from .boxes import *
from .crop import *
from .grayscale import *
from .nearest import *
from .pixels import *
from .transform import *

hand_on(globals())
