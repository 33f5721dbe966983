// A small line chart as SVG, over the epochs: it is read aloud by what it shows, takes
// its colours from the page's style sheet, and follows the scheme without being drawn
// anew.

import { h, svg } from "./dom.js";
import { t } from "./language.js";
import { ticks } from "./ticks.js";

const W = 250;
const H = 165;
const EDGE = { left: 34, right: 8, top: 8, bottom: 22 };

/**
 * @typedef {object} Look
 * @property {string} name "Loss"
 * @property {string} note "lower is better"
 * @property {boolean} [share] whether values are shares of one, shown as percent
 * @property {string[]} lines the classes of its lines, the first is drawn on top
 * @property {string[]} words what each line shows, for screen readers
 * @property {string} [unit] what is counted below; epochs, if left out
 */

export class LineChart {
  #picture = h("div");

  /** @param {Look} look */
  constructor(look) {
    this.look = look;
    const caption = h("figcaption", {}, `${look.name} `, h("small", { text: look.note }));
    this.element = h("figure", { class: "chart" }, caption, this.#picture);
    this.draw([], 2);
  }

  /**
   * Draws one line per list of values, over as many epochs; a value each `every` of them.
   *
   * @param {number[][]} values
   * @param {number} epochs
   * @param {number} every
   */
  draw(values, epochs, every = 1) {
    const { lines, share, name, words, unit = t`epoch` } = this.look;
    const scale = ticks(share ? 1 : Math.max(0.1, ...values.flat()));
    const top = /** @type {number} */ (scale.at(-1));
    const last = Math.max(1, (epochs - 1) / every);
    /** @param {number} i */
    const x = (i) => EDGE.left + ((W - EDGE.left - EDGE.right) * i) / last;
    /** @param {number} value */
    const y = (value) =>
      H - EDGE.bottom - ((H - EDGE.top - EDGE.bottom) * Math.min(value, top)) / top;
    const image = svg("svg", {
      viewBox: `0 0 ${W} ${H}`,
      role: "img",
      "aria-label": describe(name, values, words, every, unit),
      class: "plot",
    });
    for (const value of scale) {
      const label = share ? `${Math.round(value * 100)}%` : String(value);
      const place = { x: EDGE.left - 6, y: y(value) + 3.5, class: "axis end" };
      const grid = { class: "grid", x1: EDGE.left, x2: W - EDGE.right, y1: y(value), y2: y(value) };
      image.append(svg("line", grid), svg("text", place, label));
    }
    image.append(
      svg("text", { x: x(0), y: H - 6, class: "axis start" }, t`${unit} 1`),
      svg("text", { x: x(last), y: H - 6, class: "axis end" }, String(epochs)),
    );
    for (const [i, kind] of [...lines.entries()].reverse()) {
      const points = (values[i] ?? []).map((value, n) => [x(n).toFixed(1), y(value).toFixed(1)]);
      const end = points.at(-1);
      if (!end) continue;
      image.append(
        svg("polyline", { class: `line ${kind}`, points: points.map(String).join(" ") }),
        svg("circle", { class: `end-dot ${kind}`, cx: end[0], cy: end[1], r: 3.2 }),
      );
    }
    this.#picture.replaceChildren(image);
  }
}

/**
 * @param {string} name
 * @param {number[][]} values
 * @param {string[]} words
 * @param {number} every
 * @param {string} unit
 */
function describe(name, [first = [], ...others], [, ...words], every, unit) {
  if (!first.length) return t`${name}: nothing yet`;
  /** @param {number} value */
  const short = (value) => value.toFixed(2);
  const beside = others.map((line, i) => {
    const end = line.at(-1);
    return end === undefined ? "" : t`, ${short(end)} on ${words[i]}`;
  });
  const last = short(first[first.length - 1]);
  const n = (first.length - 1) * every + 1;
  return (
    t`${name}: ${short(first[0])} after the first ${unit}, ${last} after ${unit} ${n}` +
    beside.join("")
  );
}
