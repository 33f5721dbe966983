// What lies on the map: handwritten digits, or the pictures of the visitor's own lesson.
// Each kind says how its points are drawn, small and large, and what they are called.

import { h } from "../../shared/dom.js";
import { grey } from "../../shared/grey.js";
import { HUES } from "./view.js";

const SIDE = 28; // pixels of a digit
const [LARGE, SMALL] = [72, 36]; // of a picture on the map, and where there are many
const MANY = 1000;

/** Handwritten digits: a label and 784 bytes each. */
export class Digits {
  name = "digits";
  side = SIDE; // pixels of a stamp
  most = 32; // of one on the map
  classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  #large = grey(new Uint8Array(SIDE * SIDE), "No digit");

  constructor(labels = new Uint8Array(), pixels = new Uint8Array()) {
    Object.assign(this, { labels, pixels });
  }

  /** A digit in ink of its class's colour, on nothing. */
  stamp(i) {
    const picture = new OffscreenCanvas(SIDE, SIDE);
    const context = picture.getContext("2d");
    const image = context.createImageData(SIDE, SIDE);
    const [red, green, blue] = colour(this.labels[i]);
    this.#digit(i).forEach((ink, at) => image.data.set([red, green, blue, ink], 4 * at));
    context.putImageData(image, 0, 0);
    return picture;
  }

  /** The digit large, or none for -1: {element, words}. */
  large(i) {
    const words = i < 0 ? "No digit here." : `A ${this.labels[i]}, as somebody wrote it.`;
    this.#large.set(i < 0 ? new Uint8Array(SIDE * SIDE) : this.#digit(i));
    this.#large.element.setAttribute("aria-label", words);
    return { element: this.#large.element, words };
  }

  #digit(i) {
    return this.pixels.subarray(SIDE * SIDE * i, SIDE * SIDE * (i + 1));
  }
}

/** Pictures of a lesson, `bitmaps` (null where one was not kept), in frames of their classes' colours. */
export class Pictures {
  name = "pictures";
  #large = h("canvas", { class: "grey", width: 96, height: 96, role: "img" });

  constructor({ labels, classes, bitmaps }) {
    const side = labels.length > MANY ? SMALL : LARGE;
    Object.assign(this, { labels, classes, bitmaps, side, most: side });
  }

  stamp(i) {
    const { side } = this;
    const picture = new OffscreenCanvas(side, side);
    const context = picture.getContext("2d");
    const [red, green, blue] = colour(this.labels[i]);
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(0, 0, side, side);
    const bitmap = this.bitmaps[i];
    if (bitmap) context.drawImage(bitmap, side / 14, side / 14, side * (6 / 7), side * (6 / 7));
    return picture;
  }

  large(i) {
    const name = this.classes[this.labels[i]];
    const words = i < 0 ? "No picture here." : `A picture of “${name}”.`;
    const context = this.#large.getContext("2d");
    context.clearRect(0, 0, 96, 96);
    if (this.bitmaps[i]) context.drawImage(this.bitmaps[i], 0, 0, 96, 96);
    this.#large.setAttribute("aria-label", words);
    return { element: this.#large, words };
  }
}

/** The colour of a class, as red, green and blue on the paper in use. */
export function colour(label) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const probe = new OffscreenCanvas(1, 1).getContext("2d");
  probe.fillStyle = `hsl(${HUES[label % HUES.length]} 75% ${dark ? 68 : 38}%)`;
  probe.fillRect(0, 0, 1, 1);
  return probe.getImageData(0, 0, 1, 1).data;
}
