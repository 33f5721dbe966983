"""The Playground's network: what it is given, how it learns, and what a frame shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pywebml.apps.app import Given
from pywebml.apps.playground import run
from pywebml.apps.playground.network import (
    EVERY,
    FEATURES,
    POINTS,
    SIDE,
    Playground,
    PlaygroundOptions,
    cells,
    figures_of,
    surface_of,
)
from pywebml.apps.playground.picture import HIGH, LOW, picture
from pywebml.apps.playground.points import DATA, draw
from pywebml.apps.playground.session import PlaygroundSession
from pywebml.device import get_device, run_sync
from pywebml.vis.screens import Recorder

WRONG = {
    "features": ("", ",", "x3", "x1,cos"),
    "hidden": ("9", "0", "-1", "1.5", "4,x", "1,1,1,1,1,1,1", "99999999999999999999"),
    "noise": (0.6, -0.1, float("nan")),
    "data": ("moons", ""),
    "learning_rate": (0, -1, float("inf")),
}


@pytest.mark.parametrize("name", DATA)
def test_points_are_drawn_by_their_seed_and_can_be_told_apart(name: str) -> None:
    points = draw(name, 400, seed=3)
    assert points == draw(name, 400, seed=3) != draw(name, 400, seed=4)
    assert len(points) == 400
    labels = [label for *_, label in points]
    assert -1 <= min(labels) < 0 < max(labels) <= 1
    if DATA[name].classes:
        assert sorted(labels) == [-1.0] * 200 + [1.0] * 200
    moved = draw(name, 400, noise=0.5, seed=3)
    assert moved != points
    assert max(abs(x) for x, _, _ in points) <= 6


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in WRONG.items() for v in vs])
def test_options_that_cannot_be_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be"):
        PlaygroundOptions(**{name: value})


def test_no_hidden_layer_and_features_in_any_order() -> None:
    options = PlaygroundOptions(hidden="none", features="sinx2, x1,x1")
    assert (options.layer_sizes, options.feature_names) == ([], ["x1", "sinx2"])


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_frame_shows_what_the_weights_say(host: str, optimizer: str) -> None:
    """Its surface, maps and losses, computed again in NumPy from the weights in it."""
    options = PlaygroundOptions(
        features=",".join(FEATURES), hidden="3,2", optimizer=optimizer, regularization="l2"
    )
    playground = Playground(options)
    playground.train(30)
    seen = run_sync(playground.look())
    values, at = np.array(seen), 4
    kernels, biases = [], []
    for inputs, outputs in ((7, 3), (3, 2), (2, 1)):
        kernels.append(values[at : at + inputs * outputs].reshape(inputs, outputs))
        biases.append(values[at + inputs * outputs :][:outputs])
        at += inputs * outputs + outputs

    def forward(points: Any) -> list[Any]:
        x, y = np.array(points)[:, 0], np.array(points)[:, 1]
        layers = [np.stack([x, y, x * x, y * y, x * y, np.sin(x), np.sin(y)], 1)]
        for kernel, bias in zip(kernels, biases, strict=True):
            layers.append(np.tanh(layers[-1] @ kernel + bias))
        return layers[1:]

    first, second, surface = forward(cells(SIDE))
    assert np.allclose(surface_of(seen, playground.model), surface[:, 0], atol=1e-4)
    ends = at + SIDE * SIDE
    for layer in (first, second):
        small = layer.reshape(SIDE, SIDE, -1)[EVERY // 2 :: EVERY, EVERY // 2 :: EVERY].ravel()
        assert np.allclose(values[ends : ends + small.size], small, atol=1e-4)
        ends += small.size
    assert ends == values.size
    said, labels = forward(playground.points)[-1][:, 0], np.array(playground.points)[:, 2]
    figures = figures_of(seen, classifies=True)
    for name, part in (("train", slice(0, 250)), ("test", slice(250, POINTS))):
        loss = np.mean((said[part] - labels[part]) ** 2) / 2
        assert figures[f"{name}_loss"] == pytest.approx(loss, abs=1e-4)
        right = np.mean(np.sign(said[part]) == np.sign(labels[part]))
        assert figures[f"{name}_accuracy"] == pytest.approx(right, abs=0.01)


def test_a_step_is_that_of_the_batch_at_hand(host: str) -> None:
    """Batch by batch in order, and around at the end: SGD in NumPy, penalties and all."""
    options = PlaygroundOptions(
        data="plane", features="x1,x2", hidden="none", optimizer="sgd", learning_rate=0.01,
        batch=50, train_share=0.17, regularization="l1", regularization_rate=0.1,
    )  # fmt: skip
    playground = Playground(options)
    assert playground.training == 85
    before = np.array(run_sync(playground.look()))[4:7]
    kernel, bias = before[:2].copy(), before[2]
    points = np.array(playground.points[:85])
    for step in range(3):
        x = points[(np.arange(50) + 50 * step) % 85]
        error = x[:, :2] @ kernel + bias - x[:, 2]
        kernel = kernel - 0.01 * (error @ x[:, :2] / 50 + 0.1 * np.sign(kernel))
        bias = bias - 0.01 * error.mean()
    playground.train(3)
    after = np.array(run_sync(playground.look()))[4:7]
    assert np.allclose(after, [*kernel, bias], atol=1e-4)
    assert (playground.steps, playground.epoch) == (3, 1)


def _heard(real: Any, reads: list[str], name: str) -> Any:
    def heard(*args: Any) -> Any:
        reads.append(name)
        return real(*args)

    return heard


def test_steps_read_nothing_and_a_frame_reads_once(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    playground = Playground(PlaygroundOptions())
    playground.train(1)
    device = get_device()
    reads: list[str] = []
    for name in ("download", "download_sync"):
        real = getattr(device, name)
        monkeypatch.setattr(device, name, _heard(real, reads, name))
    playground.train(40)
    assert not reads
    run_sync(playground.look())
    assert reads.count("download") == 1  # which may be made of the other


def test_a_change_that_leaves_the_sizes_keeps_the_weights(host: str) -> None:
    session = PlaygroundSession()
    run_sync(session.build({"hidden": "4"}))
    trained = run_sync(session.frame(20))
    kept = run_sync(session.build({"hidden": "4", "regularization": "l1", "noise": 0.1}))
    count = sum(a * b + b for a, b in kept["weights"])
    assert list(kept["seen"][4 : 4 + count]) == list(trained["seen"][4 : 4 + count])
    assert kept["steps"] == 20
    for options, anew in (({"hidden": "4"}, True), ({"hidden": "5"}, False)):
        assert run_sync(session.build(options, anew))["steps"] == 0


def test_a_session_refuses_and_goes_on() -> None:
    session = PlaygroundSession()
    before = run_sync(session.build({"hidden": "2"}))
    with pytest.raises(ValueError, match="hidden must be"):
        run_sync(session.build({"hidden": "9"}))
    with pytest.raises(ValueError, match="steps must be"):
        run_sync(session.frame(-1))
    assert list(run_sync(session.frame(0))["seen"]) == list(before["seen"])
    session.revive()
    assert run_sync(session.summary())["options"]["hidden"] == "2"
    samples = run_sync(session.samples())
    assert samples["points"].keys() == DATA.keys()
    assert samples["features"].keys() == FEATURES.keys()
    assert max(samples["features"]["x1x1"]) == pytest.approx(1)


def test_every_activation_and_data_set_learns() -> None:
    (activation,) = (o for o in PlaygroundOptions.declared() if o.name == "activation")
    kinds = list(DATA)
    for i, name in enumerate(activation.choices or ()):
        data = kinds[i % len(kinds)]
        playground = Playground(PlaygroundOptions(data=data, activation=name))
        before = figures_of(run_sync(playground.look()), classifies=True)["train_loss"]
        playground.train(60)
        after = figures_of(run_sync(playground.look()), classifies=True)["train_loss"]
        assert after < before, (name, data)


def test_the_command_stops_where_it_is_and_says_what_diverges() -> None:
    screen = Recorder()
    outcome = run_sync(run(Given({}, PlaygroundOptions(), screen, lambda: True, "cpu")))
    assert (outcome.code, outcome.data["epochs"]) == (130, 1)
    assert [kind for kind, _ in screen.shown][-5:] == ["line", "picture", "chart", "line", "line"]
    options = PlaygroundOptions(
        data="plane", activation="linear", optimizer="sgd", learning_rate=10
    )
    with pytest.raises(ValueError, match="give a learning rate below 10"):
        run_sync(run(Given({}, options, screen, device="cpu")))


def test_the_picture_shows_the_points_that_test_it() -> None:
    playground = Playground(PlaygroundOptions(data="gauss"))
    shown = picture(playground, run_sync(playground.look()))
    pixels = np.frombuffer(shown.pixels, np.uint8).reshape(SIDE, SIDE, 4)
    corner = pixels[:20, 40:, :3].reshape(-1, 3).tolist()
    assert list(HIGH) in corner  # the blue heap is in the upper right
    assert list(LOW) not in corner
