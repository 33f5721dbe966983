// What the Face points page says and shows: which points belong together, how far off
// they are, what the button does next, and which stretch of a curve had which learning
// rate. No DOM; tested in Node.

/** @typedef {{ blocks: number, filters: number, skips: boolean, steps: number }} Network */
/** @typedef {{ step: number[], loss: number[], rate: number[], error: number[] }} Curve */

/** Parts of a face, by what the names of their points begin with. */
const BEGINNINGS = {
  Eyes: ["left eye", "right eye"],
  Brows: ["left brow", "right brow"],
  Nose: ["nose"],
  Mouth: ["mouth"],
  Chin: ["chin"],
};
const MOST_RATES = 4; // of a curve that is told apart by colours

/**
 * The part that each point belongs to.
 *
 * @param {string[]} names of points
 */
export const partsOf = (names) =>
  names.map((name) => {
    const part = Object.entries(BEGINNINGS).find(([, begins]) =>
      begins.some((begin) => name.startsWith(begin)),
    );
    return part ? part[0] : "Other";
  });

export const PARTS = Object.keys(BEGINNINGS);

/**
 * How far each point is off, as a share of the picture's width.
 *
 * @param {ArrayLike<number>} seen x and y of each, one after the other
 * @param {ArrayLike<number>} known
 * @returns {number[]}
 */
export const offsets = (seen, known) =>
  Array.from({ length: known.length / 2 }, (_, i) =>
    Math.hypot(seen[2 * i] - known[2 * i], seen[2 * i + 1] - known[2 * i + 1]),
  );

/** @param {number[]} values */
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @param {number} value a share of one, said as "2.9 %" */
export const share = (value) => `${(100 * value).toFixed(value < 0.001 ? 2 : 1)}\u00a0%`;

/**
 * "Off by 2.3 % of the width, most at the chin (4.0 %)."
 *
 * @param {ArrayLike<number>} seen
 * @param {ArrayLike<number>} known
 * @param {string[]} names
 */
export function verdict(seen, known, names) {
  const off = offsets(seen, known);
  const most = off.indexOf(Math.max(...off));
  return `Off by ${share(mean(off))} of the width, most at ${names[most]} (${share(off[most])}).`;
}

/**
 * Whether training with these settings goes on with a network, rather than with another.
 *
 * @param {Network | null} network
 * @param {{ blocks: number, filters: number, skips: string }} chosen
 */
export const goesOn = (network, { blocks, filters, skips }) =>
  Boolean(network?.steps) &&
  network?.blocks === blocks &&
  network.filters === filters &&
  network.skips === (skips === "on");

/**
 * What the button does next.
 *
 * @param {Network | null} network
 * @param {{ blocks: number, filters: number, skips: string }} chosen
 * @param {boolean} stopped
 */
export function next(network, chosen, stopped) {
  if (!network?.steps) return "Train";
  if (!goesOn(network, chosen)) return "Train another";
  return stopped ? "Go on" : "Train more";
}

/**
 * A curve as lines of one learning rate each, as long as there are few: each begins where
 * the one before ends.
 *
 * @param {number[]} values
 * @param {number[]} rates the learning rate at each
 * @param {string} name of the curve as a whole
 * @returns {{ name: string, values: (number | null)[] }[]}
 */
export function byRate(values, rates, name) {
  const distinct = [...new Set(rates)];
  if (distinct.length > MOST_RATES) return [{ name, values }];
  return distinct.map((rate) => ({
    name: `rate ${Number(rate.toPrecision(2))}`,
    values: values.map((value, i) => (rates[i] === rate || rates[i + 1] === rate ? value : null)),
  }));
}
