// Lines and points by uPlot, where the build has put it: values under the pointer, a
// stretch to zoom into, and new numbers without being made anew. Else the drawing that
// Python made.

import { h } from "./dom.js";
import { later } from "./later.js";
import { aligned } from "./plot_data.js";

/** @typedef {import("./panel.js").Chart & { series: any[] }} Chart */

const HEIGHT = 220;
const COLOURS = ["#4338ca", "#b45309", "#0f766e", "#a21caf", "#1d4ed8", "#b91c1c"];
const DARK = ["#a5a0ff", "#f0a04b", "#4fd1c0", "#f08bf5", "#8ab4ff", "#ff9d94"];
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @type {Promise<any> | null} */
let library = null;

/** uPlot, or null where this build has none. */
function uplot() {
  library ??= load().catch((error) => {
    console.info("Plots are drawn without uPlot:", /** @type {Error} */ (error).message);
    return null;
  });
  return library;
}

async function load() {
  const place = new URL("../vendor/uplot.js", import.meta.url);
  const sheet = h("link", { rel: "stylesheet", href: place.href.replace(/js$/, "css") });
  const styled = new Promise((done) => sheet.addEventListener("load", done));
  const { default: library } = await later(place);
  document.head.append(sheet);
  await styled;
  return library;
}

export class Plot {
  /** @type {any} */
  #kind = null; // uPlot; what it makes does not know
  /** @type {any} */
  #plot = null;
  #names = "";
  /** @type {Chart | null} */
  #chart = null;
  element = h("div", { class: "uplot-place", role: "group" });

  constructor() {
    const watch = new ResizeObserver(() => {
      this.#plot?.setSize({ width: this.#width(), height: HEIGHT });
    });
    watch.observe(this.element);
    dark.addEventListener("change", () => {
      this.#names = "";
      if (this.#plot && this.#chart) this.#draw(this.#chart);
    });
  }

  /**
   * @param {Chart} chart of kind "lines" or "points"
   * @param {string} words
   * @param {() => HTMLElement} otherwise its drawing
   */
  async show(chart, words, otherwise) {
    this.#chart = chart;
    this.element.setAttribute("aria-label", words);
    this.#kind = await uplot();
    if (this.#chart !== chart) return; // a newer one has come
    if (this.#kind) this.#draw(chart);
    else this.element.replaceChildren(otherwise());
  }

  #width() {
    return Math.max(200, this.element.clientWidth);
  }

  /** @param {Chart} chart */
  #draw(chart) {
    const data = aligned(chart);
    const names = JSON.stringify([chart.kind, ...chart.series.map(named)]);
    if (this.#plot && names === this.#names) {
      this.#plot.setData(data);
      return;
    }
    this.#names = names;
    this.#plot?.destroy();
    this.#plot = new this.#kind(options(chart, this.#width()), data, this.element);
  }
}

const named = (/** @type {{ name: string }} */ { name }) => name;

/**
 * @param {Chart} chart
 * @param {number} width
 */
function options({ kind, series, x_label, y_label }, width) {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--soft").trim();
  const grid = { stroke: style.getPropertyValue("--line").trim(), width: 1 };
  const axis = {
    stroke: ink,
    grid,
    ticks: grid,
    font: "12px system-ui",
    labelFont: "12px system-ui",
  };
  const colours = dark.matches ? DARK : COLOURS;
  const points = kind === "points";
  /** @type {Record<string, any>[]} */
  const lines = series.map((/** @type {{ name: string }} */ { name }, /** @type {number} */ i) => {
    const stroke = colours[i % colours.length];
    return {
      label: name || "value",
      stroke,
      width: points ? 0 : 2,
      dash: name.startsWith("val_") ? [6, 4] : undefined,
      paths: points ? () => null : undefined,
      points: points ? { show: true, size: 6, fill: stroke } : { size: 6 },
      value: (/** @type {any} */ _, /** @type {number | null} */ v) =>
        v === null || v === undefined ? "–" : String(Number(v.toPrecision(4))),
    };
  });
  return {
    width,
    height: HEIGHT,
    scales: { x: { time: false } },
    axes: [
      { ...axis, label: x_label || undefined, labelSize: 18, size: 34 },
      { ...axis, label: y_label || undefined, labelSize: 18, size: 56 },
    ],
    series: [{ label: x_label || "x" }, ...lines],
  };
}
