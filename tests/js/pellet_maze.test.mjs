// The rules of Pellet Maze. Run by tests/js/test_rules.py, or alone: node --test tests/js

import assert from "node:assert/strict";
import { test } from "node:test";

import { decide } from "../../web/pages/teach/maze/chasers.js";
import {
  POINTS,
  TICK,
  frightSeconds,
  newGame,
  position,
  steer,
  step,
} from "../../web/pages/teach/maze/game.js";
import * as maze from "../../web/pages/teach/maze/maze.js";

const WAYS = Object.keys(maze.DIRECTIONS);

function playing(options) {
  const game = newGame(options);
  while (game.state === "ready") step(game);
  return game;
}

function run(game, seconds) {
  const events = [];
  for (let t = 0; t < seconds; t += TICK) {
    step(game);
    events.push(...game.events);
  }
  return events;
}

/** Puts a chaser where the player is. */
function meet(game, chaser, mood) {
  const { x, y, direction, progress } = game.player;
  Object.assign(chaser, { x, y, direction, progress, mood });
}

/** Chasers out of the way, so that only the player matters. */
function alone(game) {
  game.chasers.forEach((c) =>
    Object.assign(c, { mood: "den", wait: Infinity, x: 9, y: 10, progress: 0 }),
  );
  return game;
}

test("every pellet can be reached, and nothing but the den is a dead end", () => {
  const reach = maze.distances(maze.START);
  for (const key of maze.pellets().keys()) assert.ok(reach.has(key), `tile ${key}`);
  assert.equal([...maze.pellets().values()].filter((kind) => kind === "power").length, 4);
  for (let y = 0; y < maze.ROWS; y += 1) {
    for (let x = 0; x < maze.COLUMNS; x += 1) {
      if (maze.isWall(x, y) || maze.isDoor(x, y) || maze.isDen(x, y)) continue;
      assert.ok(
        WAYS.filter((way) => maze.isOpen(x, y, way)).length >= 2,
        `(${x}, ${y}) is a dead end`,
      );
    }
  }
});

test("nobody but who leaves or returns passes the door", () => {
  assert.equal(maze.isOpen(maze.PORCH.x, maze.PORCH.y, "down"), false);
  assert.equal(maze.isOpen(maze.PORCH.x, maze.PORCH.y, "down", true), true);
});

test("a game waits before it starts, then the player moves and eats", () => {
  const game = newGame({ seed: 3 });
  assert.equal(game.state, "ready");
  const before = position(game.player);
  step(game);
  assert.deepEqual(position(game.player), before);
  assert.ok(run(game, 1.7).includes("go"));
  alone(game);
  const events = run(game, 1);
  assert.ok(events.filter((e) => e === "pellet").length >= 3);
  assert.equal(game.score, POINTS.pellet * (game.total - game.pellets.size));
});

test("the player turns at the next opening, and at once when turning back", () => {
  const game = alone(playing());
  steer(game, "up"); // there is a wall above the start
  run(game, 0.1);
  assert.equal(game.player.direction, "left");
  run(game, 0.5);
  assert.equal(game.player.direction, "up");
  const { y } = position(game.player);
  steer(game, "down");
  step(game);
  assert.equal(game.player.direction, "down");
  assert.ok(Math.abs(position(game.player).y - y) < 0.2, "turning back must not jump");
});

test("the player stops at walls and never stands in one", () => {
  const game = alone(playing());
  for (const way of ["left", "down", "right", "up", "left", "up", "right", "down"]) {
    steer(game, way);
    for (let i = 0; i < 120; i += 1) {
      step(game);
      assert.equal(maze.isWall(game.player.x, game.player.y), false);
    }
  }
  steer(game, "left");
  run(game, 20);
  assert.equal(game.player.moving, false);
});

test("the tunnel leads from one side to the other", () => {
  const game = alone(playing());
  Object.assign(game.player, {
    x: 1,
    y: 10,
    direction: "left",
    wanted: "left",
    progress: 0,
    moving: true,
  });
  run(game, 0.9);
  assert.ok(game.player.x > maze.COLUMNS / 2, `at column ${game.player.x}`);
});

