// The choice of a data set: a small picture of each, those with classes apart from those
// with numbers. Says "choose" with its name.

import { h } from "../../shared/dom.js";
import { colours, drawPoints } from "./surface.js";

const GROUPS = {
  "To tell apart": { circle: "Ring", xor: "Quarters", gauss: "Heaps", spiral: "Spiral" },
  "To estimate": { plane: "Slope", hills: "Hills" },
};

export class Kinds extends EventTarget {
  #choices = new Map(); // name: {input, canvas}
  #samples = null;

  constructor() {
    super();
    this.element = h("div", { class: "kinds" });
    for (const [title, kinds] of Object.entries(GROUPS)) {
      const choices = Object.entries(kinds).map(([name, words]) => this.#choice(name, words));
      const legend = h("legend", { text: title });
      this.element.append(h("fieldset", {}, legend, h("div", { class: "choices" }, ...choices)));
    }
  }

  #choice(name, words) {
    const canvas = h("canvas", { width: 52, height: 52, "aria-hidden": "true" });
    const input = h("input", { type: "radio", name: "data", value: name });
    input.addEventListener("change", () =>
      this.dispatchEvent(new CustomEvent("choose", { detail: name })),
    );
    this.#choices.set(name, { input, canvas });
    return h("label", { class: "kind" }, input, canvas, h("span", { text: words }));
  }

  show(name) {
    for (const [each, { input }] of this.#choices) input.checked = each === name;
  }

  /** Draws a few points of each: {name: Float32Array of x1, x2 and label}. */
  draw(samples = this.#samples) {
    this.#samples = samples;
    if (!samples) return;
    for (const [name, { canvas }] of this.#choices)
      drawPoints(canvas, samples[name], 6.4, 1.7, () => colours().middle);
  }
}
