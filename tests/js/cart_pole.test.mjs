// The cart and its pole as the page plays them.

import assert from "node:assert/strict";
import test from "node:test";
import { Film, Game, MOST, TAU, ending, moved, upright } from "../../web/pages/cart_pole/game.js";

const close = (a, b) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-9, `${a}`));

test("a push from rest, by hand", () => {
  // at rest: pushed = 10 / 1.1, turning = -pushed / (0.5 (4/3 - 0.1/1.1))
  const pushed = 10 / 1.1;
  const turning = -pushed / (0.5 * (4 / 3 - 0.1 / 1.1));
  const gaining = pushed - (0.05 * turning) / 1.1;
  close(moved([0, 0, 0, 0], 1), [0, 0.02 * gaining, 0, 0.02 * turning]);
  close(moved([0, 0, 0, 0], -1), [0, -0.02 * gaining, 0, -0.02 * turning]);
  close(moved([0, 0, 0, 0], 0), [0, 0, 0, 0]);
});

test("left and right are alike, and gravity pulls a leaning pole down", () => {
  const state = [0.3, -0.5, 0.1, 0.7];
  const mirrored = (numbers) => numbers.map((value) => -value);
  close(moved(mirrored(state), 1), mirrored(moved(state, -1)));
  assert.ok(moved([0, 0, 0.1, 0], 0)[3] > 0);
});

test("a game ends where the pole has fallen, the track ends, or it is won", () => {
  assert.ok(upright([2.4, 9, 0.2, 9]));
  assert.ok(!upright([2.41, 0, 0, 0]) && !upright([0, 0, -0.21, 0]));
  const game = new Game(() => 0.9);
  for (let i = 0; i < 600 && !game.over; i += 1) game.advance(TAU, 0);
  assert.ok(game.over && game.steps < MOST);
  assert.equal(ending(game.state, game.steps), "fell");
  assert.equal(ending([2.5, 0, 0, 0], 9), "left the track");
  assert.equal(ending([0, 0, 0, 0], MOST), "won");
  const { steps } = game;
  game.advance(1, 1);
  assert.equal(game.steps, steps);
});

test("time goes by in whole steps, however it comes", () => {
  const [one, other] = [new Game(() => 0.6), new Game(() => 0.6)];
  one.advance(0.1999, 1);
  for (let i = 0; i < 1999; i += 1) other.advance(0.0001, 1);
  assert.equal(one.steps, 9);
  assert.equal(other.steps, 9);
  close(one.state, other.state);
});

test("one who looks can play: whoever pushes towards the lean lasts longer", () => {
  const lasts = (choose) => {
    const game = new Game(() => 0.7);
    while (!game.over) game.advance(TAU, choose(game.state));
    return game.steps;
  };
  assert.equal(
    lasts(([x, speed, angle, turn]) => Math.sign(0.05 * x + 0.2 * speed + angle + 0.5 * turn)),
    MOST,
  );
  assert.ok(lasts(() => 1) < 20);
});

test("a film has a state per step, and ends after its last", () => {
  const film = new Film(Float32Array.from({ length: 12 }, (_, i) => i));
  assert.deepEqual([film.length, film.steps, film.state], [3, 1, [0, 1, 2, 3]]);
  film.advance(TAU);
  assert.deepEqual([film.steps, film.over, film.state], [2, false, [4, 5, 6, 7]]);
  film.advance(5 * TAU);
  assert.deepEqual([film.steps, film.over, film.state], [3, true, [8, 9, 10, 11]]);
});
