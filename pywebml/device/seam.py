"""The seam between pywebml and a host: what a device is, in ten verbs. See
docs/architecture.md.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

COPY = -1
"""First integer of a copy command: COPY, source, destination, nbytes, source offset,
destination offset.
"""
COMMAND = 6
"""Integers per command."""

EXTENSIONS = ("f16", "subgroups")
"""WGSL's extensions that hosts switch on where the adapter has them, by the names that
stand behind `enable` in a kernel's text.
"""

ENABLE = re.compile(r"^[ \t]*enable\s+([\w\s,]+);[ \t]*\n?", re.MULTILINE)
"""The lines of a kernel's text that enable extensions."""
_BINDING = re.compile(
    r"@group\(0\)\s*@binding\((\d+)\)\s*var<\s*(uniform|storage)\s*(?:,\s*(read_write|read)\s*)?>"
)


@dataclass(frozen=True)
class Adapter:
    """What a device says of itself. `software` adapters (CPU type, fallback) get
    barrier-free kernels.

    `features`: those of EXTENSIONS that kernels may enable here. `min_subgroup` and
    `max_subgroup`: between which sizes a subgroup is, powers of two; 0 where the host
    does not tell.
    """

    name: str
    language: str  # "wgsl" or "numpy"
    backend: str = ""
    software: bool = False
    features: frozenset[str] = frozenset()
    max_groups: int = 65535
    max_binding: int = 128 << 20
    max_workgroup_bytes: int = 16384
    max_invocations: int = 256
    min_subgroup: int = 0
    max_subgroup: int = 0
    driver: str = ""

    @property
    def has_halves(self) -> bool:
        """Whether tensors may be float16 here."""
        return self.language == "numpy" or "f16" in self.features

    def require(self, program: Program) -> None:
        """ValueError naming the extensions that the program enables and this adapter
        lacks.
        """
        if lacking := sorted(program.features - self.features):
            raise ValueError(
                f"{program.name} needs WGSL's {' and '.join(lacking)}, which {self.name} does not"
                " offer; take another form of the kernel there (adapter.features tells)"
            )


class TooLarge(ValueError):
    """A tensor of more bytes than the adapter allows in one buffer."""

    def __init__(
        self,
        nbytes: int,
        adapter: Adapter,
        hint: str = "take fewer rows at a time, or device='cpu'",
    ):
        self.nbytes, self.adapter = nbytes, adapter
        super().__init__(f"{self.sizes}; {hint}")

    @property
    def sizes(self) -> str:
        """Both, in words."""
        return (
            f"a tensor of {self.nbytes / 1e6:.0f} MB, but {self.adapter.name} allows"
            f" {self.adapter.max_binding / 1e6:.0f} MB"
        )


class DeviceLost(RuntimeError):
    """A device that is there no more, nor is what was in its memory."""


class OutOfMemory(MemoryError):
    """No memory is left for a tensor; those that are there stay."""


@dataclass(frozen=True)
class Program:
    """A kernel: WGSL text, entry point and override constants; or, on the NumPy device,
    (op, input specs, output specs).
    """

    name: str
    source: str = ""
    entry: str = "main"
    constants: tuple[tuple[str, float], ...] = ()
    numpy: tuple[Any, ...] | None = None

    @property
    def layout(self) -> str:
        """One letter per binding, read from the text: r (storage, read), w (storage,
        read_write), u (uniform).
        """
        return _layout(self.source)

    @property
    def features(self) -> frozenset[str]:
        """What the text enables: `enable f16;` and `enable subgroups;` stand at its
        top, as WGSL has it.
        """
        return _features(self.source)


@lru_cache(maxsize=4096)
def _layout(source: str) -> str:
    kinds = {
        int(i): "u" if kind == "uniform" else {"read_write": "w"}.get(mode, "r")
        for i, kind, mode in _BINDING.findall(source)
    }
    if sorted(kinds) != list(range(len(kinds))):
        raise ValueError(f"bindings must be numbered 0, 1, 2 ... without gaps, got {sorted(kinds)}")
    return "".join(kinds[i] for i in range(len(kinds)))


@lru_cache(maxsize=4096)
def _features(source: str) -> frozenset[str]:
    return frozenset(name for names in ENABLE.findall(source) for name in re.findall(r"\w+", names))


Bound = tuple[int, Any]
"""A buffer, and the spec that it is seen as."""


class Device(ABC):
    """A host's tables of buffers, pipelines and bind groups, and the verbs that fill
    and play them.
    """

    adapter: Adapter
    takes_wholes: ClassVar[bool] = False
    """Whether it also plays what is no list of commands (`play_whole`)."""

    @abstractmethod
    def alloc(self, nbytes: int) -> int:
        """A buffer of at least `nbytes` (contents undefined), from the pool where one
        fits.
        """

    @abstractmethod
    def free(self, buffer: int) -> None:
        """Back to the pool. Commands already run keep what they were given."""

    @abstractmethod
    def upload(self, buffer: int, data: Any, offset: int = 0) -> None:
        """Copies a bytes-like object (length a multiple of 4 bytes after padding) into
        a buffer.
        """

    @abstractmethod
    def upload_image(self, buffer: int, picture: Any) -> None:
        """Copies a decoded picture into a buffer of height x width RGBA bytes."""

    @abstractmethod
    async def download(self, buffer: int, nbytes: int) -> bytes:
        """The first `nbytes` of a buffer, after all that was run before."""

    @abstractmethod
    def download_sync(self, buffer: int, nbytes: int) -> bytes:
        """`download`, blocking."""

    @abstractmethod
    def compile(self, programs: Sequence[Program]) -> list[int]:
        """Pipelines of the programs, cached; several are compiled in parallel where the
        host can.

        ValueError where a program enables what the adapter lacks.
        """

    @abstractmethod
    def bind(self, pipeline: int, buffers: Sequence[int], params: bytes = b"") -> int:
        """A bind group: the storage buffers in binding order, then the uniform block
        where the kernel has one.
        """

    @abstractmethod
    def unbind(self, group: int) -> None:
        """Forgets a bind group."""

    @abstractmethod
    def run(self, commands: array[int]) -> None:
        """Plays a command list, in order. A host may cut it into several submits."""

    @abstractmethod
    async def settled(self) -> None:
        """Waits until all that was run is done, while other tasks run."""

    @abstractmethod
    def sync(self) -> None:
        """`settled`, blocking."""

    def start_clock(self) -> bool:
        """From now on the device measures how long kernels take; False where it cannot."""
        return False

    def read_clock(self) -> float:
        """Milliseconds that kernels took since the clock was started, or read last;
        waits until they are done.
        """
        raise RuntimeError("no clock runs on this device; start_clock() tells whether it has one")

    def stop_clock(self) -> None:
        """Ends it, where one runs."""
        return None

    # --- where `takes_wholes`

    def play_whole(
        self, run: Callable[..., Any], ins: Sequence[Bound], outs: Sequence[Bound]
    ) -> None:
        """Puts what `run` makes of arrays of `ins` into `outs`."""
        raise NotImplementedError

    def lying(self, buffers: Sequence[int]) -> list[Any]:
        """What each holds, as it lies there. Whoever keeps these objects sees by them
        when a buffer has been written: then it holds another one.
        """
        raise NotImplementedError

    def seen(self, bound: Bound) -> Any:
        """What a buffer holds, as an array."""
        raise NotImplementedError

    @abstractmethod
    def memory(self) -> dict[str, int]:
        """{'buffers', 'bytes'} in use, {'pooled_bytes'} waiting for reuse,
        {'bind_groups', 'pipelines'}.
        """
