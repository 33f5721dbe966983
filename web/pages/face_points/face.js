// A face with its points: rings where they are, dots where the network sees them, a line
// between, and crosses where it sees them with weights of 8 bits.

import { h, svg } from "../../shared/dom.js";
import { mean, offsets, share } from "./rules.js";

/** @typedef {{ known: boolean, small: boolean, parts: Set<string> }} Look what is shown */

export class Face {
  #side;
  #parts;
  #canvas;
  #points;
  /** @type {ArrayLike<number>} */
  #known = [];
  /** @type {ArrayLike<number> | null} */
  #seen = null;
  /** @type {ArrayLike<number> | null} */
  #small = null;
  /** @type {Look} */
  #look = { known: true, small: false, parts: new Set() };

  /**
   * @param {number} side pixels of a picture
   * @param {string[]} parts that the points belong to
   */
  constructor(side, parts) {
    this.#side = side;
    this.#parts = parts;
    this.#canvas = h("canvas", { width: side, height: side });
    this.#points = svg("svg", { viewBox: `0 0 ${side} ${side}`, "aria-hidden": "true" });
    this.element = h("div", { class: "face", role: "img" }, this.#canvas);
    this.element.append(this.#points);
  }

  /**
   * @param {Uint8Array} pixels
   * @param {ArrayLike<number>} known x and y of each point, from 0 to 1
   */
  show(pixels, known) {
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    const image = context.createImageData(this.#side, this.#side);
    pixels.forEach((grey, i) => image.data.set([grey, grey, grey, 255], 4 * i));
    context.putImageData(image, 0, 0);
    this.#known = known;
    this.#render();
  }

  /**
   * @param {ArrayLike<number> | null} seen
   * @param {ArrayLike<number> | null} small with weights of 8 bits
   */
  find(seen, small = null) {
    this.#seen = seen;
    this.#small = small;
    this.#render();
  }

  /** @param {Look} look */
  set look(look) {
    this.#look = look;
    this.#render();
  }

  #render() {
    const { known, small, parts } = this.#look;
    const at = (/** @type {ArrayLike<number>} */ places, /** @type {number} */ i) =>
      [places[2 * i], places[2 * i + 1]].map((value) => value * this.#side);
    const marks = this.#parts.flatMap((part, i) => {
      if (!parts.has(part) || !this.#known.length) return [];
      const [x, y] = at(this.#known, i);
      const all = known ? [svg("circle", { class: "known", cx: x, cy: y, r: 0.95 })] : [];
      if (this.#seen) {
        const [cx, cy] = at(this.#seen, i);
        if (known) all.push(svg("line", { class: "off", x1: x, y1: y, x2: cx, y2: cy }));
        all.push(svg("circle", { class: "seen", cx, cy, r: 0.6 }));
      }
      if (this.#small && small) {
        const [a, b] = at(this.#small, i);
        const d = `M${a - 0.9} ${b - 0.9}l1.8 1.8M${a - 0.9} ${b + 0.9}l1.8 -1.8`;
        all.push(svg("path", { class: "small", d }));
      }
      return all;
    });
    this.#points.replaceChildren(...marks);
    const off = this.#seen && share(mean(offsets(this.#seen, this.#known)));
    const words = off ? `A face; its points are off by ${off}` : "A face and its points";
    this.element.setAttribute("aria-label", words);
  }
}
