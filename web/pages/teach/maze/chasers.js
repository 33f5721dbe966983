// Who hunts the player, and where each of them wants to go. No DOM in here.
//
// A chaser decides only when it stands on a tile: it takes the open way that brings it
// nearest to its target and never turns on the spot. What sets the four apart is the
// target.

import {
  DEN,
  DIRECTIONS,
  OPPOSITE,
  PORCH,
  COLUMNS,
  distances,
  isDen,
  isDoor,
  isOpen,
  neighbour,
  tile,
} from "./maze.js";

const HOMEWARD = distances(DEN); // for those that were caught

const squared = (a, b) => (a.x - b.x) ** 2 + (a.y - b.y) ** 2;

/**
 * `wait`: seconds in the den before it first comes out. `corner`: where it goes when it
 * isn't hunting.
 */
export const CHASERS = [
  { name: "Ember", wait: 0, corner: { x: 17, y: 1 }, target: (game) => game.player },
  { name: "Tide", wait: 2, corner: { x: 1, y: 1 }, target: (game) => ahead(game.player, 4) },
  {
    name: "Moss",
    wait: 5,
    corner: { x: 1, y: 19 },
    target: (game, self) => (squared(game.player, self) > 36 ? game.player : self.corner),
  },
  { name: "Dusk", wait: 9, corner: { x: 17, y: 19 }, target: (game) => pelletBefore(game) },
];

/** The point `n` tiles in front of the player: Tide tries to cut it off. */
function ahead(player, n) {
  const d = DIRECTIONS[player.direction];
  return { x: player.x + n * d.x, y: player.y + n * d.y };
}

/** The pellet nearest to the player: Dusk waits where the player wants to go next. */
function pelletBefore(game) {
  let best = game.player;
  let least = Infinity;
  for (const key of game.pellets.keys()) {
    const at = { x: key % COLUMNS, y: Math.floor(key / COLUMNS) };
    const far = squared(at, game.player);
    if (far < least) [best, least] = [at, far];
  }
  return best;
}

/**
 * The direction in which `self` leaves the tile it stands on. `self.mood` is den, out,
 * hunt, scared or eaten.
 */
export function decide(game, self) {
  const door = self.mood === "out" || self.mood === "eaten";
  let ways = Object.keys(DIRECTIONS).filter((way) => isOpen(self.x, self.y, way, door));
  if (!door) ways = ways.filter((way) => way !== OPPOSITE[self.direction]);
  if (!ways.length) return OPPOSITE[self.direction];
  if (self.mood === "scared") return ways[Math.floor(game.random() * ways.length)];
  if (self.mood === "eaten")
    return nearest(self, ways, (at) => HOMEWARD.get(tile(at.x, at.y)) ?? Infinity);
  const target =
    self.mood === "out"
      ? PORCH
      : game.hunting
        ? CHASERS[self.index].target(game, self)
        : self.corner;
  return nearest(self, ways, (at) => squared(at, target));
}

function nearest(self, ways, far) {
  const cost = (way) => far(neighbour(self.x, self.y, way));
  return ways.reduce((best, way) => (cost(way) < cost(best) ? way : best));
}

/** Whether the tile belongs to the den or its door. */
export const atHome = (at) => isDen(at.x, at.y) || isDoor(at.x, at.y);
