"""Cart-pole: its physics beside the equations of 1983 in NumPy, its gradient beside
REINFORCE's formula, and that it learns.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pywebml.apps.app import Given, Outcome
from pywebml.apps.cart_pole import PoleCommand, run
from pywebml.apps.cart_pole.files import policy_bytes, read_policy
from pywebml.apps.cart_pole.games import AT_ONCE, Games
from pywebml.apps.cart_pole.learner import Learner, PoleOptions, advantages, network
from pywebml.apps.cart_pole.physics import LEAN, MOST_STEPS, REACH, moved, upright
from pywebml.apps.cart_pole.session import PoleSession
from pywebml.core.tensor import tensor
from pywebml.device import run_sync, set_device
from pywebml.host.files import FormatError
from pywebml.layers import Dense
from pywebml.models import Sequential
from pywebml.vis.charts import Lines
from pywebml.vis.screens import Recorder


def next_state(state: Any, right: bool) -> Any:
    """One game, in float64, as Barto, Sutton and Anderson's appendix has it without
    friction; the step is Euler's.
    """
    x, x_dot, theta, theta_dot = state
    g, m_c, m, length, tau = 9.8, 1.0, 0.1, 0.5, 0.02
    force = 10.0 if right else -10.0
    inner = (-force - m * length * theta_dot**2 * np.sin(theta)) / (m_c + m)
    theta_acc = (g * np.sin(theta) + np.cos(theta) * inner) / (
        length * (4 / 3 - m * np.cos(theta) ** 2 / (m_c + m))
    )
    x_acc = (force + m * length * (theta_dot**2 * np.sin(theta) - theta_acc * np.cos(theta))) / (
        m_c + m
    )
    return np.array(
        [x + tau * x_dot, x_dot + tau * x_acc, theta + tau * theta_dot, theta_dot + tau * theta_acc]
    )


def test_a_step_is_that_of_the_equations(host: str) -> None:
    generator = np.random.default_rng(0)
    states = generator.uniform(-1, 1, (300, 4)) * [2.4, 4, 0.3, 4]
    rights = generator.random(300) < 0.5
    said = moved(tensor(states.tolist()), tensor([[float(r)] for r in rights])).numpy()
    expected = [next_state(s, r) for s, r in zip(states, rights, strict=True)]
    assert np.allclose(said, expected, atol=2e-6)  # float32, of numbers up to 4


def test_a_game_is_over_where_the_track_ends_or_the_pole_has_fallen(host: str) -> None:
    assert (REACH, math.degrees(LEAN), MOST_STEPS) == (2.4, pytest.approx(12), 500)
    cases = {(2.39, 0): 1, (2.41, 0): 0, (-2.41, 0): 0, (0, 0.209): 1, (0, 0.21): 0, (0, -0.21): 0}
    said = upright(tensor([[x, 9.0, angle, 9.0] for x, angle in cases])).numpy()
    assert said[:, 0].tolist() == list(cases.values())


def test_games_are_those_of_the_equations(host: str) -> None:
    """From step to step as in NumPy, each as long as its pole stands, and then still."""
    policy = network(4)
    episode = run_sync(Games(policy, 12, seed=3, sure=False).play())
    states, rights, alive = (np.asarray(part.numpy()) for part in episode)
    steps = len(states)
    assert steps % AT_ONCE == 0 and states.shape == (steps, 12, 4)
    assert np.abs(states[0]).max() <= 0.05 and len(np.unique(states[0])) == 48
    assert 0.2 < rights.mean() < 0.8
    lengths = run_sync(episode.lengths())
    for game, length in enumerate(map(int, lengths)):
        assert alive[:, game, 0].tolist() == [1.0] * length + [0.0] * (steps - length)
        for t in range(length - 1):
            after = next_state(states[t, game], rights[t, game, 0] == 1)
            assert np.allclose(states[t + 1, game], after, atol=1e-5)
        last = next_state(states[length - 1, game], rights[length - 1, game, 0] == 1)
        assert abs(last[0]) > 2.4 or abs(last[2]) > LEAN - 1e-5
        shown = np.array(run_sync(episode.states_of(game, length))).reshape(length, 4)
        assert np.array_equal(shown, states[:length, game])
    again = run_sync(Games(policy, 12, seed=3, sure=False).play())
    assert np.array_equal(again.rights.numpy(), rights)


def test_a_sure_player_pushes_as_it_likes_best(host: str) -> None:
    policy = network(4)
    episode = run_sync(Games(policy, 5, seed=1, sure=True).play())
    states, rights, _ = (np.asarray(part.numpy()) for part in episode)
    likes = np.asarray(policy(tensor(states.reshape(-1, 4).tolist())).numpy())
    clear = np.abs(likes) > 1e-4
    assert np.array_equal((likes > 0)[clear], (rights.reshape(-1, 1) == 1)[clear])


def test_advantages_are_returns_less_the_others_(host: str) -> None:
    lengths, steps, discount = [4, 1, 3], 5, 0.9
    alive = np.array([[t < n for n in lengths] for t in range(steps)], float)
    returns = np.zeros((steps, 3))
    for t in reversed(range(steps)):
        later = returns[t + 1] if t + 1 < steps else 0
        returns[t] = alive[t] * (1 + discount * later)
    going = np.maximum(alive.sum(1, keepdims=True), 1)
    expected = (returns - returns.sum(1, keepdims=True) / going) * alive
    expected /= np.sqrt((expected**2).sum() / alive.sum())
    said = advantages(tensor(alive[..., None].tolist()), discount).numpy()
    assert np.allclose(said[..., 0], expected, atol=1e-5)
    even = advantages(tensor(np.ones((3, 2, 1)).tolist()), discount).numpy()
    assert np.abs(even).max() < 1e-3  # nobody did better than the others


def test_a_step_of_learning_follows_reinforce(host: str) -> None:
    """The sign of Adam's first step is that of sum(advantage * d log P(push))."""
    learner = Learner(PoleOptions(hidden=3, games=6, learning_rate=0.001))
    before = [np.asarray(w.numpy(), "f8") for w in learner.model.weights]
    played = run_sync(learner.iterate())
    states, rights, alive = (np.asarray(part.numpy(), "f8") for part in played.episode)
    worth = np.asarray(advantages(played.episode.alive, 0.99).numpy(), "f8")
    w1, b1, w2, b2 = before
    hidden = np.tanh(states @ w1 + b1)
    likes = hidden @ w2 + b2
    slope = worth * (rights - 1 / (1 + np.exp(-likes))) / alive.sum()  # of likes, upwards
    inner = slope * w2[:, 0] * (1 - hidden**2)
    slopes = [
        np.einsum("tgi,tgh->ih", states, inner),
        inner.sum((0, 1)),
        np.einsum("tgh,tgo->ho", hidden, slope),
        slope.sum((0, 1)),
    ]
    for weight, old, up in zip(learner.model.weights, before, slopes, strict=True):
        change = np.asarray(weight.numpy(), "f8") - old
        clear = np.abs(up) > 1e-5  # Adam's epsilon and float32 count below
        assert clear.any()
        assert np.allclose(change[clear], 0.001 * np.sign(up[clear]), atol=1e-4)


