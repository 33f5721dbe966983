"""Weights from the net into a cache folder: verified, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from ..formats.layers_models import read_layers_stored
from ..formats.wire.stored import MAX_JSON
from ..host.files import FormatError, checked_name, make_room, refused, scratch, write_whole
from ..host.json_data import read_json
from ..host.keeping import caching
from ..host.stores.folders import Folder
from ..host.stores.http import TIMEOUT, fetch

Progress = Callable[[int, int], None]

MAX_SHARD = 256 << 20
AT_ONCE = 8
_THERE = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EACCES}
"""What systems say where a folder is to go and something stands already."""
TRIES = 100


def content_sha256(model_json: bytes, what: str = "model.json") -> str:
    """The sha256 of a JSON file's content, whatever its spaces and the order of its
    keys. FormatError that names `what` where it is no JSON.
    """
    content = json.dumps(read_json(model_json, what), sort_keys=True, separators=(",", ":"))
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


def _holds(folder: Path, topology_sha256: str, weights_sha256: str) -> bool:
    try:
        verify_layers_model(folder, topology_sha256, weights_sha256)
    except (OSError, ValueError):
        return False
    return True


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
    expected, OSError where it cannot be written.
    """
    folder = Path(folder)
    base = url.rsplit("/", 1)[0]
    with caching(folder) as work:
        raw = fetch(url, MAX_JSON, timeout=timeout)
        if content_sha256(raw, url) != topology_sha256:
            raise FormatError(
                f"{url} is not the model that was expected: content sha256"
                f" {content_sha256(raw, url)}, expected {topology_sha256}"
            )
        gathered = work / folder.name
        write_whole(gathered / "model.json", raw)
        with refused(url):
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
                write_whole(gathered / name, data)
                if progress:
                    progress(done, len(names) + 1)
        verify_layers_model(gathered, topology_sha256, weights_sha256)
        _move(gathered, folder, lambda: _holds(folder, topology_sha256, weights_sha256))
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
    path = Path(path)
    with caching(path) as work:
        fresh = write_whole(work / path.name, fetch(url, MAX_SHARD, sha256, timeout))
        make_room(path)
        os.replace(fresh, path)
    if progress:
        progress(1, 1)
    return path


def _move(gathered: Path, folder: Path, is_right: Callable[[], bool]) -> None:
    """Puts the verified folder in place. What another process has put there meanwhile
    stays where it `is_right`, as somebody may read it; anything else makes room.
    """
    for _ in range(TRIES):
        try:
            os.replace(gathered, folder)
            return
        except OSError as e:
            if e.errno not in _THERE:
                raise
        if is_right():
            return
        with scratch(folder.parent) as aside, suppress(FileNotFoundError):
            os.replace(folder, aside / folder.name)  # unless somebody else has moved it
    raise OSError(f"{folder} is written by others all the time; try again later")
