// Pellet Maze: the rules. Pure: no DOM, no clock, no Math.random; the same seed and
// steering play the same game.
//
// Everybody stands on a tile and is `progress` (0 to 1) of the way to the next one in
// their direction. They decide at tiles, so nobody ever needs to be snapped to the
// grid. `step` advances the game by one tick of 1/120 s.

import { CHASERS, atHome, decide } from "./chasers.js";
import {
  DEN,
  DIRECTIONS,
  OPPOSITE,
  PORCH,
  START,
  isOpen,
  neighbour,
  pellets,
  tile,
  wrap,
} from "./maze.js";

export const TICK = 1 / 120; // seconds
export const POINTS = { pellet: 10, power: 50, chaser: 200, life: 10000 };
export const PACES = { calm: 0.6, normal: 0.85, lively: 1.1 };

const SPEED = { player: 7, hunt: 5.4, scared: 3.4, eaten: 13, out: 3 }; // tiles a second
// seconds: scatter, hunt, scatter ... then hunting without end
const WAVES = [6, 18, 6, 18, 4, 22, 3];
const PAUSES = { ready: 1.6, caught: 1.3, cleared: 1.6 }; // seconds before the game goes on
const TOUCH = 0.6; // tiles between middles at which two have met

/**
 * A new game: `seed` a whole number, `pace` one of PACES. ValueError-like RangeError
 * for anything else.
 */
export function newGame({ seed = 1, pace = "normal" } = {}) {
  if (!Number.isInteger(seed)) throw new RangeError(`seed must be a whole number, got ${seed}`);
  if (!(pace in PACES))
    throw new RangeError(`pace must be one of ${Object.keys(PACES).join(", ")}, got ${pace}`);
  const game = {
    random: generator(seed),
    pace,
    score: 0,
    lives: 3,
    level: 1,
    awarded: 0,
    events: [],
  };
  startLevel(game);
  return game;
}

/**
 * Asks the player to turn as soon as there is a way. `direction` is up, down, left or
 * right.
 */
export function steer(game, direction) {
  if (!(direction in DIRECTIONS))
    throw new RangeError(`direction must be up, down, left or right, got ${direction}`);
  game.player.wanted = direction;
}

/**
 * One tick. What happened since the last one is in `game.events` (words such as
 * "power", "caught", "level").
 */
export function step(game) {
  game.events = [];
  if (game.state === "over") return;
  if (game.state !== "playing") {
    game.pause -= TICK;
    if (game.pause <= 0) proceed(game);
    return;
  }
  const dt = TICK * PACES[game.pace];
  passTime(game, dt);
  movePlayer(game, dt);
  for (const chaser of game.chasers) {
    moveChaser(game, chaser, dt);
    if (meets(game, chaser)) return;
  }
}

/** Where somebody is drawn: tiles, fractions included. */
export function position(who) {
  const d = DIRECTIONS[who.direction];
  return { x: who.x + d.x * who.progress, y: who.y + d.y * who.progress };
}

// ----------------------------------------------------------------------------------------------
// levels and lives

function startLevel(game) {
  game.pellets = pellets();
  game.total = game.pellets.size;
  placeAll(game);
}

function placeAll(game) {
  game.player = { ...START, direction: "left", wanted: "left", progress: 0, moving: false };
  game.chasers = CHASERS.map(({ corner, wait }, index) => ({
    ...(index === 0 ? PORCH : { x: DEN.x + [0, 0, -1, 1][index], y: DEN.y }),
    index,
    corner,
    wait,
    direction: index === 0 ? "left" : "up",
    progress: 0,
    mood: index === 0 ? "hunt" : "den",
  }));
  Object.assign(game, {
    state: "ready",
    pause: PAUSES.ready,
    time: 0,
    hunting: false,
    fright: 0,
    streak: 0,
  });
}

/** What comes after a pause. */
function proceed(game) {
  if (game.state === "ready") {
    game.state = "playing";
    game.events.push("go");
  } else if (game.state === "cleared") {
    game.level += 1;
    game.events.push("level");
    startLevel(game);
  } else if (game.lives > 0) {
    placeAll(game);
  } else {
    game.state = "over";
    game.events.push("over");
  }
}

/** Seconds for which a power pellet frightens: less from level to level. */
export const frightSeconds = (level) => Math.max(2, 7.5 - level);

const haste = (level) => Math.min(1.35, 1 + 0.06 * (level - 1));

function score(game, points) {
  game.score += points;
  while (game.score >= POINTS.life * (game.awarded + 1)) {
    game.awarded += 1;
    game.lives += 1;
    game.events.push("life");
  }
}

