"""Models as graphs of plain ops, for inference: how they run (`GraphModel`), and what
TensorFlow's op types mean (`tf_ops/`).
"""

from __future__ import annotations

from .graph import GraphModel, Node, Port
from .known import Known
from .table import DependsOnData, OpTable

__all__ = ["DependsOnData", "GraphModel", "Known", "Node", "OpTable", "Port"]