@pytest.mark.parametrize("seed", [1, 2])
def test_it_learns_to_win(seed: int) -> None:
    """Whatever the seed, within far fewer than its iterations; of those that were tried
    the slowest took 25 (docs/performance-record.md).
    """
    set_device("cpu")
    learner = Learner(PoleOptions(seed=seed))
    while learner.iterations < 60 and not learner.solved:
        run_sync(learner.iterate())
    assert learner.solved
    lengths = run_sync(learner.test())
    assert len(lengths) == 100 and np.mean(lengths) > 400


def command(stop: Any = lambda: False, **options: Any) -> tuple[Outcome, Recorder]:
    screen = Recorder()
    given = Given({}, PoleCommand(**options), screen, stop, "cpu")
    return run_sync(run(given)), screen


def test_the_command_shows_and_keeps_what_it_learned(tmp_path: Path) -> None:
    out, kept = tmp_path / "learning.svg", tmp_path / "policy.zip"
    options = {"games": 8, "hidden": 8}
    outcome, screen = command(iterations=4, out=str(out), save=str(kept), **options)
    data = outcome.data
    assert (data["iterations"], data["tested"], data["hidden"]) == (4, 100, 8)
    assert len(data["history"]) == 4 and 8 < data["mean_steps"] <= 500
    chart = next(what for kind, what in screen.shown if kind == "chart")
    assert isinstance(chart, Lines) and list(chart.series) == ["mean", "longest", "shortest"]
    assert out.read_text(encoding="utf-8").startswith("<svg")
    again, _ = command(iterations=0, load=str(kept), **options)
    assert again.data["history"] == [] and again.data["mean_steps"] == data["mean_steps"]


