"""Fitting a curve: beside NumPy's least squares, from tables, and where it diverges."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pywebml.apps.app import Given, Outcome
from pywebml.apps.curve import CurveCommand, run
from pywebml.apps.curve.fit import OPTIMIZERS, SHOWN, CurveFit, CurveOptions
from pywebml.apps.curve.points import CURVES, Scale, draw, read_points
from pywebml.apps.curve.polynomials import coefficients, legendre
from pywebml.apps.curve.session import ROOM, CurveSession
from pywebml.core.tensor import tensor
from pywebml.device import run_sync, set_device
from pywebml.vis.charts import Points
from pywebml.vis.screens import Recorder

GROUND = np.linspace(-1, 1, SHOWN)


def fitted(steps: int, scale: Scale | None = None, room: int | None = None, **options: Any) -> Any:
    """A curve after some steps, and what NumPy's least squares make of its points."""
    chosen = CurveOptions(**options)
    fit = CurveFit(chosen.points(), chosen, scale, room)
    fit.train(steps)
    x, y = np.array(fit.points).T
    return run_sync(fit.look()), np.polyfit(x, y, chosen.degree)[::-1], (x, y)


@pytest.mark.parametrize("name", CURVES)
def test_points_are_drawn_by_their_seed(name: str) -> None:
    points = draw(name, 200, 0.3, seed=3)
    assert points == draw(name, 200, 0.3, seed=3) != draw(name, 200, 0.3, seed=4)
    assert len(points) == 200 and np.abs(points).max() <= 1
    exact = dict(draw(name, 200))
    strays = [y - exact[x] for x, y in points if abs(y) < 1]
    assert 0.15 < np.std(strays) < 0.35


def test_legendre_s_polynomials_are_numpy_s(host: str) -> None:
    x = np.linspace(-1, 1, 50)
    said = np.asarray(legendre(tensor(x.tolist()), 12).numpy())
    for k in range(13):
        expected = np.polynomial.legendre.Legendre.basis(k)(x) * np.sqrt(2 * k + 1)
        assert np.allclose(said[:, k], expected, atol=1e-4)  # float32, values up to 5


@pytest.mark.parametrize("scale", [Scale(), Scale(3.0, 2.0, -1.0, 5.0)])
def test_coefficients_are_those_of_the_sum(scale: Scale) -> None:
    weights = [0.3, -1.0, 0.5, 0.25, -0.75]
    powers = coefficients(weights, scale)
    series = np.polynomial.legendre.Legendre(np.array(weights) * np.sqrt(2 * np.arange(5) + 1))
    x = np.linspace(-2, 4, 9)
    expected = scale.y_middle + scale.y_half * series((x - scale.x_middle) / scale.x_half)
    assert np.allclose(np.polynomial.Polynomial(powers)(x), expected, rtol=1e-10)


@pytest.mark.parametrize("degree", [1, 4, 12])
def test_steps_lead_to_the_least_squares(host: str, degree: int) -> None:
    """Plain gradient descent, and the coefficients of numpy.polyfit. In float32 weights
    are exact to some 1e-6, and powers of degree 12 are up to 1e4 times as large.
    """
    steps = 400 if host == "cpu" else 150
    look, best, (x, y) = fitted(
        steps, Scale(), ROOM, data="wave", degree=degree, optimizer="sgd", learning_rate=0.15
    )
    assert np.allclose(look.curve, np.polyval(best[::-1], GROUND), atol=2e-3)
    assert look.loss == pytest.approx(np.mean((np.polyval(best[::-1], x) - y) ** 2), rel=1e-3)
    if degree < 12:
        assert np.allclose(look.coefficients, best, atol=2e-3)


