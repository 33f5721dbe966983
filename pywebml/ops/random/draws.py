"""Random numbers from a key and a counter: Threefry-2x32, 20 rounds (Salmon, Moraes,
Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011). Words 2 i and 2 i + 1
of a draw are threefry(key, (i, number of the draw)), the same integers on every host.

The state lives on the device and an op moves it on after each draw, so a captured step
that is replayed draws fresh numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...device.kernels import kernel
from ...host.lazy import np

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_FEISTEL_ROUNDS = 8


def threefry(k0: int, k1: int, c0: Any, c1: Any) -> tuple[Any, Any]:
    """Threefry-2x32-20 of uint32 counters under the key (k0, k1); arrays broadcast."""
    key = [np.uint32(k0), np.uint32(k1), np.uint32(int(k0) ^ int(k1) ^ _PARITY)]
    with np.errstate(over="ignore"):  # addition modulo 2^32 is what is meant
        x, y = np.broadcast_arrays(
            np.asarray(c0, np.uint32) + key[0], np.asarray(c1, np.uint32) + key[1]
        )
        for block in range(5):
            for by in _ROTATIONS[block % 2]:
                x = x + y
                y = (y << np.uint32(by) | y >> np.uint32(32 - by)) ^ x
            x = x + key[(block + 1) % 3]
            y = y + key[(block + 2) % 3] + np.uint32(block + 1)
    return x, y


@dataclass(frozen=True)
class Draw(Op):
    """Base of ops that make `shape` from the state."""

    shape: tuple[int, ...]

    entry: ClassVar[str] = ""
    dtype: ClassVar[str] = "float32"

    def infer(self, state: Spec) -> Spec:
        if state != Spec((4,), "uint32"):
            raise ValueError(
                f"{self.name}: the state must be uint32 [4], got {state.dtype} {state.shape}; use a"
                " Generator"
            )
        if any(n < 1 for n in self.shape):
            raise ValueError(
                f"{self.name}: every dimension of shape {self.shape} must be at least 1"
            )
        return Spec(self.shape, self.dtype)

    def words(self, state: Any) -> tuple[Any, Any]:
        """The draw's words as two arrays: those with an even index and those with an
        odd one.
        """
        n = (math.prod(self.shape) + 1) // 2
        return threefry(state[0], state[1], np.arange(n, dtype=np.uint32), state[2])

    def woven(self, even: Any, odd: Any) -> Any:
        return np.stack([even, odd], -1).reshape(-1)[: math.prod(self.shape)].reshape(self.shape)

    def parameters(self) -> tuple[float, float]:
        return 0.0, 0.0

    def gpu(self, k: Lowering) -> None:
        size = k.outs[0].size
        k.launch_flat(
            kernel("random", self.entry),
            [k.ins[0], k.outs[0]],
            pack("2I2f", size, 0, *self.parameters()),
            -(-size // 2),
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None,)


def unit(words: Any) -> Any:
    """24 bits as a float in [0, 1)."""
    return (words >> np.uint32(8)).astype(np.float64) / 2**24


def sample_state(seed: int = 7, draw: int = 0) -> Any:
    return np.array([seed, seed >> 3 ^ 0x9E3779B9, draw, 0], np.uint32)


@register
@dataclass(frozen=True)
class RandomBits(Draw):
    """uint32 words, all values equally likely."""

    entry = "bits"
    dtype = "uint32"

    def numpy(self, state: Any) -> Any:
        return self.woven(*self.words(state))

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape in [(1,), (7,), (3, 5, 2), (1000,)]:
            yield Case(f"{shape}", cls(shape), (sample_state(len(shape)),), 0, 0)


@register
@dataclass(frozen=True)
class DropoutMask(Draw):
    """0 with probability `rate`, else 1 / (1 - rate)."""

    rate: float = 0.5
    entry = "dropout"

    def infer(self, state: Spec) -> Spec:
        if not 0 <= self.rate < 1:
            raise ValueError(f"dropout: rate must be at least 0 and less than 1, got {self.rate}")
        return super().infer(state)

    def numpy(self, state: Any) -> Any:
        return np.where(
            unit(self.woven(*self.words(state))) >= np.float32(self.rate), 1 / (1 - self.rate), 0.0
        )

    def parameters(self) -> tuple[float, float]:
        return self.rate, 1 / (1 - self.rate)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, rate in [((9,), 0.5), ((4, 25), 0.1), ((3,), 0.0), ((1, 77), 0.9)]:
            yield Case(f"{shape} {rate}", cls(shape, rate), (sample_state(8, 3),), 1e-6)


@register
@dataclass(frozen=True)
class RandomPermutation(Draw):
    """int32 [n]: 0 ... n - 1 shuffled by a keyed Feistel network with cycle walking; no
    sort, each entry on its own.

    Eight rounds of Threefry on halves of an index. All entries are found by themselves,
    so a GPU needs one launch.
    """

    entry = "permutation"
    dtype = "int32"

    @property
    def _half(self) -> int:
        """Bits of half an index: at least two, so that few numbers mix well too."""
        return max(2, -(-(self.shape[0] - 1).bit_length() // 2))

    def infer(self, state: Spec) -> Spec:
        if len(self.shape) != 1 or not 1 <= self.shape[0] < 2**31:
            raise ValueError(
                f"permutation: n must lie between 1 and 2^31 - 1, got shape {self.shape}"
            )
        return super().infer(state)

    def numpy(self, state: Any) -> Any:
        n, half = self.shape[0], self._half
        mask = np.uint32((1 << half) - 1)
        counters = np.arange(_FEISTEL_ROUNDS, dtype=np.uint32)[:, None] << np.uint32(
            16
        ) | np.arange(1 << half, dtype=np.uint32)
        tables = threefry(state[0], state[1], counters, state[2])[0] & mask
        out = np.arange(n, dtype=np.uint32)
        walking = np.arange(n)
        while walking.size:
            left, right = out[walking] >> np.uint32(half), out[walking] & mask
            for table in tables:
                left, right = right, left ^ table[right]
            out[walking] = left << np.uint32(half) | right
            walking = walking[out[walking] >= n]
        return out.astype(np.int32)

    def gpu(self, k: Lowering) -> None:
        n = self.shape[0]
        k.launch_flat(
            kernel("random", self.entry),
            [k.ins[0], k.outs[0]],
            pack("2I2f", n, self._half, 0.0, 0.0),
            n,
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for n in (1, 2, 5, 16, 100, 1025):
            yield Case(f"{n}", cls((n,)), (sample_state(n, 4),), 0, 0)


@register
@dataclass(frozen=True)
class AdvanceGenerator(Op):
    """Moves a generator's state to its next draw, in place."""

    writes = (0,)

    def infer(self, state: Spec) -> tuple[Spec, ...]:
        if state != Spec((4,), "uint32"):
            raise ValueError(
                f"AdvanceGenerator: the state must be uint32 [4], got {state.dtype} {state.shape}"
            )
        return ()

    def numpy(self, state: Any) -> Any:
        return (np.array([state[0], state[1], (int(state[2]) + 1) % 2**32, state[3]], np.uint32),)

    def gpu(self, k: Lowering) -> None:
        k.launch(kernel("advance", "generator"), [k.ins[0]], pack("2f", 0.0, 0.0))

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("next", cls(), (sample_state(1, 41),), 0, 0)
        yield Case("wrap", cls(), (sample_state(1, 2**32 - 1),), 0, 0)