def test_the_command_stops_where_it_is_and_ends_at_its_goal() -> None:
    outcome, screen = command(stop=lambda: True, games=4)
    assert outcome.code == 130
    assert "stopped by Ctrl-C" in screen.text
    outcome, _ = command(goal=1, games=40, hidden=2)
    assert (outcome.code, outcome.data["iterations"]) == (0, 3)  # 100 games


def test_a_session_learns_shows_and_goes_on_elsewhere(host: str) -> None:
    session = PoleSession()
    assert session.begin({"games": 8, "hidden": 8}) == {"iterations": 0, "hidden": 8}
    first = run_sync(session.iterate())
    assert first["iterations"] == 1 and first["solved"] is False
    assert first["shortest"] <= first["mean_steps"] <= first["longest"]
    states = np.array(first["states"]).reshape(-1, 4)
    assert first["shortest"] <= len(states) <= first["longest"]
    assert np.abs(states[0]).max() <= 0.05
    file = run_sync(session.save())
    before = run_sync(session.summary())["mean_steps"]
    other = PoleSession()
    assert run_sync(other.load(file)) == {"iterations": 0, "hidden": 8}
    assert run_sync(other.summary())["mean_steps"] == before
    session.revive()
    assert session.state() == {"iterations": 1, "hidden": 8}
    assert run_sync(session.summary())["mean_steps"] == before
    assert len(run_sync(session.show())["states"]) % 4 == 0
    other_kind = Sequential([Dense(3, activation="relu"), Dense(1)])
    other_kind.build((None, 4))
    run_sync(session.load(run_sync(policy_bytes(other_kind))))
    states = tensor([[0.1, -0.2, 0.03, 0.4]])
    before = session._current.model(states).tolist()
    session.revive()  # on a new device, with its own activation
    assert session._current.model(states).tolist() == before


def test_files_that_hold_no_policy_are_refused(tmp_path: Path) -> None:
    session = PoleSession()
    session.begin({"hidden": 8})
    wide = Sequential([Dense(300), Dense(1)])
    other = Sequential([Dense(8), Dense(2)])
    single = Sequential([Dense(1)])
    for model in (wide, other, single):
        model.build((None, 4))
        with pytest.raises(FormatError, match="no policy for a cart"):
            run_sync(session.load(run_sync(policy_bytes(model)), "model.zip"))
    for data in (b"", b"PK\x03\x04", b"\x89PNG" * 9, bytes(17 << 20)):
        with pytest.raises((FormatError, ValueError)):
            run_sync(session.load(data))
    with pytest.raises(FileNotFoundError):
        run_sync(read_policy(str(tmp_path / "none.zip"), "none.zip"))
    assert session.state()["hidden"] == 8


@pytest.mark.parametrize(
    ("name", "value"), [("games", 1), ("discount", 1), ("goal", 501), ("hidden", 0)]
)
def test_options_that_cannot_be_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be"):
        PoleOptions(**{name: value})
