"""The rules of rock, paper, scissors, and a game of many rounds."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

GESTURES = ("rock", "paper", "scissors")
BEATS = {"rock": "scissors", "paper": "rock", "scissors": "paper"}
MOST_TIES = 20


def winner(yours: str, computers: str) -> str:
    """Who wins a round: "you", "computer" or "" for a tie.

    Example:
        >>> winner("rock", "scissors"), winner("rock", "paper"), winner("rock", "rock")
        ('you', 'computer', '')
    """
    if yours == computers:
        return ""
    return "you" if BEATS[yours] == computers else "computer"


def play(
    hands: Sequence[tuple[str, Any, Mapping[Any, float]]], best_of: int, seed: int
) -> list[dict[str, Any]]:
    """The rounds of a game: `hands` (what is shown, what is read, how surely) in an
    order that the seed draws, over and over. A tie is played again.
    """
    draw = random.Random(seed)
    order: list[int] = []
    rounds: list[dict[str, Any]] = []
    wins = {"you": 0, "computer": 0, "": 0}
    while max(wins["you"], wins["computer"]) <= best_of // 2 and wins[""] < MOST_TIES * best_of:
        computers = draw.choice(GESTURES)  # before it looks
        order = order or draw.sample(range(len(hands)), len(hands))
        shown, read, confidences = hands[order.pop()]
        who = winner(read, computers)
        wins[who] += 1
        rounds.append(
            {
                "shown": shown,
                "yours": read,
                "confidence": confidences[read],
                "computers": computers,
                "winner": who,
            }
        )
    return rounds


def known(label: Any) -> None:
    """ValueError for what is no gesture."""
    if label not in GESTURES:
        raise ValueError(f"no gesture {label!r}; there are {', '.join(GESTURES)}")
