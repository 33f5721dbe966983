// The maze, and the small questions the game asks about it. No DOM in here.

// # wall   . pellet   o power pellet   - door (chasers only)   blank: floor without a
// pellet
const PLAN = [
  "###################",
  "#.................#",
  "#.###.#.###.#.###.#",
  "#o#...#..#..#...#o#",
  "#.#.####.#.####.#.#",
  "#...#.........#...#",
  "###.#.##.#.##.#.###",
  "#...#.#..#..#.#...#",
  "#.###.       .###.#",
  "#.#...###-###...#.#",
  "  ..#.#     #.#..  ",
  "#.#...#######...#.#",
  "#.###.........###.#",
  "#...#.#..#..#.#...#",
  "###.#.##.#.##.#.###",
  "#...#.... ....#...#",
  "#.#.####.#.####.#.#",
  "#o#...#..#..#...#o#",
  "#.###.#.###.#.###.#",
  "#.................#",
  "###################",
];

export const COLUMNS = PLAN[0].length;
export const ROWS = PLAN.length;
export const START = { x: 9, y: 15 }; // where the player begins
export const DOOR = { x: 9, y: 9 };
export const PORCH = { x: 9, y: 8 }; // outside the door
export const DEN = { x: 9, y: 10 }; // inside it

export const DIRECTIONS = {
  up: { x: 0, y: -1 },
  left: { x: -1, y: 0 },
  down: { x: 0, y: 1 },
  right: { x: 1, y: 0 },
};
export const OPPOSITE = { up: "down", down: "up", left: "right", right: "left" };

/** The column `x`, taken around through the tunnel. */
export const wrap = (x) => (x + COLUMNS) % COLUMNS;

const at = (x, y) => PLAN[y]?.[wrap(x)] ?? "#";

export const isWall = (x, y) => at(x, y) === "#";
export const isDoor = (x, y) => at(x, y) === "-";
/** The den behind the door: chasers that have left it stay out. */
export const isDen = (x, y) => y === DEN.y && x > 6 && x < 12;

/** The tile next to (x, y) in `direction`. */
export function neighbour(x, y, direction) {
  const d = DIRECTIONS[direction];
  return { x: wrap(x + d.x), y: y + d.y };
}

/**
 * Whether somebody at (x, y) may go that way. `door`: whether the door opens to them.
 */
export function isOpen(x, y, direction, door = false) {
  const to = neighbour(x, y, direction);
  return !isWall(to.x, to.y) && (door || !isDoor(to.x, to.y));
}

/** A key for tiles, to put them into a Set or Map. */
export const tile = (x, y) => y * COLUMNS + x;

/** All pellets at the start of a level: Map from tile to "pellet" or "power". */
export function pellets() {
  const found = new Map();
  PLAN.forEach((row, y) => {
    [...row].forEach((mark, x) => {
      if (mark === "." || mark === "o") found.set(tile(x, y), mark === "o" ? "power" : "pellet");
    });
  });
  return found;
}

/**
 * Steps from every tile to `goal` through open tiles and the door: Map from tile to
 * number (breadth first).
 */
export function distances(goal) {
  const steps = new Map([[tile(goal.x, goal.y), 0]]);
  const queue = [goal];
  for (const here of queue) {
    for (const direction of Object.keys(DIRECTIONS)) {
      if (!isOpen(here.x, here.y, direction, true)) continue;
      const next = neighbour(here.x, here.y, direction);
      if (steps.has(tile(next.x, next.y))) continue;
      steps.set(tile(next.x, next.y), steps.get(tile(here.x, here.y)) + 1);
      queue.push(next);
    }
  }
  return steps;
}
