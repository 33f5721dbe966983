// A pad to draw on with mouse, pen or finger: black ink on white paper. Dispatches
// "change" while one draws.

import { h } from "./dom.js";

const SIDE = 280;
const NIB = 22;

export class Pad extends EventTarget {
  #context;
  /** @type {{ x: number, y: number } | null} */
  #last = null;

  /** @param {string} label */
  constructor(label) {
    super();
    const canvas = h("canvas", { class: "pad", width: SIDE, height: SIDE, role: "img" });
    canvas.setAttribute("aria-label", label);
    this.element = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext("2d", { willReadFrequently: true })
    );
    this.#wipe();
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#last = this.#place(event);
      this.#stroke(this.#last);
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.#last) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) this.#stroke(this.#place(each));
    });
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, () => (this.#last = null));
  }

  clear() {
    this.#wipe();
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Puts a square picture there, a byte a pixel.
   *
   * @param {Uint8Array} pixels
   * @param {number} side
   */
  put(pixels, side) {
    this.#wipe();
    const size = SIDE / side;
    pixels.forEach((ink, i) => {
      this.#context.fillStyle = `rgb(${255 - ink} ${255 - ink} ${255 - ink})`;
      this.#context.fillRect((i % side) * size, Math.floor(i / side) * size, size, size);
    });
    this.dispatchEvent(new Event("change"));
  }

  /** What is drawn: 255 where there is ink. */
  ink() {
    const { data } = this.#context.getImageData(0, 0, SIDE, SIDE);
    const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 255 - data[4 * i]);
    return { ink, height: SIDE, width: SIDE };
  }

  #wipe() {
    this.#context.fillStyle = "#fff";
    this.#context.fillRect(0, 0, SIDE, SIDE);
  }

  /** @param {PointerEvent} event */
  #place({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return { x: ((clientX - left) / width) * SIDE, y: ((clientY - top) / height) * SIDE };
  }

  /** @param {{ x: number, y: number }} to */
  #stroke(to) {
    const from = this.#last ?? to;
    Object.assign(this.#context, { lineWidth: NIB, lineCap: "round", strokeStyle: "#000" });
    this.#context.beginPath();
    this.#context.moveTo(from.x, from.y);
    this.#context.lineTo(to.x, to.y);
    this.#context.stroke();
    this.#last = to;
    this.dispatchEvent(new Event("change"));
  }
}
