"""Pictures of files as Pillow's images and as arrays, under Keras's names."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from ..core.tensor import Tensor
from ..host.files import write_whole
from ..host.lazy import np
from .pictures import whole_picture

MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_FORMATS = {"jpg": "jpeg", "tif": "tiff", "jfif": "jpeg"}
_GREYS = ("L", "I;16", "I")


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """A picture as a Pillow image: upright, as its EXIF says (which Keras leaves), its
    transparency dropped unless `color_mode` is "rgba".

    Args:
        path: a path, or a binary file.
        color_mode: "grayscale", "rgb" or "rgba".
        target_size: (height, width) that it is resized to, None for its own.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos", "box" or "hamming".
        keep_aspect_ratio: cuts out the middle that has the target's proportions first.

    Raises:
        ValueError: a file that is no picture, or words that nobody knows.

    Example:
        >>> path = next(pw.data.sample_folder().glob("*/*.jpg"))
        >>> pw.utils.load_img(path, target_size=(32, 48)).size
        (48, 32)
    """
    if color_mode not in MODES:
        raise ValueError(
            f"load_img: color_mode must be 'grayscale', 'rgb' or 'rgba', got {color_mode!r}"
        )
    source = os.fsdecode(path) if isinstance(path, (bytes, os.PathLike)) else path
    image = in_mode(whole_picture(source), color_mode)
    if target_size is None:
        return image
    from PIL.Image import Resampling

    methods = {m.name.lower(): m for m in Resampling}
    if interpolation not in methods:
        raise ValueError(
            f"load_img: interpolation must be {', '.join(methods)}, got {interpolation!r}"
        )
    height, width = target_size
    if image.size == (width, height):
        return image
    box = None
    if keep_aspect_ratio:
        across = min(image.width, image.height * width // height)
        down = min(image.height, image.width * height // width)
        left, top = (image.width - across) // 2, (image.height - down) // 2
        box = (left, top, left + across, top + down)
    return image.resize((width, height), methods[interpolation], box=box)


def in_mode(image: Any, color_mode: str) -> Any:
    """A Pillow image in Keras's colour mode; greys of more than 8 bits stay so."""
    if color_mode == "grayscale" and image.mode in _GREYS:
        return image
    mode = MODES[color_mode]
    return image if image.mode == mode else image.convert(mode)


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """A Pillow image as a NumPy array [height, width, channels], float32 unless `dtype`
    says another; [channels, height, width] for "channels_first".

    Example:
        >>> path = next(pw.data.sample_folder().glob("*/*.jpg"))
        >>> pw.utils.img_to_array(pw.utils.load_img(path, "grayscale")).shape[2]
        1
    """
    first = is_first("img_to_array", data_format)
    x = np.asarray(img, dtype=dtype or "float32")
    if x.ndim == 2:
        x = x[..., None]
    elif x.ndim != 3:
        raise ValueError(
            "img_to_array: a picture is [height, width] or [height, width, channels], got"
            f" {x.shape}"
        )
    return x.transpose(2, 0, 1) if first else x


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """A Pillow image of an array [height, width, 1, 3 or 4]. `scale` brings its
    smallest value to 0 and its largest to 255; without it values must lie there.

    Example:
        >>> pw.utils.array_to_img(np.zeros((2, 3, 3))).size
        (3, 2)
    """
    from PIL import Image

    first = is_first("array_to_img", data_format)
    x = np.asarray(x.numpy() if isinstance(x, Tensor) else x, dtype=dtype or "float32")
    if x.ndim != 3:
        raise ValueError(f"array_to_img: one picture has three axes, got shape {x.shape}")
    x = x.transpose(1, 2, 0) if first else x
    if x.shape[2] not in (1, 3, 4):
        raise ValueError(f"array_to_img: a picture has 1, 3 or 4 channels, got shape {x.shape}")
    if scale:
        x = x - x.min()
        most = x.max()
        x = x / (most if most else 1) * 255
    if x.shape[2] == 1 and x.max() > 255:
        return Image.fromarray(x[..., 0].astype("int32"))
    pixels = x.astype("uint8")
    return Image.fromarray(pixels[..., 0] if x.shape[2] == 1 else pixels)


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Writes an array as a picture, whole or not at all: `array_to_img`, in the format
    that the path's suffix says. Options go to Pillow's `save`.

    Args:
        path: a path, or a binary file, which needs a `file_format`.

    Raises:
        ValueError: a format that nobody knows, or none.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> pw.utils.save_img(file, np.zeros((2, 3, 3)), file_format="png")
        >>> pw.utils.load_img(file).size
        (3, 2)
    """
    is_path = isinstance(path, (str, os.PathLike))
    if file_format is None and is_path:
        file_format = Path(path).suffix[1:]
    kind = (file_format or "").lower()
    kind = _FORMATS.get(kind, kind)
    if not kind:
        raise ValueError("save_img: say the file_format, such as 'png'")
    image = array_to_img(x, data_format, scale)
    if kind == "jpeg" and image.mode == "RGBA":
        image = image.convert("RGB")  # a JPEG has no transparency
    out = io.BytesIO()
    try:
        image.save(out, format=kind, **kwargs)
    except KeyError:
        raise ValueError(f"save_img: no format {kind!r} is known; 'png' and 'jpeg' are") from None
    if is_path:
        write_whole(path, out.getvalue())
    else:
        path.write(out.getvalue())


def is_first(who: str, data_format: str | None) -> bool:
    """Whether channels come first. ValueError for another word."""
    if data_format not in (None, "channels_last", "channels_first"):
        raise ValueError(
            f"{who}: data_format must be 'channels_last' or 'channels_first', got {data_format!r}"
        )
    return data_format == "channels_first"
