"""Weights from the net into a cache folder: verified, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..formats.layers_models import read_layers_stored
from ..formats.wire.stored import MAX_JSON
from ..host.files import FormatError, checked_name, write_whole
from ..host.json_data import read_json
from ..host.stores.folders import Folder
from ..host.stores.http import TIMEOUT, fetch

Progress = Callable[[int, int], None]

MAX_SHARD = 256 << 20
AT_ONCE = 8


def content_sha256(model_json: bytes) -> str:
    """The sha256 of a JSON file's content, whatever its spaces and the order of its
    keys.
    """
    content = json.dumps(read_json(model_json, "model.json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def verify_layers_model(folder: str | Path, topology_sha256: str, weights_sha256: str) -> None:
    """FormatError that names the file if `folder` does not hold the model of those
    sums; see `content_sha256`.
    """
    # says what is wrong where it cannot be read at all
    weights = read_layers_stored(folder).sha256
    if weights != weights_sha256:
        raise FormatError(
            f"the weights in {folder} have sha256 {weights}, expected {weights_sha256}"
        )
    topology = content_sha256(Folder(folder).read("model.json", MAX_JSON))
    if topology != topology_sha256:
        raise FormatError(
            f"model.json in {folder} has content sha256 {topology}, expected {topology_sha256}"
        )


def fetch_layers_model(
    url: str,
    folder: str | Path,
    topology_sha256: str,
    weights_sha256: str,
    progress: Progress | None = None,
    timeout: float = TIMEOUT,
) -> Path:
    """Downloads a TensorFlow.js layers model (`url` of its model.json) into `folder`;
    returns the folder.

    The files are gathered beside it, verified and then moved there at once, so `folder`
    is never half full. `progress(files done, of)`. ConnectionError that names the URL
    where the net or the server fails, ValueError where what came is not what was
    expected.
    """
    folder = Path(folder)
    base = url.rsplit("/", 1)[0]
    folder.parent.mkdir(parents=True, exist_ok=True)
    gathered = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        raw = fetch(url, MAX_JSON, timeout=timeout)
        if content_sha256(raw) != topology_sha256:
            raise FormatError(
                f"{url} is not the model that was expected: content sha256 {content_sha256(raw)},"
                f" expected {topology_sha256}"
            )
        (gathered / "model.json").write_bytes(raw)
        names = [
            checked_name(path)
            for group in read_json(raw, url)["weightsManifest"]
            for path in group["paths"]
        ]
        if progress:
            progress(1, len(names) + 1)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            arriving = pool.map(
                lambda name: fetch(f"{base}/{name}", MAX_SHARD, timeout=timeout), names
            )
            for done, (name, data) in enumerate(zip(names, arriving, strict=True), 2):
                (gathered / name).write_bytes(data)
                if progress:
                    progress(done, len(names) + 1)
        verify_layers_model(gathered, topology_sha256, weights_sha256)
        _move(gathered, folder)
    finally:
        shutil.rmtree(gathered, ignore_errors=True)
    return folder


def fetch_file(
    url: str,
    path: str | Path,
    sha256: str,
    progress: Progress | None = None,
    timeout: float = TIMEOUT,
) -> Path:
    """Downloads one file of that sha256 to `path`, whole or not at all; returns the
    path. Errors as `fetch_layers_model`.
    """
    write_whole(path, fetch(url, MAX_SHARD, sha256, timeout))
    if progress:
        progress(1, 1)
    return Path(path)


def _move(gathered: Path, folder: Path) -> None:
    """Puts the verified folder in place, whatever was there before."""
    os.chmod(gathered, 0o755)
    if folder.exists():
        old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
        os.replace(folder, old / folder.name)
        shutil.rmtree(old, ignore_errors=True)
    os.replace(gathered, folder)
