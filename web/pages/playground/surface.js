// Values from -1 to 1 as colours, orange to blue, on canvases.

import { h } from "../../shared/dom.js";

const STEPS = 256;
const table = new Uint32Array(STEPS); // RGBA of each step from -1 to 1
let ends = mix();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (ends = mix()));

/** The page's own, {low, middle, high, ink}, as its scheme has them. */
export const colours = () => ends;

function mix() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(`--${name}`).trim();
  const [low, middle, high] = ["low", "middle", "high"].map((name) => rgb(named(name)));
  const bytes = new Uint8ClampedArray(table.buffer);
  for (let i = 0; i < STEPS; i += 1) {
    const value = (2 * i) / (STEPS - 1) - 1;
    const end = value < 0 ? low : high;
    const mixed = middle.map((from, c) => from + (end[c] - from) * Math.abs(value));
    bytes.set([...mixed, 255], 4 * i);
  }
  return { low: named("low"), middle: named("middle"), high: named("high"), ink: named("ink") };
}

/** The step of a value; what is not a number is as far down as it goes. */
function stepOf(value) {
  const step = Math.round(((value + 1) * (STEPS - 1)) / 2);
  return step > 0 ? Math.min(step, STEPS - 1) : 0;
}

/** "#rrggbb" as three numbers. */
function rgb(text) {
  return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
}

/** A canvas of square values, that a style sheet makes as large as it likes. */
export class Field {
  #pixels;
  #image;
  #context;

  constructor(side, look) {
    this.element = h("canvas", { width: side, height: side, class: look, "aria-hidden": "true" });
    this.#context = this.element.getContext("2d");
    this.#image = this.#context.createImageData(side, side);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  /** Draws a value per cell, row by row; with `discrete` only -1 and 1. */
  draw(values, discrete = false) {
    const count = this.cells;
    for (let i = 0; i < count; i += 1) {
      const value = discrete ? Math.sign(values[i]) : values[i];
      this.#pixels[i] = table[stepOf(value)];
    }
    this.#context.putImageData(this.#image, 0, 0);
  }

  get cells() {
    return this.#pixels.length;
  }
}

/**
 * Points over a square from -reach to reach, each with a ring around it.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} points x1, x2 and label of each
 * @param {(i: number) => string} ring the colour of a point's ring, "" for no such point
 */
export function drawPoints(canvas, points, reach, radius, ring) {
  const size = Math.round(canvas.clientWidth * devicePixelRatio) || canvas.width;
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, size, size);
  context.lineWidth = Math.max(1, radius * 0.3 * devicePixelRatio);
  for (let i = 0; i < points.length / 3; i += 1) {
    const line = ring(i);
    if (!line) continue;
    const [x, y, label] = points.subarray(3 * i, 3 * i + 3);
    const [r, g, b] = new Uint8Array(table.buffer, 4 * stepOf(label), 3);
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.strokeStyle = line;
    const [left, top] = [((x / reach + 1) * size) / 2, ((1 - y / reach) * size) / 2];
    context.beginPath();
    context.arc(left, top, radius * devicePixelRatio, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

/** The large picture: what the network, or one of its neurons, says of the plane. */
export class Plane {
  #element;
  #large;
  #small;
  #dots = h("canvas", { class: "dots", width: 300, height: 300, "aria-hidden": "true" });
  #built = null;
  #dotted = ""; // what the dots show

  constructor(element, side, mapSide) {
    this.#element = element;
    [this.#large, this.#small] = [new Field(side, "field"), new Field(mapSide, "field")];
    element.append(this.#large.element, this.#small.element, this.#dots);
    new ResizeObserver(() => this.#drawDots(this.#dotted.startsWith("test"), true)).observe(
      element,
    );
  }

  /** Hears of new points. */
  take(built) {
    this.#built = built;
    this.#dotted = "";
  }

  draw(values, discrete, test) {
    const small = values.length < this.#large.cells;
    this.#large.element.hidden = small;
    this.#small.element.hidden = !small;
    (small ? this.#small : this.#large).draw(values, discrete);
    this.#drawDots(test);
  }

  #drawDots(test, anyway = false) {
    const shows = `${test ? "test" : "train"} ${colours().middle}`;
    if (!this.#built || (this.#dotted === shows && !anyway)) return;
    this.#dotted = shows;
    const { points, training, reach } = this.#built;
    const { middle, ink } = colours();
    const tests = test ? ink : "";
    drawPoints(this.#dots, points, reach, 3.4, (i) => (i < training ? middle : tests));
  }

  /** What it shows, for who cannot see it. */
  say(words) {
    this.#element.setAttribute("aria-label", `What the network says of the plane. ${words}.`);
  }
}
