// A slider per number and a menu per category: what the network is asked. Dispatches
// "change" whenever a value is another one.

import { h } from "../../shared/dom.js";
import { short, step } from "./choice.js";
import { spread } from "./spread.js";

/**
 * @typedef {object} Feature what `tables.train` says of one
 * @property {string} name
 * @property {string[]} [categories]
 * @property {number} [low]
 * @property {number} [high]
 * @property {number} [mean]
 * @property {boolean} [whole]
 */
/** @typedef {import("./choice.js").Column} Column */

const UNKNOWN = "\u2013";

export class Questions extends EventTarget {
  /** @type {Map<string, { read: () => any, set: (value: any) => void }>} */
  #controls = new Map();
  #shown = "";
  element = h("div", { class: "inquiries" });

  /**
   * Asks for these; what has been asked for just so keeps its values.
   *
   * @param {Feature[]} features
   * @param {Column[]} columns of the table that is open
   */
  show(features, columns) {
    const key = JSON.stringify(features.map(({ mean: _, ...rest }) => rest));
    if (key === this.#shown) return;
    this.#shown = key;
    this.#controls.clear();
    this.element.replaceChildren(
      ...features.map((feature) => {
        const column = columns.find(({ name }) => name === feature.name);
        return feature.categories ? this.#menu(feature) : this.#slider(feature, column);
      }),
    );
  }

  /** What is asked, by column; "" for what is not known. */
  values() {
    return Object.fromEntries([...this.#controls].map(([name, { read }]) => [name, read()]));
  }

  /**
   * Values by column, as they stand in a table.
   *
   * @param {Record<string, any>} values
   */
  take(values) {
    for (const [name, { set }] of this.#controls) if (name in values) set(values[name]);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {Feature} feature
   * @param {Column | undefined} column
   */
  #slider({ name, low = 0, high = 1, mean = (low + high) / 2, whole = false }, column) {
    const way = { low, high, whole };
    const by = step(way);
    const range = h("input", {
      type: "range",
      min: String(low),
      max: String(high),
      step: "any",
      "aria-label": name,
    });
    const output = h("output", {});
    // on steps of its own: a range's would begin at `low`, and end before `high`
    let value = 0;
    const set = (/** @type {number} */ next) => {
      value = next;
      range.value = String(value);
      output.textContent = short(value);
      range.setAttribute("aria-valuetext", short(value));
    };
    set(round(mean, by));
    range.addEventListener("input", () => {
      set(round(Number(range.value), by));
      this.#changed();
    });
    range.addEventListener("keydown", (event) => {
      const ways = { ArrowRight: by, ArrowUp: by, ArrowLeft: -by, ArrowDown: -by };
      const move = ways[/** @type {keyof typeof ways} */ (event.key)];
      if (!move) return;
      event.preventDefault();
      set(Math.min(high, Math.max(low, round(value + move, by))));
      this.#changed();
    });
    this.#controls.set(name, {
      read: () => value,
      set: (text) => {
        const number = text === "" ? NaN : Number(String(text).replace(",", "."));
        set(Number.isFinite(number) ? number : round(mean, by));
      },
    });
    return h(
      "label",
      { class: "inquiry" },
      h("span", { class: "asks" }, h("span", { text: name }), output),
      column ? spread(column) : null,
      range,
    );
  }

  /** @param {Feature} feature */
  #menu({ name, categories = [] }) {
    const options = categories.map((each) => h("option", { value: each, text: each }));
    const menu = h("select", {}, ...options, h("option", { value: "", text: UNKNOWN }));
    menu.addEventListener("change", () => this.#changed());
    this.#controls.set(name, {
      read: () => menu.value,
      set: (value) => (menu.value = categories.includes(String(value)) ? String(value) : ""),
    });
    return h("label", { class: "inquiry" }, h("span", { class: "asks", text: name }), menu);
  }
}

/**
 * @param {number} value
 * @param {number} by
 */
const round = (value, by) => Number((Math.round(value / by) * by).toPrecision(12));