// ------------------------------------------------------------------------------------------------------
// one tick

function passTime(game, dt) {
  for (const chaser of game.chasers) {
    if (chaser.mood !== "den") continue;
    chaser.wait -= dt;
    if (chaser.wait <= 0) chaser.mood = "out";
  }
  if (game.fright > 0) {
    game.fright = Math.max(0, game.fright - dt);
    if (game.fright === 0)
      game.chasers.filter((c) => c.mood === "scared").forEach((c) => (c.mood = "hunt"));
    return; // the waves stand still while the chasers are scared
  }
  game.time += dt;
  const hunting = isHunting(game.time);
  if (hunting !== game.hunting) {
    game.hunting = hunting;
    game.chasers.filter((c) => c.mood === "hunt").forEach(turnBack);
  }
}

function isHunting(time) {
  let wave = 0;
  for (let left = time; wave < WAVES.length && left >= WAVES[wave]; wave += 1) left -= WAVES[wave];
  return wave % 2 === 1;
}

function movePlayer(game, dt) {
  const { player } = game;
  if (player.wanted === OPPOSITE[player.direction]) turnBack(player);
  if (player.progress === 0) chooseWay(player);
  if (!player.moving) return;
  player.progress += SPEED.player * haste(game.level) * dt;
  if (player.progress < 1) return;
  const rest = player.progress - 1;
  arrive(player);
  eat(game);
  chooseWay(player);
  player.progress = player.moving ? rest : 0;
}

function chooseWay(player) {
  if (isOpen(player.x, player.y, player.wanted)) player.direction = player.wanted;
  player.moving = isOpen(player.x, player.y, player.direction);
}

function eat(game) {
  const key = tile(game.player.x, game.player.y);
  const kind = game.pellets.get(key);
  if (!kind) return;
  game.pellets.delete(key);
  game.events.push(kind);
  score(game, POINTS[kind]);
  if (kind === "power") frighten(game);
  if (game.pellets.size === 0) Object.assign(game, { state: "cleared", pause: PAUSES.cleared });
}

function frighten(game) {
  game.fright = frightSeconds(game.level);
  game.streak = 0;
  for (const chaser of game.chasers) {
    if (chaser.mood !== "hunt") continue;
    chaser.mood = "scared";
    turnBack(chaser);
  }
}

function moveChaser(game, chaser, dt) {
  if (chaser.mood === "den" || game.state !== "playing") return;
  if (chaser.progress === 0) chaser.direction = decide(game, chaser);
  const speed = chaser.mood === "hunt" ? SPEED.hunt * haste(game.level) : SPEED[chaser.mood];
  chaser.progress += speed * dt;
  if (chaser.progress < 1) return;
  const rest = chaser.progress - 1;
  arrive(chaser);
  if (chaser.mood === "out" && !atHome(chaser)) chaser.mood = "hunt";
  if (chaser.mood === "eaten" && chaser.x === DEN.x && chaser.y === DEN.y) chaser.mood = "out";
  chaser.direction = decide(game, chaser);
  chaser.progress = rest;
}

function arrive(who) {
  Object.assign(who, neighbour(who.x, who.y, who.direction), { progress: 0 });
}

/** Turns round on the way: the tile ahead becomes the one behind. */
function turnBack(who) {
  if (who.progress > 0) {
    Object.assign(who, neighbour(who.x, who.y, who.direction));
    who.progress = 1 - who.progress;
  }
  who.direction = OPPOSITE[who.direction];
  if ("wanted" in who) who.moving = who.progress > 0 || isOpen(who.x, who.y, who.direction);
}

/** Whether the chaser caught the player or was caught: true ends the tick. */
function meets(game, chaser) {
  if (game.state !== "playing" || (chaser.mood !== "hunt" && chaser.mood !== "scared"))
    return game.state !== "playing";
  const a = position(game.player);
  const b = position(chaser);
  if (Math.hypot(wrap(a.x) - wrap(b.x), a.y - b.y) > TOUCH) return false;
  if (chaser.mood === "scared") {
    chaser.mood = "eaten";
    score(game, POINTS.chaser * 2 ** game.streak);
    game.streak += 1;
    game.events.push("chaser");
    return false;
  }
  game.lives -= 1;
  game.events.push("caught");
  Object.assign(game, { state: "caught", pause: PAUSES.caught });
  return true;
}

// ---------------------------------------------------------------------------------------------------------
// chance

/**
 * Numbers in [0, 1) from a seed: a 32-bit xorshift (Marsaglia 2003, shifts 13, 17, 5).
 */
function generator(seed) {
  let x = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x / 2 ** 32;
  };
}
