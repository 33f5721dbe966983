"""ONNX Runtime as a peer, where it is installed: our own networks and their weights,
written as ONNX by formats/onnx_writing.py.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ....formats.onnx_writing import Writer
from ....zoo import Preprocess
from ..measure import Work, repeated


def load_onnx() -> Any:
    """The onnx module, or None where it is not installed."""
    try:
        import onnx
    except ImportError:
        return None
    return onnx


def frames(net: Any, picture: Any, preprocess: Preprocess) -> dict[str, Work]:
    """One frame: RGBA bytes up, preprocessed, through our `net`, the probabilities
    back: {peer's name: work}. Strict float32.
    """
    try:
        import onnxruntime
    except ImportError:
        return {}
    if load_onnx() is None:
        return {}
    model = picture_model(net, preprocess)
    peers: dict[str, Work] = {}
    for place, options in (
        ("CPU", {}),
        ("CUDA", {"use_tf32": "0", "cudnn_conv_algo_search": "EXHAUSTIVE"}),
    ):
        provider = f"{place}ExecutionProvider"
        if provider not in onnxruntime.get_available_providers():
            continue
        if place == "CUDA":
            onnxruntime.preload_dlls()  # of the packages that came with PyTorch
        session = onnxruntime.InferenceSession(model, providers=[(provider, options)])
        if provider in session.get_providers():  # one that cannot start gives way to the CPU
            peers[f"ONNX Runtime ({place})"] = repeated(partial(_said, session, picture), bool)
    return peers


def _said(session: Any, picture: Any) -> Any:
    return session.run(None, {"pixels": picture})[0].tolist()


def matmul_model(chain: int) -> bytes:
    """a, b [n, n] -> "corner" [1, 1], the first value of a b b ... b with `chain`
    products.
    """
    writer = Writer()
    product = "a"
    for _ in range(chain):
        product = writer.add("MatMul", product, "b")
    corner = writer.add("Slice", product, writer.ints(0, 0), writer.ints(1, 1), writer.ints(0, 1))
    return writer.model(
        [("a", "FLOAT", ("n", "n")), ("b", "FLOAT", ("n", "n"))], corner, "corner", (1, 1)
    )


def picture_model(net: Any, preprocess: Preprocess) -> bytes:
    """A model, and what makes its input of a picture, as an ONNX file: "pixels" uint8
    RGBA [h, w, 4] -> "probabilities" [1, n].

    The picture has the size of the model's input. Weights are read back from the
    device. ValueError for a layer, or a use of one, that is not known here.
    """
    _, height, width, _ = net.input.shape
    writer = Writer()
    first, last, step = (2, -5, -1) if preprocess.order == "bgr" else (0, 3, 1)
    colours = writer.add("Slice", "pixels", *(writer.ints(n) for n in (first, last, 2, step)))
    planes = writer.add(
        "Transpose", writer.add("Cast", colours, to=writer.onnx.TensorProto.FLOAT), perm=(2, 0, 1)
    )
    x = writer.add("Unsqueeze", planes, writer.ints(0))
    x = writer.add("Mul", x, writer.constant(np.reshape(preprocess.scale, (1, 3, 1, 1))))
    x = writer.add("Add", x, writer.constant(np.reshape(preprocess.offset, (1, 3, 1, 1))))
    (out,) = writer.graph(net.graph, [x])
    if out in writer.flat:
        raise ValueError(
            f"{net.name}: the output is a flattened picture; its values would come in another"
            " order, so put a Dense behind it"
        )
    return writer.model(
        [("pixels", "UINT8", (height, width, 4))],
        out,
        "probabilities",
        (1, net.outputs[0].shape[-1]),
    )