test("the same seed and steering play the same game", () => {
  const play = () => {
    const game = newGame({ seed: 42 });
    for (let i = 0; i < 4000; i += 1) {
      if (i % 31 === 0) steer(game, WAYS[(i / 31) % 4]);
      step(game);
    }
    return JSON.stringify({ ...game, pellets: [...game.pellets.keys()] });
  };
  assert.equal(play(), play());
});

test("being caught costs a life, and the third ends the game", () => {
  const game = playing({ seed: 5 });
  for (let left = 2; left >= 0; left -= 1) {
    meet(game, game.chasers[0], "hunt");
    step(game);
    assert.equal(game.lives, left);
    assert.equal(game.state, "caught");
    run(game, 3);
  }
  assert.equal(game.state, "over");
  const frozen = JSON.stringify(position(game.player));
  run(game, 1);
  assert.equal(JSON.stringify(position(game.player)), frozen);
});

test("a power pellet turns the hunt round: chasers flee, are worth more each, go home and come back", () => {
  const game = playing({ seed: 9 });
  Object.assign(game.player, {
    x: 1,
    y: 2,
    direction: "down",
    wanted: "down",
    progress: 0.9,
    moving: true,
  });
  game.chasers.forEach((c) =>
    Object.assign(c, { x: 17, y: 19, progress: 0, direction: "left", mood: "hunt" }),
  );
  assert.ok(run(game, 0.1).includes("power"));
  assert.ok(game.chasers.every((c) => c.mood === "scared"));
  const before = game.score;
  for (const chaser of game.chasers.slice(0, 2)) {
    meet(game, chaser, "scared");
    step(game);
    assert.equal(chaser.mood, "eaten");
  }
  assert.ok(game.score - before >= POINTS.chaser * 3);
  assert.equal(game.lives, 3);
  game.player.wanted = "up";
  for (let t = 0; t < 8 && game.chasers[0].mood === "eaten"; t += TICK) step(game);
  assert.notEqual(game.chasers[0].mood, "eaten", "it found its way home");
});

test("fright passes, and is shorter on later levels", () => {
  assert.ok(frightSeconds(1) > frightSeconds(4));
  assert.ok(frightSeconds(50) >= 1);
  const game = playing();
  alone(game);
  game.fright = 0.5;
  Object.assign(game.chasers[1], { mood: "scared", x: 17, y: 1 });
  run(game, 1);
  assert.equal(game.chasers[1].mood, "hunt");
});

test("chasers scatter first, hunt then, and hunting ones come nearer", () => {
  const game = playing({ seed: 2 });
  assert.equal(game.hunting, false);
  game.time = 6;
  step(game);
  assert.equal(game.hunting, true);
  const hunter = { ...game.chasers[0], x: 1, y: 1, direction: "left", mood: "hunt" };
  assert.equal(decide({ ...game, player: { ...game.player, x: 1, y: 5 } }, hunter), "down");
});

test("all chasers leave the den and none gets stuck", () => {
  const game = playing({ seed: 11 });
  game.player = { ...game.player, x: 1, y: 19 };
  const seen = game.chasers.map(() => new Set());
  for (let i = 0; i < 3600; i += 1) {
    step(game);
    game.chasers.forEach((c, n) => seen[n].add(maze.tile(c.x, c.y)));
    if (game.state !== "playing") game.lives = 3;
  }
  seen.forEach((tiles, n) =>
    assert.ok(tiles.size > 8, `chaser ${n} has been on ${tiles.size} tiles`),
  );
});

test("an eaten maze is followed by a faster one", () => {
  const game = alone(playing());
  game.pellets = new Map([[maze.tile(game.player.x - 1, game.player.y), "pellet"]]);
  const events = run(game, 3);
  assert.ok(events.includes("level"));
  assert.equal(game.level, 2);
  assert.equal(game.pellets.size, game.total);
});

test("10,000 points give a life, once", () => {
  const game = alone(playing());
  game.score = 9995;
  const events = run(game, 1);
  assert.equal(events.filter((e) => e === "life").length, 1);
  assert.equal(game.lives, 4);
});

test("wrong arguments are named", () => {
  assert.throws(() => newGame({ seed: 0.5 }), /whole number, got 0.5/);
  assert.throws(() => newGame({ pace: "mad" }), /calm, normal, lively, got mad/);
  assert.throws(() => steer(newGame(), "forward"), /up, down, left or right, got forward/);
});
