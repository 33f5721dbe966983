"""The cart and its pole, many games at a time, in ops.

As Barto, Sutton and Anderson have it ("Neuronlike adaptive elements that can solve
difficult learning control problems", IEEE Transactions on Systems, Man, and Cybernetics
13, 1983), without friction, in steps of Euler's, as Gym's CartPole-v1 does it.
"""

from __future__ import annotations

import math

from ... import ops
from ...core.tensor import Tensor

GRAVITY = 9.8  # m/s²
CART, POLE = 1.0, 0.1  # kg
HALF = 0.5  # of the pole's length, m
FORCE = 10.0  # N, to the left or to the right
TAU = 0.02  # s of a step
REACH = 2.4  # m from the middle, where the track ends
LEAN = math.radians(12)  # where the pole counts as fallen
STARTS = 0.05  # a game starts with all four numbers within this of 0
MOST_STEPS = 500  # of a game: then it is won


def moved(state: Tensor, right: Tensor) -> Tensor:
    """[games, 4], a step on: position of the cart and its speed, angle of the pole from
    upright (to the right, radians) and its speed. `right` [games, 1]: 1 where the cart
    is pushed to the right, 0 to the left.

    Example:
        >>> from pywebml.apps.cart_pole.physics import moved
        >>> [round(v, 4) for v in moved(pw.zeros((1, 4)), pw.ones((1, 1))).tolist()[0]]
        [0.0, 0.1951, 0.0, -0.2927]
    """
    x, speed, angle, turn = (state[:, i : i + 1] for i in range(4))
    total, moment = CART + POLE, POLE * HALF
    sine, cosine = ops.sin(angle), ops.cos(angle)
    pushed = (FORCE * (2 * right - 1) + moment * turn * turn * sine) / total
    turning = (GRAVITY * sine - cosine * pushed) / (HALF * (4 / 3 - POLE * cosine * cosine / total))
    gaining = pushed - moment * turning * cosine / total
    return ops.concat(
        [x + TAU * speed, speed + TAU * gaining, angle + TAU * turn, turn + TAU * turning], axis=1
    )


def upright(state: Tensor) -> Tensor:
    """[games, 1]: 1 where the game goes on, 0 where the cart left its track or the pole
    fell.
    """
    on = ops.abs(state[:, 0:1]) <= REACH
    up = ops.abs(state[:, 2:3]) <= LEAN
    return ops.cast(ops.logical_and(on, up), "float32")
