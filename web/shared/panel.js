// The panel of a program's charts (pw.vis): surfaces by tabs. What comes for a surface
// takes the place of what was there, so a chart is live.

import { h } from "./dom.js";
import { Matrix } from "./matrix.js";
import { Plot } from "./plot.js";

/** @typedef {{ name: string, tab: string }} Surface */
/** @typedef {{ kind: string, title: string, [more: string]: any }} Chart */
/** @typedef {{ chart: Chart, words: string, svg: string }} Shown */

let panels = 0; // so that every tab has an id of its own

export class Panel {
  /** @type {Map<string, { button: HTMLElement, body: HTMLElement }>} */
  #tabs = new Map();
  /** @type {Map<string, Place>} */
  #places = new Map();
  #number = (panels += 1);
  #list = h("div", { class: "panel-tabs", role: "tablist", "aria-label": "Charts", hidden: true });

  constructor() {
    this.element = h("section", { class: "panel", "aria-label": "Charts" }, this.#list);
    this.#list.addEventListener("keydown", (event) => this.#move(event));
  }

  /**
   * @param {Surface} surface
   * @param {Shown} shown
   */
  show({ name, tab }, shown) {
    const key = JSON.stringify([tab, name]);
    let place = this.#places.get(key);
    if (!place) {
      place = new Place();
      this.#places.set(key, place);
      this.#tab(tab).body.append(place.element);
    }
    place.show(name, shown);
  }

  /** @param {string} name */
  #tab(name) {
    const there = this.#tabs.get(name);
    if (there) return there;
    const id = `panel-${this.#number}-${this.#tabs.size}`;
    const button = h("button", { type: "button", role: "tab", id, text: name });
    const body = h("div", { class: "panel-body", role: "tabpanel", "aria-labelledby": id });
    button.addEventListener("click", () => this.#choose(name));
    this.#list.append(button);
    this.element.append(body);
    const tab = { button, body };
    this.#tabs.set(name, tab);
    this.#list.hidden = this.#tabs.size < 2;
    this.#choose([...this.#tabs.keys()][0]);
    return tab;
  }

  /** @param {string} name */
  #choose(name) {
    for (const [each, { button, body }] of this.#tabs) {
      button.setAttribute("aria-selected", String(each === name));
      button.tabIndex = each === name ? 0 : -1;
      body.hidden = each !== name;
    }
  }

  /** @param {KeyboardEvent} event */
  #move({ key }) {
    const names = [...this.#tabs.keys()];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const at = names.findIndex((name) => this.#tabs.get(name)?.button === document.activeElement);
    if (!step || at < 0) return;
    const next = names[(at + step + names.length) % names.length];
    this.#choose(next);
    this.#tabs.get(next)?.button.focus();
  }
}

/** The place of one surface. */
class Place {
  #caption = h("figcaption");
  #body = h("div", { class: "surface-body" });
  /** @type {Plot | null} */
  #plot = null;
  element = h("figure", { class: "surface" }, this.#caption, this.#body);

  /**
   * @param {string} name
   * @param {Shown} shown
   */
  show(name, { chart, words, svg }) {
    this.#caption.textContent = name;
    if (chart.kind === "lines" || chart.kind === "points") {
      if (!this.#plot) {
        this.#plot = new Plot();
        this.#body.replaceChildren(this.#plot.element);
      }
      this.#plot.show(/** @type {any} */ (chart), words, () => drawing(svg, words));
      return;
    }
    this.#plot = null;
    this.#body.replaceChildren(content(chart, words, svg));
  }
}

/**
 * @param {Chart} chart
 * @param {string} words
 * @param {string} svg
 */
function content(chart, words, svg) {
  if (chart.kind === "cells") return table(chart);
  if (chart.kind !== "matrix") return drawing(svg, words);
  const matrix = new Matrix("");
  matrix.show(chart.names, chart.counts);
  return matrix.element;
}

/** @param {Chart} chart */
function table({ columns, rows, right, title }) {
  /** @param {number} i */
  const look = (i) => (right.includes(i) ? "number" : "");
  /** @param {string[]} row */
  const line = (row) => row.map((text, i) => h("td", { text, class: look(i) }));
  const head = columns.map((/** @type {string} */ text, /** @type {number} */ i) =>
    h("th", { text, scope: "col", class: look(i) }),
  );
  const body = rows.map((/** @type {string[]} */ row) => h("tr", {}, ...line(row)));
  const whole = h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body));
  return h(
    "div",
    { class: "scroll cells", tabIndex: 0, role: "region", "aria-label": title || "Table" },
    whole,
  );
}

/**
 * A chart as Python drew it.
 *
 * @param {string} svg
 * @param {string} words
 */
export function drawing(svg, words) {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  const picture = h("img", { src: address, alt: words });
  picture.addEventListener("load", () => URL.revokeObjectURL(address));
  return picture;
}