@pytest.mark.parametrize("model", ["polynomial", "network"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_learns(model: str, optimizer: str) -> None:
    options = {"model": model, "optimizer": optimizer, "learning_rate": 0.01}
    before, after = (fitted(steps, **options)[0].loss for steps in (0, 150))
    assert after < 0.8 * before


def test_a_network_learns_a_step_better_than_a_polynomial() -> None:
    losses = {m: fitted(500, data="step", model=m)[0].loss for m in ("network", "polynomial")}
    assert losses["network"] < 0.5 * losses["polynomial"]


def command(inputs: dict[str, Any] | None = None, **options: Any) -> tuple[Outcome, Recorder]:
    screen = Recorder()
    stop = options.pop("stop", lambda: False)
    set_device("cpu")
    given = Given(inputs or {}, CurveCommand(**options), screen, stop, "cpu")
    return run_sync(run(given)), screen


def test_the_command_fits_a_table(tmp_path: Path) -> None:
    """Of any units: a table of years and amounts, as NumPy fits it."""
    generator = np.random.default_rng(0)
    years = np.linspace(0, 40, 30)
    amounts = 5000 + 120 * years - 3 * years**2 + generator.normal(0, 40, 30)
    table = tmp_path / "points.csv"
    rows = zip(years, amounts, strict=True)
    table.write_text("year;amount\n\n" + "".join(f"{x};{y}\n" for x, y in rows))
    out = tmp_path / "curve.svg"
    outcome, screen = command(
        {"points": str(table)}, degree=4, optimizer="sgd", learning_rate=0.2, out=str(out)
    )
    best = np.polyfit(years, amounts, 4)[::-1]
    # a coefficient of x⁴ counts 40⁴ times in a curve that is known to float32's six digits
    tolerance = 5e-3 * 5000 / 40.0 ** np.arange(5)
    assert np.all(np.abs(np.array(outcome.data["coefficients"]) - best) < tolerance)
    residues = np.polyval(best[::-1], years) - amounts
    assert outcome.data["loss"] == pytest.approx(np.mean(residues**2), rel=0.01)
    assert outcome.data["r2"] == pytest.approx(1 - np.mean(residues**2) / np.var(amounts), abs=1e-3)
    chart = next(what for kind, what in screen.shown if kind == "chart")
    assert isinstance(chart, Points) and chart.joined == ["curve"]
    assert chart.clouds["curve"][0][0] == 0 and chart.clouds["curve"][-1][0] == 40
    (rows,) = (what for kind, what in screen.shown if kind == "table")
    assert [row[0] for row in rows[1:]] == ["x^0", "x^1", "x^2", "x^3", "x^4"]
    picture = ET.fromstring(out.read_text(encoding="utf-8"))
    assert len(picture.findall(".//{*}circle")) == 30
    assert len(picture.findall(".//{*}polyline")) == 1


WRONG = {
    "": "0 points",
    "1,2\n": "1 points",
    "1,2\n1,3\n": "different x",
    "x,y\n1,2\n3,four\n": "line 3: expected two numbers .*got '3,four'",
    "1,2\n5\n": "line 2",
    "1,2\n1,nan\n": "line 2",
    "1,2\n1,1e39\n": "line 2",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_table_that_cannot_be_is_refused_by_its_line(text: str, tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    table.write_text(text)
    with pytest.raises(ValueError, match=WRONG[text]):
        read_points(table)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    table.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe" * 100)
    with pytest.raises(ValueError, match="no table of numbers"):
        read_points(table)
    with pytest.raises(OSError, match="cannot be read: No such file"):
        command({"points": str(tmp_path / "none.csv")})


def test_points_on_a_level_and_what_they_explain() -> None:
    options = CurveOptions(degree=1)
    fit = CurveFit([(0, 3.0), (2, 3.0)], options)
    fit.train(20)
    look = run_sync(fit.look())
    assert look.curve == pytest.approx([3.0] * SHOWN)
    assert fit.r2(look.loss) is None


def test_it_says_what_diverges_and_stops_where_it_is() -> None:
    with pytest.raises(ValueError, match=r"left all bounds after 9 steps: .* below 3"):
        command(optimizer="sgd", learning_rate=3.0)
    outcome, screen = command(stop=lambda: True)
    assert outcome.code == 130 and outcome.data["steps"] == 9
    assert "stopped by Ctrl-C after 9 steps" in screen.text


def test_a_session_follows_points_and_keeps_its_weights(host: str) -> None:
    session = CurveSession()
    built = run_sync(session.build({"data": "line", "noise": 0}))
    assert len(built["points"]) == 120 and built["coefficients"] == [0.0] * 6
    trained = run_sync(session.frame(30))
    assert (trained["steps"], trained["epoch"]) == (30, 30)
    own = [-1, -0.5, 0, 0.25, 1, 1]
    moved = run_sync(session.build({"data": "line", "noise": 0}, own))
    assert list(moved["points"]) == own
    assert list(moved["curve"]) == list(trained["curve"])
    rated = run_sync(session.build({"learning_rate": 0.1}, own))
    assert (rated["steps"], list(rated["curve"])) == (30, list(trained["curve"]))
    follows = run_sync(session.frame(150))
    assert follows["train_loss"] < 1e-2  # three points, six weights
    for options, anew in (({"learning_rate": 0.1}, True), ({"degree": 2}, False)):
        assert run_sync(session.build(options, own, anew))["steps"] == 0
    network = run_sync(session.build({"model": "network"}, own))
    assert network["coefficients"] is None
    outcome = run_sync(session.summary())
    assert (outcome["points"], outcome["steps"]) == (3, 0)
    session.revive()
    assert run_sync(session.frame(0))["train_loss"] == pytest.approx(network["train_loss"])


def test_a_session_without_points_waits_for_some(host: str) -> None:
    session = CurveSession()
    frame = run_sync(session.build({}, []))
    assert frame["train_loss"] is None and frame["diverged"] is False
    assert run_sync(session.frame(5))["steps"] == 0
    assert list(frame["curve"]) == [0.0] * SHOWN
    assert run_sync(session.summary())["loss"] is None
    run_sync(session.build({}, [0.5, 0.5]))
    assert run_sync(session.frame(5))["train_loss"] < 0.25


def test_a_session_that_diverges_begins_anew() -> None:
    """No curve of NaN, and the same once more with a smaller rate."""
    session = CurveSession()
    run_sync(session.build({"optimizer": "sgd", "learning_rate": 5}))
    frame = run_sync(session.frame(200))
    assert frame["diverged"] and frame["steps"] == 0
    assert np.isfinite(frame["curve"]).all() and np.isfinite(frame["train_loss"])
    run_sync(session.build({"optimizer": "sgd", "learning_rate": 0.1}))
    frame = run_sync(session.frame(200))
    assert not frame["diverged"] and frame["r2"] > 0.9


@pytest.mark.parametrize("points", [[0.5], [0, 1.5], [0, float("nan")], [0.0] * (2 * ROOM + 2)])
def test_a_session_refuses_points_and_goes_on(points: list[float]) -> None:
    session = CurveSession()
    before = run_sync(session.build({}))
    with pytest.raises(ValueError, match="points must be"):
        run_sync(session.build({}, points))
    with pytest.raises(ValueError, match="steps must be"):
        run_sync(session.frame(501))
    assert run_sync(session.frame(0))["train_loss"] == before["train_loss"]
