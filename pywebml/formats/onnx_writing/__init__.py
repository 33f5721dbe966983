"""Models, and any other function of tensors, as ONNX files.

What is written are the ops that a forward pass records, not the layers: some forty of
these make up all the layers there are, those that users write among them. The pass is
recorded twice, with batches of two and of three, and a size that grows with the batch
is left open in the file. What does not depend on the inputs, such as the factors of a
batch norm, is worked out while the file is written.

ONNX is channels first and we are channels last. A value is kept in the order in which
it came to be, and turned where somebody needs the other one: between convolutions
nothing is. graph.py walks through what was recorded; ops.py has a row for each op, with
pictures.py and elementwise.py, and values.py what they write into.
"""

from .graph import (
    Argument,
    onnx_bytes,
    stored_function,
    stored_graph,
    stored_model,
    stored_steps,
)
from .values import OPSET

__all__ = [
    "OPSET", "Argument", "onnx_bytes", "stored_function", "stored_graph", "stored_model",
    "stored_steps",
]  # fmt: skip
