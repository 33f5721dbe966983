// The map on a canvas: every point as its kind draws it.

import { h } from "../../shared/dom.js";
import { nearest, beyond, onPaper } from "./view.js";

const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Dispatches "point" with detail, the number of the point that is meant, or -1. */
export class Drawing extends EventTarget {
  #stamps = null; // all of them on one sheet: a canvas draws many from one faster than many
  #side = 1; // of a stamp
  #across = 1; // stamps in a row
  #kind = null;
  #places = null;
  #points = null;
  #at = -1;

  constructor() {
    super();
    this.element = h("canvas", { class: "map", width: 900, height: 900, role: "img", tabindex: 0 });
    this.element.setAttribute("aria-label", "The map; it is empty before the start");
    this.element.addEventListener("pointermove", (event) => {
      const box = this.element.getBoundingClientRect();
      const scale = this.element.width / box.width;
      this.#pointAt((event.clientX - box.left) * scale, (event.clientY - box.top) * scale, scale);
    });
    this.element.addEventListener("keydown", (event) => {
      const direction = ARROWS[event.key];
      if (!direction || !this.#points) return;
      event.preventDefault();
      const next = this.#at < 0 ? 0 : beyond(this.#points, this.#at, direction);
      if (next >= 0) this.#choose(next);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      if (this.#kind) this.#stamp();
      if (this.#places) this.show(this.#places);
    });
  }

  /** What is to be shown, of points.js, before it is anywhere. */
  take(kind) {
    this.#kind = kind;
    this.#at = -1;
    this.#places = this.#points = null;
    this.#stamp();
  }

  /** In the colours of the paper in use. */
  #stamp() {
    const { labels, side } = this.#kind;
    this.#side = side;
    this.#across = Math.ceil(Math.sqrt(labels.length));
    this.#stamps = new OffscreenCanvas(this.#across * side, this.#across * side);
    const context = this.#stamps.getContext("2d");
    labels.forEach((_, i) => context.drawImage(this.#kind.stamp(i), ...this.#onSheet(i)));
  }

  /** Where a stamp begins on the sheet: x, y. */
  #onSheet(i) {
    return [(i % this.#across) * this.#side, Math.floor(i / this.#across) * this.#side];
  }

  show(places) {
    const { width } = this.element;
    this.#places = places;
    const count = this.#kind.labels.length;
    // so that many do not hide each other
    const size = Math.max(12, Math.min(this.#kind.most, width / Math.sqrt(2 * count)));
    this.#points = onPaper(places, width, size / 2 + 4);
    const context = this.element.getContext("2d");
    context.clearRect(0, 0, width, width);
    const [sheet, side] = [this.#stamps, this.#side];
    for (let i = 0; i < count; i++) {
      const [x, y] = [this.#points[2 * i] - size / 2, this.#points[2 * i + 1] - size / 2];
      context.drawImage(sheet, ...this.#onSheet(i), side, side, x, y, size, size);
    }
    if (this.#at < 0) return;
    context.strokeStyle = getComputedStyle(this.element).color;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(this.#points[2 * this.#at], this.#points[2 * this.#at + 1], size * 0.9, 0, 7);
    context.stroke();
  }

  #pointAt(x, y, scale) {
    if (this.#points) this.#choose(nearest(this.#points, x, y, 24 * scale));
  }

  #choose(number) {
    if (number === this.#at) return;
    this.#at = number;
    this.show(this.#places);
    this.dispatchEvent(new CustomEvent("point", { detail: number }));
  }
}
