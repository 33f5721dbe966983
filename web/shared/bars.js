// Bars of shares: what each class gets of one.

import { h, keepFocus, percent } from "./dom.js";

/** @typedef {{ key: string, name: string, hue: number }} Row */

/** One row: a name, a bar and its value; `beside` stands at the end. */
export class Bar {
  #name = h("span", { class: "bar-name" });
  #fill = h("span", { class: "fill" });
  #meter = h(
    "span",
    { class: "track", role: "meter", "aria-valuemin": "0", "aria-valuemax": "100" },
    this.#fill,
  );
  #value = h("span", { class: "bar-value" });

  /** @param {HTMLElement | null} beside */
  constructor(beside = null) {
    this.element = h("li", { class: "bar" }, this.#name, this.#meter, this.#value, beside);
    this.#meter.setAttribute("aria-valuenow", "0");
  }

  /**
   * @param {string} name
   * @param {number} hue
   */
  label(name, hue) {
    this.element.style.setProperty("--hue", String(hue));
    this.#name.textContent = name;
    this.#name.title = name;
    this.#meter.setAttribute("aria-label", name);
  }

  /**
   * @param {number} share of one
   * @param {boolean} best whether it stands out
   */
  set(share, best = false) {
    this.#fill.style.transform = `scaleX(${share})`;
    this.#value.textContent = percent(share);
    this.#meter.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    this.element.classList.toggle("best", best);
  }
}

/** A list of bars by key. `beside(key)` makes what stands at the end of a row. */
export class Bars {
  /** @type {Map<string, Bar>} */
  #bars = new Map();

  /**
   * @param {string} label
   * @param {(key: string) => HTMLElement | null} beside
   */
  constructor(label, beside = () => null) {
    this.beside = beside;
    this.element = h("ul", { class: "bars", "aria-label": label });
  }

  /**
   * The rows there are, in their order; those that are gone leave.
   *
   * @param {Row[]} rows
   */
  list(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, bar] of this.#bars) {
      if (keys.has(key)) continue;
      keepFocus(() => bar.element.remove());
      this.#bars.delete(key);
    }
    rows.forEach(({ key, name, hue }, i) => {
      const bar = this.#bars.get(key) ?? new Bar(this.beside(key));
      this.#bars.set(key, bar);
      const there = this.element.children[i];
      if (there !== bar.element) this.element.insertBefore(bar.element, there ?? null);
      bar.label(name, hue);
    });
  }

  /**
   * Shares of one by key; rows without one show nothing.
   *
   * @param {Map<string, number>} shares
   * @param {string | null} best the key of the row that stands out
   */
  show(shares, best = null) {
    for (const [key, bar] of this.#bars) bar.set(shares.get(key) ?? 0, key === best);
  }
}
