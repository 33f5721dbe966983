"""Pictures, sounds, tables, and data sets in files."""

from __future__ import annotations

import io
import json
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import pywebml as pw
from pywebml.apps.tables.reading import read_table
from pywebml.data import class_names
from pywebml.data.pictures import FORMATS, load_picture
from pywebml.data.shards import index_of, reading
from pywebml.data.teachable_projects import pictures_of
from pywebml.data.wav import read_wav, wav_bytes
from pywebml.data.zipped import picture_folder
from pywebml.host.json_data import read_json
from pywebml.host.stores import AtHand, Memory
from pywebml.host.stores.folders import Zip as ZipFile
from pywebml.host.waiting import at_once

from .parts import Bytes, Files, Headed, Json, Part, Png, Zip
from .reader import Reader, document, parts_of

SIZES = (24, 17)


def picture(form: str, **options: Any) -> bytes:
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 255, (*SIZES, 3), np.uint8))
    if form in ("GIF", "ICO"):
        image = image.convert("P")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def pictures() -> list[Part]:
    parts: list[Part] = []
    for form in FORMATS:
        try:
            data = picture(form)
        except (KeyError, OSError):  # one that this machine's Pillow does not write
            continue
        parts.append(Png(data) if form == "PNG" else Bytes(data))
    turned = Image.Exif()
    turned[0x0112] = 6
    parts.append(Bytes(picture("JPEG", exif=turned, progressive=True)))
    parts.append(Bytes(picture("TIFF", compression="tiff_deflate")))
    return parts


def looked_at(data: bytes) -> None:
    load_picture(io.BytesIO(data), 8)


def samples(endings: str) -> dict[str, Part]:
    one = Bytes(picture("JPEG"))
    return {name.replace("jpg", endings): one for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg")}


def folders() -> list[Part]:
    return [Zip({**samples("jpg"), "classes.json": Json({"a": "left", "b": "right"})})]


def unpacked(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pictures.zip"
        path.write_bytes(data)
        with picture_folder(path) as root:
            if root == path:  # it does not begin as a zip does any more
                return
            assert not set(root.parent.iterdir()) - {root}
            below = sorted(each.name for each in root.iterdir() if each.is_dir())
            class_names.class_names(root, below)


def projects() -> list[Part]:
    one = Bytes(picture("PNG"))
    return [Zip({"manifest.json": Json({"type": "image"}), "a-!-0.png": one, "a-!-1": one})]


def wavs() -> list[Part]:
    plain = wav_bytes(np.arange(-50, 50, dtype="<i2") * 300, 8000)
    form = np.array([3, 1], "<u2").tobytes() + np.array([8000, 32000], "<u4").tobytes()
    chunks = b"WAVEfmt " + (16).to_bytes(4, "little") + form + np.array([4, 32], "<u2").tobytes()
    body = np.linspace(-1, 1, 40, dtype="<f4").tobytes()
    chunks += (
        b"LIST" + (4).to_bytes(4, "little") + b"INFO" + b"data" + len(body).to_bytes(4, "little")
    )
    floats = b"RIFF" + (len(chunks) + len(body)).to_bytes(4, "little") + chunks + body
    return [Bytes(plain), Bytes(floats)]


def tables() -> list[Part]:
    plain = b"size,price,name\n" + b"".join(b"%d,%d.5,n%d\n" % (i, i, i % 3) for i in range(9))
    quoted = 'Größe;Ort\n1,5;"a;b"\n2,5;"c""d"\n'
    return [Bytes(plain), Bytes(quoted.encode()), Bytes(quoted.encode("utf-16"))]


def data_sets() -> list[Part]:
    with tempfile.TemporaryDirectory() as folder:
        x = np.arange(24, dtype=np.float32).reshape(6, 4)
        whole = pw.data.Dataset.from_tensor_slices({"x": x, "y": np.arange(6)}).cache(f"{folder}/d")
        assert len(list(whole)) == 6
        files = {path.name: path.read_bytes() for path in Path(f"{folder}/d").iterdir()}
    parts: dict[str, Part] = {}
    for name, data in files.items():
        end = 8 + int.from_bytes(data[:8], "little")
        parts[name] = (
            document(data)
            if name.endswith(".json")
            else Headed(json.loads(data[8:end]), data[end:])
        )
    return [Files(parts)]


def row_files() -> list[Part]:
    with tempfile.TemporaryDirectory() as folder:
        x = np.arange(24, dtype=np.float32).reshape(6, 4)
        pw.data.Dataset.from_tensor_slices({"x": x, "y": np.arange(6)}).save(f"{folder}/d")
        files = {path.name: path.read_bytes() for path in Path(f"{folder}/d").iterdir()}
    return [Files(parts_of(files))]


def rows_read(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            if name and "/" not in name and len(name) < 100:
                (Path(folder) / name).write_bytes(data)
        if "rows.json" not in files:
            return  # nothing is there, which is a FileNotFoundError
        data = pw.data.Dataset.load(folder)
        list(data.shuffle(len(data), seed=1).batch(4))


def kept(files: dict[str, bytes]) -> None:
    """Sizes and checksums are put right, so that what is in the shards is looked at."""
    try:
        about = json.loads(files["dataset.json"])
        about["shards"] = [
            [name, len(files[name]), zlib.crc32(files[name])] for name, *_ in about["shards"]
        ]
        files = {**files, "dataset.json": json.dumps(about).encode()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass  # so broken that it has none
    list(index_and_read(files))


def index_and_read(files: dict[str, bytes]) -> Any:
    at_hand = AtHand(Memory(files, "the data set"))
    index = at_once(index_of(at_hand))
    return [] if index is None else reading(at_hand, index)


READERS = [
    Reader("pictures", pictures, looked_at),
    Reader("picture-folders", folders, unpacked),
    Reader("teachable-projects", projects, lambda data: pictures_of(ZipFile(data))),
    Reader("sounds", wavs, read_wav),
    Reader("tables", tables, read_table),
    Reader("data-sets", data_sets, kept),
    Reader("row-files", row_files, rows_read),
    Reader("json", lambda: [Json({"a": [1, {"b": None}], "c": "d", "e": [1.5, True]})],
           lambda data: read_json(data, "the file")),
]  # fmt: skip
