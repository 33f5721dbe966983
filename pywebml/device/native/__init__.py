"""The desktop GPU through wgpu-py. Objects are made with its API; lists are played
straight through its C functions, which costs a third of going through its Python
wrappers.
"""

from .adapters import adapters, numbered_adapter, pick_adapter
from .device import NativeDevice

__all__ = ["NativeDevice", "adapters", "numbered_adapter", "pick_adapter"]
