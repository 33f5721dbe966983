"""Fourier transforms of any length, frames and windows, on every host: against NumPy and
SciPy, their gradients against differences of the parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import check_gradient, differences
from scipy import signal as scipy_signal

import pywebml as pw
from pywebml import ops
from pywebml.core.op import lower
from pywebml.core.spec import Spec
from pywebml.device import Adapter
from pywebml.ops.spectral.launches import LARGEST, radices
from pywebml.ops.spectral.transforms import FFT, IRFFT, RFFT

few = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
RANDOM = np.random.default_rng(0)


def real(*shape: int) -> Any:
    return RANDOM.standard_normal(shape).astype(np.float32)


def drawn(*shape: int) -> Any:
    return (real(*shape) + 1j * real(*shape)).astype(np.complex64)


def near(got: Any, want: Any, tolerance: float = 2e-6) -> None:
    """Relative to the largest number, as a transform mixes them all."""
    assert got.shape == want.shape
    assert np.abs(got.numpy() - want).max() <= tolerance * max(np.abs(want).max(), 1e-6)


LENGTHS = [1, 2, 3, 7, 8, 16, 31, 32, 48, 49, 64, 100, 128, 256, 512, 1000, 1024, 2048, 4096, 6001]


@pytest.mark.parametrize("n", [*LENGTHS, 16384, 1 << 17])
def test_transforms_of_every_kind_of_length(host: str, n: int) -> None:
    x = drawn(1 if n > 5000 else 3, n)
    near(ops.fft(x), np.fft.fft(x.astype(np.complex128)))
    near(ops.ifft(x), np.fft.ifft(x.astype(np.complex128)))
    near(ops.rfft(x.real), np.fft.rfft(x.real.astype(np.float64)))
    if n > 1:
        near(ops.irfft(x), np.fft.irfft(x.astype(np.complex128)))


@few
@given(
    lead=st.lists(st.integers(1, 5), max_size=3),
    n=st.one_of(st.integers(1, 200), st.sampled_from([256, 384, 512, 1024])),
)
def test_any_shape(host: str, lead: list[int], n: int) -> None:
    x = drawn(*lead, n)
    near(ops.fft(x), np.fft.fft(x.astype(np.complex128)))
    near(ops.ifft(ops.fft(x)), x.astype(np.complex128), 4e-6)


def test_a_batch_that_fills_many_workgroups(host: str) -> None:
    x = drawn(67, 64)
    near(ops.fft(x), np.fft.fft(x.astype(np.complex128)))


def test_lengths_are_cut_or_filled(host: str) -> None:
    x = real(2, 10)
    for n in (1, 5, 8, 10, 16, 33):
        near(ops.rfft(x, n), np.fft.rfft(x.astype(np.float64), n))
    assert ops.rfft([1, 2, 3]).dtype == "complex64" and ops.irfft([3.0]).tolist() == [3.0]


def test_both_axes(host: str) -> None:
    x = drawn(2, 6, 16)
    near(ops.fft2(x), np.fft.fft2(x.astype(np.complex128)))
    near(ops.ifft2(ops.fft2(x)), x.astype(np.complex128), 4e-6)


def test_recorded_and_as_methods(host: str) -> None:
    x = real(4, 32)
    recorded = pw.capture(lambda t: ops.irfft(t.rfft() * 2.0))(pw.tensor(x))
    near(recorded, 2 * x.astype(np.float64), 4e-6)
    assert ops.spectral.fft is ops.fft


@pytest.mark.parametrize("bits", range(3, 27))
def test_radices_are_such_that_a_workgroup_takes(bits: int) -> None:
    parts = radices(1 << bits)
    assert math.prod(parts) == 1 << bits and all(8 <= part <= LARGEST for part in parts)
    assert len(parts) == (1 if bits <= 11 else -(-bits // 9))


@pytest.mark.parametrize("shape", [(1 << 22,), (1 << 18, 64), (3, 1000003), (1 << 20, 3)])
@pytest.mark.parametrize("op", [FFT(), FFT(True)])
def test_launches_stay_within_limits(op: FFT, shape: tuple[int, ...]) -> None:
    spec = Spec(shape, "complex64")
    for launch in lower(op, (spec,), (spec,), Adapter("a GPU", "wgsl")).launches:
        assert max(launch.groups) <= 65535


# gradients


COMPLEX: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "fft 8": (ops.fft, np.fft.fft), "ifft 5": (ops.ifft, np.fft.ifft),
    "fft2 4": (ops.fft2, np.fft.fft2), "irfft 5": (ops.irfft, np.fft.irfft),
    "irfft 2": (ops.irfft, np.fft.irfft),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPLEX)
def test_gradients_of_complex_numbers(host: str, name: str) -> None:
    ours, meaning = COMPLEX[name]
    x = drawn(2, int(name.split()[1]))
    weights = drawn(*meaning(x).shape)

    def loss(pairs: Any) -> float:
        return float((meaning(pairs[..., 0] + 1j * pairs[..., 1]) * weights).real.sum())

    slope = differences(loss, np.stack([x.real, x.imag], -1).astype(np.float64))
    got = pw.grad(lambda t: ops.real(ours(t) * weights).sum())(pw.tensor(x)).numpy()
    np.testing.assert_allclose(got, slope[..., 0] + 1j * slope[..., 1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("n", [4, 5, 16])
def test_gradients_of_real_numbers(host: str, n: int) -> None:
    check_gradient(lambda t: ops.abs(ops.rfft(t)), lambda x: np.abs(np.fft.rfft(x)), real(2, n))
    check_gradient(lambda t: ops.imag(ops.rfft(t, 8)), lambda x: np.fft.rfft(x, 8).imag, real(2, n))


def test_gradients_of_gradients(host: str) -> None:
    """Of the power of a transform: n times the identity, twice."""
    power = lambda t: ops.square(ops.abs(ops.fft(t))).sum()  # noqa: E731
    x = pw.tensor(drawn(6))
    once = pw.grad(power)
    near(once(x), 12 * x.numpy().astype(np.complex128), 1e-5)
    twice = pw.grad(lambda t: ops.square(ops.abs(once(t))).sum())(x)
    near(twice, 288 * x.numpy().astype(np.complex128), 1e-5)


# signals


@pytest.mark.parametrize(
    ("n", "length", "step"), [(9, 4, 1), (10, 4, 4), (10, 3, 5), (7, 7, 2), (64, 16, 6)]
)
def test_frames(host: str, n: int, length: int, step: int) -> None:
    x = real(2, n)
    windows = np.lib.stride_tricks.sliding_window_view(x, length, -1)[:, ::step]
    assert ops.signal.frame(x, length, step).numpy().tolist() == windows.tolist()
    check_gradient(
        lambda t: ops.signal.frame(t, length, step),
        lambda v: np.lib.stride_tricks.sliding_window_view(v, length, -1)[:, ::step],
        x,
    )


def test_frames_that_are_filled(host: str) -> None:
    got = ops.signal.frame([1, 2, 3, 4, 5], 4, 2, True, 7)
    assert got.tolist() == [[1, 2, 3, 4], [3, 4, 5, 7], [5, 7, 7, 7]]
    assert ops.signal.frame([1, 2], 3, 1).shape == (0, 3)
    assert ops.fft(np.zeros((0, 8), np.complex64)).shape == (0, 8)
    assert ops.signal.frame([1j, 2], 2, 1).tolist() == [[1j, 2]]
    assert ops.signal.frame([1, 2], 4, 1, True).tolist() == [[1, 2, 0, 0], [2, 0, 0, 0]]


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9, 100])
def test_windows(host: str, n: int) -> None:
    """Periodic where even, symmetric where odd, as in TensorFlow.js."""
    for ours, name in ((ops.signal.hann_window, "hann"), (ops.signal.hamming_window, "hamming")):
        want = scipy_signal.get_window(name, n, fftbins=n % 2 == 0)
        np.testing.assert_allclose(ours(n).numpy(), want, atol=1e-6)


def test_stft(host: str) -> None:
    x = real(2, 100)
    frames = np.lib.stride_tricks.sliding_window_view(x, 24, -1)[:, ::10].astype(np.float64)
    window = scipy_signal.get_window("hann", 24)
    near(ops.signal.stft(x, 24, 10), np.fft.rfft(frames * window, 32))
    near(ops.signal.stft(x, 24, 10, 24, lambda n: np.ones(n, np.float32)), np.fft.rfft(frames, 24))
    got = ops.signal.stft(x, 24, 10, 64, ops.signal.hamming_window)
    near(got, np.fft.rfft(frames * scipy_signal.get_window("hamming", 24), 64))
    check_gradient(
        lambda t: ops.abs(ops.signal.stft(t, 8, 4)),
        lambda v: np.abs(
            np.fft.rfft(
                np.lib.stride_tricks.sliding_window_view(v, 8, -1)[:, ::4]
                * scipy_signal.get_window("hann", 8)
            )
        ),
        real(1, 20),
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.fft(1.0), "fft: x .* expected, got a single number"),
        (lambda: ops.rfft([1j]), "rfft: x must be real, got complex64; fft takes"),
        (lambda: ops.rfft([1.0], 0), "fft_length must be at least 1, got 0"),
        (lambda: ops.rfft([1.0], 2.5), "fft_length must be ints"),
        (lambda: ops.fft2([1.0]), r"fft2: x \[..., m, n\] expected"),
        (lambda: RFFT()([1.0]), "an even number of values"),
        (lambda: IRFFT()(pw.tensor([1j])), "at least two numbers"),
        (lambda: FFT()([1.0]), "fft: x must be complex64, got float32"),
        (lambda: ops.signal.frame([1.0], 1, 0), "frame_step must be at least 1, got 1 and 0"),
        (lambda: ops.signal.frame(1.0, 1, 1), "a signal"),
        (lambda: ops.signal.hann_window(0), "window_length must be at least 1"),
        (lambda: ops.signal.hann_window(2.5), "window_length must be ints"),
    ],
)  # fmt: skip
def test_sentences(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call()


@pytest.mark.parametrize("n", [2, 6, 16, 100, 4096])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_a_nan_spreads_over_its_whole_transform(host: str, name: str, n: int) -> None:
    x = real(3, n) if name == "rfft" else drawn(3, n)
    x[1, n // 2] = np.nan if name == "rfft" else complex(np.nan, np.nan)
    y = getattr(ops, name)(x).numpy()
    assert np.isnan(y[1]).all()  # in a part of each number
    assert np.isfinite(y[[0, 2]]).all()
