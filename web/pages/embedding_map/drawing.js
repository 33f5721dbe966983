// The map on a canvas: every digit as ink in the colour of its class.

import { h } from "../../shared/dom.js";
import { HUES, nearest, beyond, onPaper } from "./view.js";

const SIDE = 28;
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Dispatches "point" with detail, the number of the digit that is pointed at, or -1. */
export class Drawing extends EventTarget {
  #stamps = [];
  #labels = new Uint8Array();
  #pixels = new Uint8Array();
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
      this.take(this.#labels, this.#pixels);
      if (this.#places) this.show(this.#places);
    });
  }

  /** The digits, before they are shown anywhere: a label and 784 bytes each. */
  take(labels, pixels) {
    this.#labels = labels;
    this.#pixels = pixels;
    this.#at = -1;
    this.#stamps = Array.from(labels, (label, i) => stamp(label, this.digit(i)));
  }

  digit(i) {
    return this.#pixels.subarray(SIDE * SIDE * i, SIDE * SIDE * (i + 1));
  }

  show(places) {
    const { width } = this.element;
    this.#places = places;
    this.#points = onPaper(places, width, SIDE);
    const context = this.element.getContext("2d");
    context.clearRect(0, 0, width, width);
    // so that many do not hide each other
    const size = Math.max(12, Math.min(32, width / Math.sqrt(2 * this.#stamps.length)));
    this.#stamps.forEach((picture, i) => {
      const [x, y] = [this.#points[2 * i], this.#points[2 * i + 1]];
      context.drawImage(picture, x - size / 2, y - size / 2, size, size);
    });
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

/** The colour of a class, as red, green and blue on the paper in use. */
export function colour(label) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const probe = new OffscreenCanvas(1, 1).getContext("2d");
  probe.fillStyle = `hsl(${HUES[label]} 75% ${dark ? 68 : 38}%)`;
  probe.fillRect(0, 0, 1, 1);
  return probe.getImageData(0, 0, 1, 1).data;
}

/** A digit in ink of its class's colour, on nothing. */
function stamp(label, digit) {
  const picture = new OffscreenCanvas(SIDE, SIDE);
  const context = picture.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  const [red, green, blue] = colour(label);
  digit.forEach((ink, i) => image.data.set([red, green, blue, ink], 4 * i));
  context.putImageData(image, 0, 0);
  return picture;
}
