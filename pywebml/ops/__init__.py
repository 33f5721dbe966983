"""Every op as a function of tensors, under TensorFlow.js's names in snake_case. Those
that take a tensor first are methods of `Tensor`, too. Their order of arguments is
TensorFlow.js's; what would mean another thing in Keras or NumPy is told by name.
"""
# ruff: noqa: F401, F403  (a family's `__all__` says what it hands on)

from __future__ import annotations

from ..core.calling import strict
from ..core.methods import add_methods
from . import fused, image, linalg, losses, signal, sparse, spectral
from .activations import *
from .aliases import ALIASES, alias
from .attention import *
from .column_moments import *
from .complex_numbers import complex, conj, imag, real
from .conv import *
from .creation import *
from .cross_entropy import *
from .elementwise import *
from .embedding_forces import *
from .gather import *
from .image import pixels_to_tensor, resize_bilinear, resize_nearest_neighbor
from .linalg import *
from .moving_average import *
from .normalization import *
from .pool import *
from .random import *
from .recurrent import *
from .reduce import *
from .row_normalization import *
from .scan import *
from .scatter import *
from .selecting import *
from .shape import *
from .softmax import *
from .sort import *
from .spectral import *
from .support.names import hand_on, refuse_odd_calls
from .tally import *
from .updates import *

globals().update({name: alias(name, globals()[target]) for name, target in ALIASES.items()})

hand_on(globals(), "add_methods", "alias", "refuse_odd_calls", "strict")

NAMESPACES = {
    "fused": fused, "image": image, "losses": losses, "signal": signal, "sparse": sparse,
}  # fmt: skip
"""Families whose functions have but that name, as in TensorFlow.js: `image.transform`."""

for _namespace in NAMESPACES.values():
    refuse_odd_calls(_namespace)

_functions = {name: globals()[name] for name in globals()["__all__"] if name[0].islower()}
_functions = {name: strict(function, name) for name, function in _functions.items()}
globals().update(_functions)
for _family in (linalg, spectral):  # whose functions have either name
    vars(_family).update((name, f) for name, f in _functions.items() if name in vars(_family))
add_methods(_functions)
