"""What the Sound page talks to. Clips are the page's own, and come with each call; the
network is here. No NumPy: a page with a graphics card does not load it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import ops
from ...core.capture import capture
from ...core.tensor import Tensor, tensor
from ...data.zipped import picture_folder
from ...host.files import FormatError
from ...host.progress import Listener
from ...host.stores.folders import Zip, zip_bytes
from ..app import method
from .files import (
    MAX_MODEL,
    MODEL,
    SUFFIXES,
    Heard,
    find_sounds,
    model_bytes,
    read_model,
    sound_files,
)
from .network import SoundOptions, train
from .samples import NAMES, sample_sounds
from .spectrogram import BANDS, FRAMES, RATE, cut, pixels_of, spectrograms

MOST_CLIPS = 4000
"""That are learnt from at once: 256 MB of samples."""
MOST_UNPACKED = 512 << 20


class SoundSession:
    """A network that tells sounds apart, once it was trained or loaded; its file, too,
    as a browser may take the GPU device away.
    """

    def __init__(self) -> None:
        self._heard: Heard | None = None
        self._file: bytes | None = None
        self._training = self._stop = False
        self._hearing: Any = None  # one plan, for as long as the network stays

    @method()
    async def samples(self, count: int = 25, seed: int = 0) -> dict[str, Any]:
        """`{names, sounds: [{clips, pixels}]}`: sounds that a program makes, so many
        of each class, as `clips` says them.
        """
        each = [sample_sounds(name, int(count), int(seed)) for name in NAMES]
        return {"names": list(NAMES), "sounds": [await _message(clips) for clips in each]}

    @method()
    async def clips(self, samples: Any) -> dict[str, Any]:
        """`{clips, pixels}`: a sound cut into seconds where it is loud. `samples`:
        Float32Array, 16,000 a second, from -1 to 1; `clips`: those of all seconds, one
        after the other; `pixels`: 61 * 64 bytes of each, how loud its pitches are, from
        low to high, moment by moment.
        """
        seconds = cut(samples)
        return await _message(_rows(b"".join(seconds)))

    @method(options=SoundOptions)
    async def train(
        self,
        options: Mapping[str, Any],
        clips: Any,
        labels: Sequence[int],
        names: Sequence[str],
        listener: Listener = lambda step: None,
    ) -> dict[str, Any]:
        """What the command's `--json` writes, `history: {loss: [...], accuracy,
        val_loss, val_accuracy}`, and `model: Uint8Array`, its file. `clips`:
        Float32Array, 16,000 samples of each; `labels`: an index into `names` of each.
        Progress after each epoch: `{stage, done, of, loss, accuracy, val_loss?,
        val_accuracy?}`. ValueError unless there are two classes or more, each with a
        clip.
        """
        if self._training:
            raise RuntimeError("a training is running already; stop it first")
        numbers, called = [int(label) for label in labels], [str(name) for name in names]
        if not 0 < len(numbers) <= MOST_CLIPS:
            raise ValueError(f"there are {len(numbers)} sounds; expected 1 to {MOST_CLIPS}")
        self._training, self._stop = True, False
        try:
            chosen = SoundOptions(**options)
            trained = await train(
                _rows(clips, len(numbers)), numbers, called, chosen, listener, lambda: self._stop
            )
            file = await model_bytes(trained.model, called, trained.data)
        finally:
            self._training = False
        self._take(Heard(trained.model, trained.names), file)
        return {**trained.data, "history": trained.history, "model": file}

    @method()
    def stop(self) -> None:
        """Null. `train` then ends after its step and returns what it has, `stopped:
        true`.
        """
        self._stop = True

    @method()
    async def hear(self, samples: Any) -> dict[str, Any]:
        """`{pixels, shares, names}`: what a second sounds like, `samples` as `clips`
        has them; shares and names null before there is a network.
        """
        if self._hearing is None:
            self._hearing = capture(self._look)
        values = list(await self._hearing(_rows(samples, 1)).data())
        end = FRAMES * BANDS
        heard = self._heard
        return {
            "pixels": pixels_of(values[:end]),
            "shares": [float(share) for share in values[end:]] if heard else None,
            "names": list(heard.names) if heard else None,
        }

    def _look(self, clip: Tensor) -> Tensor:
        seen = spectrograms(clip)
        if self._heard is None:
            return seen.reshape(-1)
        shares = self._heard.model(seen.reshape(1, FRAMES, BANDS, 1))
        return ops.concat([seen.reshape(-1), shares.reshape(-1)], 0)

    @method()
    def load(self, bytes: Any) -> dict[str, Any]:
        """`{names}`: takes a network's file, or an exported zip's, in place of the one
        that is there. ValueError where it is none; all is then as it was.
        """
        file = memoryview(bytes).tobytes()
        heard = read_model(file)
        self._take(heard, file)
        return {"names": list(heard.names)}

    @method()
    def forget(self) -> None:
        """Null. There is no network any more."""
        self._take(None, None)

    @method()
    def export(
        self, names: Sequence[str], clips: Sequence[Sequence[Any]], model: Any = None
    ) -> bytes:
        """`Uint8Array`: a zip that `python -m pywebml sound` takes as it is: of each
        class its clips, Int16Arrays of 16,000 samples, as wav files, and the network's
        file, where there is one.
        """
        mine = [[memoryview(clip).cast("B").tobytes() for clip in each] for each in clips]
        files = sound_files([str(name) for name in names], mine)
        if model is not None:
            files[MODEL] = memoryview(model).tobytes()
        return zip_bytes(files)

    @method()
    def read(self, bytes: Any) -> dict[str, Any]:
        """`{classes: [{name, files: [Uint8Array]}], model}`: the wav files in a zip of
        class folders, such as `export` wrote, and the network's file or null; the
        session stays as it is. ValueError where there are none.
        """
        file = memoryview(bytes).tobytes()
        inside = Zip(file)
        if sum(entry.file_size for entry in inside.entries.values()) > MOST_UNPACKED:
            raise FormatError(
                f"this zip unpacks to more than {MOST_UNPACKED >> 20} MB; give it in parts"
            )
        model = inside.read(MODEL, MAX_MODEL) if MODEL in inside else None
        if model is not None:
            read_model(model)
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "sounds.zip"
            path.write_bytes(file)
            with picture_folder(path, SUFFIXES) as root:
                folder = find_sounds(root, least=1)
                files: list[list[Any]] = [[] for _ in folder.names]
                for each, label in folder.files:
                    files[label].append(each.read_bytes())
        named = zip(folder.names, files, strict=True)
        return {"classes": [{"name": n, "files": each} for n, each in named], "model": model}

    def revive(self) -> None:
        """Goes on with the network on a new device."""
        self._take(read_model(self._file) if self._file else None, self._file)

    def _take(self, heard: Heard | None, file: bytes | None) -> None:
        self._heard, self._file, self._hearing = heard, file, None


def _rows(samples: Any, count: int | None = None) -> Tensor:
    """float32 [clips, 16000]. ValueError for other lengths."""
    view = memoryview(samples).cast("B")
    clips = len(view) // (4 * RATE)
    if len(view) != clips * 4 * RATE or clips != (count or clips) or not clips:
        raise ValueError(
            f"there are {len(view) // 4} samples; expected {RATE} for each of"
            f" {count or 'some'} clips"
        )
    return tensor(view.cast("f", (clips, RATE)))


async def _message(clips: Tensor) -> dict[str, Any]:
    values = list(await spectrograms(clips).reshape(-1).data())
    return {"clips": (await clips.data()).tobytes(), "pixels": pixels_of(values)}
