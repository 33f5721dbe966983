// A number chosen by sliding, shown beside its name. Dispatches "change" with its value
// while it slides.

import { h } from "../../shared/dom.js";

export class Slider extends EventTarget {
  #input;
  #number = h("output");

  constructor({ name, label, help, low, high }, step) {
    super();
    this.#input = h("input", { type: "range", min: low, max: high, step, name, title: help });
    this.#input.addEventListener("input", () => {
      const value = Number(this.#input.value);
      this.#number.textContent = String(value);
      this.dispatchEvent(new CustomEvent("change", { detail: { name, value } }));
    });
    const head = h("span", { class: "slider-head" }, label, this.#number);
    this.element = h("label", { class: "field slider" }, head, this.#input);
  }

  show(value) {
    this.#input.value = String(value);
    this.#number.textContent = String(value);
  }

  set disabled(disabled) {
    this.#input.disabled = disabled;
  }
}
