// A face of one's own: sliders for what makes it, and where the network sees its points.
// Dispatches "change" when another face is to be drawn.

import { h } from "../../shared/dom.js";

/** @type {Record<string, string>} */
const SLIDERS = {
  smile: "Smile",
  lips: "Mouth",
  eye: "Eyes",
  tilt: "Brows",
  nose: "Nose",
  turn: "Turn",
};

export class Own extends EventTarget {
  seed = 2431; // who smiles
  /** @type {Record<string, number>} what was moved by hand */
  features = {};
  /** @type {Map<string, HTMLInputElement>} */
  #sliders = new Map();

  constructor() {
    super();
    const fields = Object.entries(SLIDERS).map(([name, label]) => {
      const input = h("input", { type: "range", min: 0, max: 1, step: 0.01, name });
      input.addEventListener("input", () => this.#moved(name, Number(input.value)));
      this.#sliders.set(name, input);
      return h("label", { class: "field" }, label, input);
    });
    this.element = h("div", { class: "sliders" }, ...fields);
  }

  /** Another face at random. */
  another() {
    this.seed = 1 + Math.floor(Math.random() * 1e6);
    this.features = {};
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Record<string, number>} features of the face that was drawn */
  show(features) {
    for (const [name, input] of this.#sliders)
      if (document.activeElement !== input) input.value = String(features[name]);
  }

  /**
   * @param {string} name
   * @param {number} value
   */
  #moved(name, value) {
    this.features = { ...this.features, [name]: value };
    this.dispatchEvent(new Event("change"));
  }
}
