"""Batch norms by moments that the file has: multiplied into the filter of a convolution
before them, which then adds a bias, and else one product and one sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from .node import Node

_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
_FUSED = {
    "Conv2D": "_FusedConv2D", "DepthwiseConv2dNative": "FusedDepthwiseConv2dNative",
    "DepthwiseConv2d": "FusedDepthwiseConv2dNative",
}  # fmt: skip


def with_folded_norms(
    nodes: Sequence[Node], constants: Container[str], outputs: Iterable[str]
) -> list[Node]:
    """The nodes, with others in place of such batch norms. A convolution that is folded
    stays, for whoever asks for its values.
    """
    makers = {node.outputs[0]: node for node in nodes}
    readers = Counter(name for node in nodes for name in node.inputs)
    readers.update(outputs)
    folded: list[Node] = []
    for node in nodes:
        if node.op not in _NORMS or not _is_known(node, constants):
            folded.append(node)
            continue
        x, scale, offset, mean, variance = node.inputs
        name = node.name
        factor, shift, kernel = (f"{name}//{part}" for part in ("factor", "shift", "kernel"))
        epsilon = {"epsilon": node.attributes.get("epsilon", 1e-4)}
        folded.append(Node(factor, "_NormFactor", (scale, variance), epsilon, (factor,)))
        folded.append(Node(shift, "_NormShift", (offset, mean, factor), {}, (shift,)))
        before = makers.get(x)
        if before is None or before.op not in _FUSED or readers[x] > 1:
            folded.append(Node(name, "_Normed", (x, factor, shift), node.attributes, (name,)))
            continue
        picture, filter, *_ = before.inputs
        attributes = {**before.attributes, "fused_ops": ["BiasAdd"]}
        op, inputs = _FUSED[before.op], (picture, kernel, shift)
        depth = {"is_depthwise": before.op != "Conv2D"}
        folded.append(Node(kernel, "_NormedFilter", (filter, factor), depth, (kernel,)))
        folded.append(Node(name, op, inputs, attributes, (name,)))
    return folded


def _is_known(node: Node, constants: Container[str]) -> bool:
    """Whether it has its moments from the file, and nobody reads another output."""
    known = len(node.inputs) == 5 and all(name in constants for name in node.inputs[1:])
    return known and len(node.outputs) == 1 and not node.attributes.get("is_training")
