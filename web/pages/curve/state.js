// Points as texts, a formula's terms, and what the address's fragment says: no DOM.

import { refusal } from "../../shared/limits.js";
import { readChosen, writeChosen } from "../../shared/chosen.js";

export const MOST = 200; // points of one's own
const FINE = 1000; // steps of a point's place from 0 to 1

// what only the page has: points of one's own ("" for none such), and its speed
export const VIEW = [
  { name: "points", kind: "str", default: "" },
  { name: "speed", kind: "choice", default: "step", choices: ["step", "most"] },
];
const EMPTY = "none"; // one's own, of which there is none

/** Points as the text of an address: thousandths of x and y, one after the other. */
export function pointsText(points) {
  return (
    points
      .flat()
      .map((value) => Math.round(value * FINE))
      .join(",") || EMPTY
  );
}

/** The points [[x, y], ...] of such a text, from -1 to 1; null where it is none. */
export function pointsOf(text) {
  if (text === EMPTY) return [];
  const words = text.split(",");
  if (words.length % 2 || words.length > 2 * MOST) return null;
  if (!words.every((word) => /^-?\d{1,4}$/.test(word) && Math.abs(Number(word)) <= FINE))
    return null;
  const values = words.map((word) => Number(word) / FINE);
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);
}

function trouble(option, value) {
  if (option.name === "points") return pointsOf(value) ? "" : "no such points";
  return refusal(option, value);
}

export const read = (fragment, options) => readChosen(fragment, [...options, ...VIEW], trouble);
export const write = (settings, options) => writeChosen(settings, [...options, ...VIEW]);

/** What the worker's `build` takes: the options, and points of one's own, if any. */
export function forWorker(settings, options) {
  const chosen = Object.fromEntries(options.map(({ name }) => [name, settings[name]]));
  return settings.points ? { ...chosen, points: pointsOf(settings.points).flat() } : chosen;
}

/** Whether going from one to the other needs another curve, or other points. */
export const needsBuild = (a, b, options) =>
  a.points !== b.points || options.some(({ name }) => name !== "steps" && a[name] !== b[name]);

/** Whether the curve is another one then, and not the same with other points or steps. */
export const startsOver = (a, b) =>
  ["model", "degree", "neurons"].some((name) => a[name] !== b[name]);

/** The number of the point that is nearest to a place and within `reach` of it, or -1. */
export function nearest(points, [x, y], reach) {
  let [best, distance] = [-1, reach];
  for (const [i, point] of points.entries()) {
    const far = Math.hypot(point[0] - x, point[1] - y);
    if (far <= distance) [best, distance] = [i, far];
  }
  return best;
}

/** The terms of a polynomial, {sign, number, power}, its highest power last. */
export function terms(coefficients) {
  return coefficients.map((value, power) => ({
    sign: value < 0 ? "−" : "+",
    number: figure(Math.abs(value)),
    power,
  }));
}

/** A number in about three digits. */
export function figure(value) {
  if (value !== 0 && (value < 0.001 || value >= 1e5)) return value.toExponential(1);
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value < 0.1 ? 4 : 2 + (value < 1));
}
