"""Recurrent layers: LSTM, GRU and the simple one, over sequences and step by step."""
# ruff: noqa: F403

from __future__ import annotations

from ..support.names import hand_on
from .cells import *
from .gru import *
from .lstm import *
from .simple import *

hand_on(globals())
