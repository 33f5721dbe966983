"""Cameras and microphones as elements, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..host import IN_TAB
from ..host.asking import Page, page
from ..host.lazy import np
from ..host.optional import need
from ..host.waiting import run_sync
from .dataset import Dataset
from .folders import find_pictures
from .pictures import WHOLE, load_picture
from .sources import fitted, resized
from .wav import RATES, read_wav, resampled

QUIET = 1e-10
"""What a magnitude is at least, before its logarithm."""


class Capture:
    """A camera or microphone: `await capture()` is the next element, `async for` goes
    on until `stop()`, and `for` does so for who does not await. `dataset()` is it as a
    data set, of which one takes as much as one wants.
    """

    def __init__(self, start: Callable[[], Iterator[Any]]):
        self._start = start
        self._elements: Iterator[Any] | None = start()

    async def capture(self) -> Any:
        """The next element. RuntimeError after the last one, and after `stop`."""
        return self.capture_sync()

    def capture_sync(self) -> Any:
        """`capture` for who does not await."""
        try:
            return next(self._elements or iter(()))
        except StopIteration:
            raise RuntimeError("there is nothing more to capture; start() begins anew") from None

    def start(self) -> None:
        """Begins anew."""
        self.stop()
        self._elements = self._start()

    def stop(self) -> None:
        """Lets the device go."""
        elements, self._elements = self._elements, None
        if elements is not None and hasattr(elements, "close"):
            elements.close()

    def __iter__(self) -> Iterator[Any]:
        while self._elements is not None:
            try:
                yield next(self._elements)
            except StopIteration:
                return

    async def __aiter__(self) -> AsyncIterator[Any]:
        for element in self:
            await asyncio.sleep(0)  # others have their turn
            yield element

    def dataset(self) -> Dataset:
        """The elements from now on."""
        return Dataset(lambda: iter(self))


class PageCapture(Capture):
    """A camera or microphone that the page has, whose visitor is asked. `for` and
    `capture_sync` need a browser that can wait inside Python.

    `question` is what the page is asked for, `element` makes an element of its answer.
    """

    def __init__(
        self, page: Page, question: Mapping[str, Any], element: Callable[[Any], Awaitable[Any]]
    ):
        self._page, self._question, self._element = page, question, element
        super().__init__(lambda: iter(()))

    async def capture(self) -> Any:
        """The next element. RuntimeError after `stop`, and where the visitor refuses."""
        if self._elements is None:
            raise RuntimeError(f"the {self._question['name']} is stopped; start() begins anew")
        return await self._element(await self._page.ask({"sense": self._question}))

    def capture_sync(self) -> Any:
        return run_sync(self.capture())

    def stop(self) -> None:
        if self._elements is not None:
            self._page.send({"sense": {"name": self._question["name"], "over": True}})
        super().stop()

    def __iter__(self) -> Iterator[Any]:
        while self._elements is not None:
            yield self.capture_sync()

    async def __aiter__(self) -> AsyncIterator[Any]:
        while self._elements is not None:
            yield await self.capture()


def webcam(
    source: Any = None,
    *,
    resize_width: int | None = None,
    resize_height: int | None = None,
    center_crop: bool = False,
    device_id: int = 0,
) -> Capture:
    """Pictures of a camera, uint8 [height, width, 3]; TensorFlow.js's name. On the
    desktop OpenCV reads the camera (`pip install opencv-python-headless`). In a tab the
    Python page does, where the visitor allows it, mirrored as it is shown. Or it is
    picture files: a folder, or a list of paths, one after the other.

    Args:
        source: picture files in place of a camera.
        resize_width, resize_height: the size that pictures are brought to, both or
            none. `center_crop` takes the middle part that has its proportions.
        device_id: which camera, on the desktop; in a tab the browser asks.

    Raises:
        ValueError: one of the two sizes only, or a camera that does not open.
        ImportError: a camera without OpenCV.
        RuntimeError: no page to ask for its camera in a tab; or, with the first
            picture, the visitor refuses.

    Example:
        >>> files = sorted(pw.data.sample_folder().glob("*/*.jpg"))[:2]
        >>> camera = pw.data.webcam(files, resize_width=32, resize_height=24)
        >>> [picture.shape for picture in camera]
        [(24, 32, 3), (24, 32, 3)]
    """
    if (resize_width is None) != (resize_height is None):
        raise ValueError("webcam: give resize_width and resize_height, or none of them")
    size = None if resize_width is None or resize_height is None else (resize_height, resize_width)
    if source is not None:
        paths = _paths(source)
        return Capture(
            lambda: (resized(load_picture(p, size or WHOLE), size, center_crop) for p in paths)
        )
    asked = page()
    if asked is not None:
        return PageCapture(asked, {"name": "camera"}, partial(_seen, size, center_crop))
    if IN_TAB:
        raise RuntimeError("webcam: this page has no camera for programs; name picture files")
    camera = need("cv2", "reads cameras", extra="camera")
    return Capture(lambda: _frames(camera, device_id, size, center_crop))


async def _seen(size: Any, crop: bool, picture: Any) -> Any:
    """A picture of the page's camera in a size."""
    pixels = np.frombuffer(picture["pixels"], np.uint8)
    rgba = pixels.reshape(int(picture["height"]), int(picture["width"]), 4)
    if size is None:
        return rgba[..., :3]
    values = await fitted(rgba, size, crop).data()
    return np.rint(np.reshape(values, (*size, 3))).astype("uint8")


