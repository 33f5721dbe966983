"""Keras's `keras.config`: what holds for a whole program."""

from __future__ import annotations

from typing import Any

from ..layers.support.policies import DTypePolicy, policy, set_policy

__all__ = [
    "backend", "disable_interactive_logging", "disable_traceback_filtering", "dtype_policy",
    "enable_interactive_logging", "enable_traceback_filtering", "epsilon", "floatx",
    "image_data_format", "is_interactive_logging_enabled", "is_traceback_filtering_enabled",
    "set_dtype_policy", "set_epsilon", "set_floatx", "set_image_data_format",
]  # fmt: skip

_settings: dict[str, Any] = {"epsilon": 1e-7, "interactive": True, "filtering": True}


def backend() -> str:
    """What computes: "pywebml"."""
    return "pywebml"


def epsilon() -> float:
    """A small number, to be added before a division."""
    return float(_settings["epsilon"])


def set_epsilon(value: float) -> None:
    """What `epsilon()` gives from now on."""
    _settings["epsilon"] = float(value)


def floatx() -> str:
    """The dtype of what is told none: "float32"."""
    return "float32"


def set_floatx(value: str) -> None:
    """ValueError for another than "float32"."""
    if value != "float32":
        raise ValueError(
            f"set_floatx: floats are float32 here, got {value!r}; give layers dtype='float16', or"
            " use model.astype('float16')"
        )


def image_data_format() -> str:
    """Where pictures have their channels: "channels_last"."""
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """ValueError for another than "channels_last": layers take data_format themselves."""
    if data_format != "channels_last":
        raise ValueError(
            f"set_image_data_format: layers have channels last here, got {data_format!r}; give"
            " them data_format='channels_first'"
        )


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are told none."""
    return policy()


def set_dtype_policy(policy: Any) -> None:
    """The policy of layers that are made from now on and are told none."""
    set_policy(policy)


def enable_interactive_logging() -> None:
    """Progress bars where nothing else is said."""
    _settings["interactive"] = True


def disable_interactive_logging() -> None:
    """A line per epoch where nothing else is said."""
    _settings["interactive"] = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress is shown as bars."""
    return bool(_settings["interactive"])


def enable_traceback_filtering() -> None:
    """Tracebacks are whole here either way."""
    _settings["filtering"] = True


def disable_traceback_filtering() -> None:
    """Tracebacks are whole here either way."""
    _settings["filtering"] = False


def is_traceback_filtering_enabled() -> bool:
    """What was last said."""
    return bool(_settings["filtering"])
