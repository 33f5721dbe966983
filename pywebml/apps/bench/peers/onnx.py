"""ONNX Runtime as a peer, where it is installed: our own networks and their weights,
written as ONNX by formats/onnx_writing.py.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ....core.tensor import Tensor
from ....formats.onnx_writing import Argument, onnx_bytes, stored_function
from ....formats.wire.onnx import write
from ....formats.wire.stored import Stored
from ....host.cores import cores
from ....ops import pixels_to_tensor
from ....zoo import Preprocess
from ..measure import Work, repeated


def frames(net: Any, picture: Any, preprocess: Preprocess) -> dict[str, Work]:
    """One frame: RGBA bytes up, preprocessed, through our `net`, the probabilities
    back: {peer's name: work}. Strict float32.
    """
    try:
        import onnxruntime
    except ImportError:
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
        session = onnxruntime.InferenceSession(model, same_cores(), providers=[(provider, options)])
        if provider in session.get_providers():  # one that cannot start gives way to the CPU
            peers[f"ONNX Runtime ({place})"] = repeated(partial(_said, session, picture), bool)
    return peers


def same_cores() -> Any:
    """Options of a session with the cores that we have: left to itself it takes all of
    the machine's, whatever `taskset` says.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    return options


def _said(session: Any, picture: Any) -> Any:
    return session.run(None, {"pixels": picture})[0].tolist()


def first(data: bytes, picture: Any) -> dict[str, Work]:
    """From a file's bytes to the first answer: {peer's name: work}."""
    try:
        import onnxruntime
    except ImportError:
        return {}

    def answer() -> Any:
        session = onnxruntime.InferenceSession(
            data, same_cores(), providers=["CPUExecutionProvider"]
        )
        return session.run(None, {session.get_inputs()[0].name: picture})[0].tolist()

    return {"ONNX Runtime (CPU)": repeated(answer, bool)}


def batches(model: Any) -> Any:
    """A function that gives the model's output for a batch as NumPy has it, by ONNX
    Runtime on the CPU; None where it is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        return None
    graph = onnx_bytes(model)
    session = onnxruntime.InferenceSession(graph, same_cores(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: session.run(None, {name: batch})[0]


def matmul_model(chain: int) -> bytes:
    """a, b [n, n] -> "corner" [1, 1], the first value of a b b ... b with `chain`
    products.
    """

    def corner(a: Tensor, b: Tensor) -> Tensor:
        for _ in range(chain):
            a = a @ b
        return a[:1, :1]

    square = (None, None)
    return _bytes(
        stored_function(corner, [Argument("a", square), Argument("b", square)], ["corner"])
    )


def picture_model(net: Any, preprocess: Preprocess) -> bytes:
    """A model, and what makes its input of a picture, as an ONNX file: "pixels" uint8
    RGBA [h, w, 4] -> "probabilities" [1, n].

    The picture has the size of the model's input. Weights are read back from the
    device. ValueError for what is not written as ONNX.
    """
    _, height, width, _ = net.input.shape

    def frame(pixels: Tensor) -> Tensor:
        size, (scale, offset) = (height, width), (preprocess.scale, preprocess.offset)
        x = pixels_to_tensor(pixels, size, scale, offset, order=preprocess.order)
        result: Tensor = net(x, training=False)
        return result

    pixels = Argument("pixels", (height, width, 4), "uint8")
    return _bytes(stored_function(frame, [pixels], ["probabilities"]))


def _bytes(stored: Stored) -> bytes:
    return write(stored)["model.onnx"]