def _paths(source: Any) -> list[Path]:
    if isinstance(source, (str, Path)):
        return [each.path for each in find_pictures(Path(source)).pictures]
    return [Path(path) for path in source]


def _frames(library: Any, device: int, size: Any, crop: bool) -> Iterator[Any]:
    camera = library.VideoCapture(device)
    try:
        if not camera.isOpened():
            raise ValueError(f"webcam: camera {device} does not open; name another device_id")
        while True:
            ok, frame = camera.read()
            if not ok:
                return
            rgba = library.cvtColor(frame, library.COLOR_BGR2RGBA)
            yield resized(rgba, size, crop)
    finally:
        camera.release()


def microphone(
    source: Any = None,
    *,
    sample_rate_hz: int | None = None,
    fft_size: int = 1024,
    num_frames_per_spectrogram: int = 43,
    column_truncate_length: int | None = None,
    include_spectrogram: bool = True,
    include_waveform: bool = False,
) -> Capture:
    """Pieces of sound, {"spectrogram": [frames, bins, 1], "waveform": [samples, 1]} of
    float32; TensorFlow.js's name. A spectrogram has magnitudes in decibels: of
    `fft_size` samples a frame, `num_frames_per_spectrogram` frames a piece. In a tab
    the Python page listens, where the visitor allows it; a piece begins when it is
    asked for. Elsewhere the sound is that of wav files, their channels averaged.

    Args:
        source: a wav file, or several in a list, one after the other.
        sample_rate_hz: what they are brought to; each file's own, or the microphone's,
            where left out.
        column_truncate_length: of the fft_size / 2 frequencies, so many are kept.

    Raises:
        ValueError: sizes that cannot be, neither spectrogram nor waveform, a file that
            is no wav or a compressed one.
        RuntimeError: without a source on the desktop; or, with the first piece, the
            visitor refuses.

    Example:
        >>> import io, wave
        >>> file = io.BytesIO()
        >>> with wave.open(file, "wb") as sound:
        ...     sound.setparams((1, 2, 44100, 0, "NONE", ""))
        ...     sound.writeframes(bytes(2 * 1024 * 8))
        >>> sound = pw.data.microphone(file, num_frames_per_spectrogram=4)
        >>> [piece["spectrogram"].shape for piece in sound]
        [(4, 512, 1), (4, 512, 1)]
    """
    if fft_size < 32 or fft_size & (fft_size - 1):
        raise ValueError(f"microphone: fft_size must be a power of 2 from 32 up, got {fft_size}")
    if num_frames_per_spectrogram < 1:
        raise ValueError(
            "microphone: num_frames_per_spectrogram must be at least 1, got"
            f" {num_frames_per_spectrogram}"
        )
    bins = column_truncate_length or fft_size // 2
    if not 1 <= bins <= fft_size // 2:
        raise ValueError(
            f"microphone: column_truncate_length must be from 1 to {fft_size // 2}, got {bins}"
        )
    if sample_rate_hz is not None and not RATES[0] <= sample_rate_hz <= RATES[1]:
        raise ValueError(
            f"microphone: sample_rate_hz must be from {RATES[0]} to {RATES[1]}, got"
            f" {sample_rate_hz}"
        )
    if not include_spectrogram and not include_waveform:
        raise ValueError("microphone: include the spectrogram, the waveform, or both")
    size = fft_size * num_frames_per_spectrogram

    def element(piece: Any) -> dict[str, Any]:
        parts = {"spectrogram": decibels(piece, fft_size, bins)} if include_spectrogram else {}
        return parts | ({"waveform": piece[:, None]} if include_waveform else {})

    if source is None:
        asked = page()
        if asked is None:
            raise RuntimeError("microphone: programs are given none here; name wav files")

        async def heard(sound: Any) -> dict[str, Any]:
            samples, rate = np.frombuffer(sound["samples"], np.float32), int(sound["rate"])
            return element(resampled(samples, rate, sample_rate_hz or rate)[:size])

        question = {"name": "microphone", "samples": size, "rate": sample_rate_hz}
        return PageCapture(asked, question, heard)
    files = list(source) if isinstance(source, (list, tuple)) else [source]

    def start() -> Iterator[Mapping[str, Any]]:
        for file in files:
            sound, rate = read_wav(file)
            sound = resampled(sound, rate, sample_rate_hz or rate)
            for at in range(0, len(sound) - size + 1, size):
                yield element(sound[at : at + size])

    return Capture(start)


def decibels(piece: Any, fft_size: int, bins: int) -> Any:
    """The spectrogram [frames, bins, 1] of a piece of whole frames."""
    frames = np.reshape(piece, (-1, fft_size)) * np.hanning(fft_size)
    magnitudes = np.abs(np.fft.rfft(frames))[:, :bins] / fft_size
    return (20 * np.log10(np.maximum(magnitudes, QUIET)))[..., None].astype("float32")
