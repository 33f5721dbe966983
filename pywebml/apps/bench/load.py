"""`bench load`: a model of 100 MB, and a small one up to its first answer, in fresh
processes of ours and of Keras 3, which load the same files in turns.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from .measure import Row, row

TIMES = 3
PEER = "Keras 3 (JAX)"
LARGE, SMALL = "ResNet50", "MobileNet v1 0.25"
BOTH = (".keras", ".h5")
"""What Keras reads, too."""
FOLDER = "folder"
SIZE = 224


class Loaded(NamedTuple):
    """What one process measured: seconds, bytes of weights, bytes that memory grew by
    at most (None where the system does not tell).
    """

    seconds: float
    nbytes: int
    grown: int | None


def rows(
    say: Callable[[str], None] = lambda text: None, device: str = "auto", quick: bool = False
) -> Iterator[Row]:
    """A row for each file. Medians of TIMES processes; one of each if `quick`."""
    has_keras = find_spec("keras") is not None and find_spec("jax") is not None
    with tempfile.TemporaryDirectory() as scratch:
        for name, predicts in ((LARGE, False), (SMALL, True)):
            say(f"Writing {name}")
            files = written(Path(scratch), name)
            for ending, path in files.items():
                say(f"Loading {name} from {ending}")
                libraries = ["pywebml", *(["keras"] if ending in BOTH and has_keras else [])]
                turns = [
                    {library: _process(library, path, predicts, device) for library in libraries}
                    for _ in range(1 if quick else TIMES)
                ]
                yield _row(f"{name}, {ending}", predicts, turns)


def _row(work: str, predicts: bool, turns: list[dict[str, Loaded]]) -> Row:
    def median(library: str, of: Callable[[Loaded], Any]) -> Any:
        values = [of(turn[library]) for turn in turns if library in turn]
        return None if not values or None in values else statistics.median(values)

    seconds = {
        library: median(library, lambda each: each.seconds) for library in ("pywebml", "keras")
    }
    memory = {
        library: median(library, lambda each: each.grown and each.grown / each.nbytes)
        for library in seconds
    }
    notes = [f"{turns[0]['pywebml'].nbytes / 1e6:.0f} MB"]
    if not predicts and memory["pywebml"] is not None:
        theirs = "" if memory["keras"] is None else f", Keras {memory['keras']:.2f}"
        notes.append(f"memory grows by {memory['pywebml']:.2f} times as much{theirs}")
    if predicts:
        notes.append("up to the first answer")
    peer = "" if seconds["keras"] is None else PEER
    peer_ms = None if seconds["keras"] is None else seconds["keras"] * 1e3
    return row("load", work, seconds["pywebml"] * 1e3, peer, peer_ms, "; ".join(notes))


def written(
    folder: Path, name: str, endings: Sequence[str] = (*BOTH, ".zip", ".onnx", FOLDER)
) -> dict[str, Path]:
    """{ending: file} of a network with random weights."""
    from ...formats.loading import save_model
    from ...zoo import architectures

    if name == LARGE:
        network = architectures.ResNet50(weights=None)
    else:
        network = architectures.MobileNet(alpha=0.25, weights=None)
    stem = folder / name.split()[0].lower()
    files = {
        ending: stem if ending == FOLDER else stem.with_name(stem.name + ending)
        for ending in endings
    }
    for path in files.values():
        save_model(network, path)
    return files


def _process(library: str, path: Path, predicts: bool, device: str) -> Loaded:
    """What a fresh Python measures. RuntimeError where it fails."""
    command = [sys.executable, "-m", __name__, library, str(path), str(int(predicts)), device]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it did not say why"])[-1]
        raise RuntimeError(f"{library} did not load {path.name}: {why}")
    return Loaded(*json.loads(done.stdout.splitlines()[-1]))


# --- inside such a process


def _measured(library: str, path: str, predicts: bool, device: str) -> Loaded:
    load, answer, weights = (_keras if library == "keras" else _pywebml)(device)
    import numpy as np

    picture = np.zeros((1, SIZE, SIZE, 3), np.float32)
    before, peak = _memory()
    start = time.perf_counter()
    model = load(path)
    if predicts:
        answer(model, picture)
    nbytes = weights(model)
    seconds = time.perf_counter() - start
    grown = None if before is None else peak() - before
    return Loaded(seconds, nbytes, grown)


def _pywebml(device: str) -> Any:
    from ...device import set_device
    from ...formats.loading import load_model
    from ...layers import Dense
    from ...models import Sequential

    set_device(device)
    with tempfile.TemporaryDirectory() as scratch:  # so that all that is needed is imported
        Sequential([Dense(1, input_shape=(2,))]).save(f"{scratch}/small.keras")
        load_model(f"{scratch}/small.keras")
    return (
        load_model,
        lambda model, picture: model.predict(picture, verbose=0).numpy(),
        lambda model: 4 * model.count_params(),
    )


def _keras(device: str) -> Any:
    import os

    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import keras  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as scratch:
        small = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
        small.save(f"{scratch}/small.keras")
        keras.models.load_model(f"{scratch}/small.keras")

    def nbytes(model: Any) -> int:
        values = [weight.value for weight in model.weights]
        jax.block_until_ready(values)
        return sum(int(value.nbytes) for value in values)

    return (
        keras.models.load_model,
        lambda model, picture: model.predict(picture, verbose=0),
        nbytes,
    )


def _memory() -> tuple[int | None, Callable[[], int]]:
    """(bytes of this process in memory, what says how many there were at most since)."""
    status, clear = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not clear.exists():
        return None, lambda: 0

    def said(what: str) -> int:
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(what))

    clear.write_text("5", encoding="ascii")  # forgets the peak so far
    return said("VmRSS"), lambda: said("VmHWM")


if __name__ == "__main__":
    library, path, predicts, device = sys.argv[1:]
    print(json.dumps(_measured(library, path, predicts == "1", device)))
