// The likeliest classes as bars, one of which is chosen, and its place over the picture.
// Dispatches "change" when another class is chosen.

import { Bars } from "../../shared/bars.js";
import { h } from "../../shared/dom.js";
import { rankOf } from "./steady.js";

/** @typedef {import("./steady.js").Guess} Guess */

const ROWS = ["0", "1", "2", "3", "4"];
const HUE = 245;

export class Answers extends EventTarget {
  /** @type {Map<string, HTMLInputElement>} */
  #picks = new Map();
  /** @type {Guess[]} */
  #top = [];
  /** @type {number | null} the class that was chosen */
  #chosen = null;

  constructor() {
    super();
    const bars = new Bars("The likeliest classes", (key) => this.#pick(key));
    this.bars = bars;
    this.element = bars.element;
    this.clear();
  }

  /** The class whose place is shown, or null. */
  get shown() {
    return this.#top[rankOf(this.#top, this.#chosen)] ?? null;
  }

  /** @param {Guess[]} top */
  show(top) {
    this.#top = top;
    this.#render();
  }

  /** Forgets which class was chosen: another picture has others. */
  unchoose() {
    this.#chosen = null;
  }

  clear() {
    this.unchoose();
    this.show([]);
  }

  /** @param {string} key */
  #pick(key) {
    const pick = h("input", { type: "radio", name: "where", disabled: true });
    pick.addEventListener("change", () => {
      this.#chosen = this.#top[Number(key)]?.class ?? null;
      this.#render();
      this.dispatchEvent(new Event("change"));
    });
    this.#picks.set(key, pick);
    return h("label", { class: "check pick" }, pick, h("span", { text: "where" }));
  }

  #render() {
    const rank = rankOf(this.#top, this.#chosen);
    const label = (/** @type {number} */ i) => this.#top[i]?.label ?? "–";
    this.bars.list(ROWS.map((key, i) => ({ key, name: label(i), hue: HUE })));
    const shares = new Map(ROWS.map((key, i) => [key, this.#top[i]?.probability ?? 0]));
    this.bars.show(shares, this.#top.length ? "0" : null);
    for (const [key, pick] of this.#picks) {
      const there = Number(key) < this.#top.length;
      pick.disabled = !there;
      pick.checked = there && Number(key) === rank;
      pick.setAttribute("aria-label", `Show where it sees ${label(Number(key))}`);
    }
  }
}

/** The place of a class, laid over the picture. */
export class Overlay {
  element = h("canvas", { class: "overlay", width: 224, height: 224, "aria-hidden": "true" });
  #on = true;

  /** @param {boolean} on */
  set on(on) {
    this.#on = on;
    this.element.hidden = !on;
  }

  clear() {
    this.#pen().clearRect(0, 0, this.element.width, this.element.height);
  }

  /**
   * @param {Uint8Array} colours RGBA
   * @param {number} width
   * @param {number} height
   */
  show(colours, width, height) {
    let small = canvas(width, height);
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (small.getContext("2d"));
    pen.putImageData(new ImageData(new Uint8ClampedArray(colours), width, height), 0, 0);
    // by and by, which is smoother than at once
    while (small.width * 2 < this.element.width) small = twice(small);
    this.clear();
    this.#pen().drawImage(small, 0, 0, this.element.width, this.element.height);
    this.element.hidden = !this.#on;
  }

  #pen() {
    const pen = /** @type {CanvasRenderingContext2D} */ (this.element.getContext("2d"));
    pen.imageSmoothingQuality = "high";
    return pen;
  }
}

/**
 * @param {number} width
 * @param {number} height
 */
const canvas = (width, height) => new OffscreenCanvas(width, height);

/** @param {OffscreenCanvas} small */
function twice(small) {
  const large = canvas(2 * small.width, 2 * small.height);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (large.getContext("2d"));
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, 0, 0, large.width, large.height);
  return large;
}
