"""Words of files that mean another thing in Keras 3, which is what layers here speak."""

from __future__ import annotations

from typing import Any

# Keras 2 and TensorFlow.js: a line from -2.5 to 2.5; Keras 3: from -3 to 3.
_TODAY = {"hard_sigmoid": "keras2_hard_sigmoid", "keras3_hard_sigmoid": "hard_sigmoid"}
_BEFORE = {today: before for before, today in _TODAY.items()}


def from_keras_2(config: Any) -> Any:
    """A config of Keras 2 or TensorFlow.js in words of today.

    Example:
        >>> from pywebml.formats.wire.words import from_keras_2
        >>> from_keras_2({"units": 2, "recurrent_activation": "hard_sigmoid"})
        {'units': 2, 'recurrent_activation': 'keras2_hard_sigmoid'}
    """
    return _translated(config, _TODAY)


def to_keras_2(config: Any) -> Any:
    """And back, for TensorFlow.js, which refuses a word of today that it has not.

    Example:
        >>> from pywebml.formats.wire.words import to_keras_2
        >>> to_keras_2({"activation": "keras2_hard_sigmoid"}), to_keras_2({"activation": "tanh"})
        ({'activation': 'hard_sigmoid'}, {'activation': 'tanh'})
    """
    return _translated(config, _BEFORE)


def _translated(config: Any, words: dict[str, str]) -> Any:
    if isinstance(config, dict):
        return {
            key: words.get(value, value)
            if isinstance(value, str) and str(key).endswith("activation")
            else _translated(value, words)
            for key, value in config.items()
        }
    if isinstance(config, (list, tuple)):
        return [_translated(value, words) for value in config]
    return config
