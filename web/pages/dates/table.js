// A table of dates, how each was read, and whether that is right. Dispatches "choose"
// with a text that the visitor wants to see.

import { h } from "../../shared/dom.js";
import { misread } from "./reading.js";

/**
 * @typedef {{ text: string, iso: string }} Example
 * @typedef {{ iso: string, sure?: number[] }} Said
 */

export class Dates extends EventTarget {
  #body = h("tbody");
  /** @type {Example[]} */
  #examples = [];

  /**
   * @param {string} caption
   * @param {boolean} doubts whether it is shown how sure the network is
   */
  constructor(caption, doubts = false) {
    super();
    this.doubts = doubts;
    const heads = ["Written", "Read as", doubts ? "Sure" : ""].map((text) =>
      h("th", { scope: "col", text, "aria-label": text || "Right or wrong" }),
    );
    this.element = h(
      "table",
      { class: "readings" },
      h("caption", { class: "unseen", text: caption }),
      h("thead", {}, h("tr", {}, ...heads)),
      this.#body,
    );
  }

  /** @param {Example[]} examples */
  list(examples) {
    this.#examples = examples;
    const rows = examples.map(({ text }) => {
      const choose = () => this.dispatchEvent(new CustomEvent("choose", { detail: text }));
      const button = h("button", { type: "button", class: "quiet", text, on: { click: choose } });
      return h("tr", {}, h("td", {}, button), h("td", { class: "iso", text: "–" }), h("td"));
    });
    this.#body.replaceChildren(...rows);
  }

  /** @param {Said[]} said of each example; none where nothing is known */
  show(said) {
    [...this.#body.rows].forEach((row, i) => {
      const { iso: right } = this.#examples[i];
      const one = said[i];
      const signs = one ? signsOf(one.iso, right) : ["–"];
      row.cells[1].replaceChildren(...signs);
      row.cells[2].replaceChildren(...(one ? mark(one, right, this.doubts) : []));
    });
  }
}

/**
 * @param {string} said
 * @param {string} right
 */
function signsOf(said, right) {
  const wrong = misread(said, right);
  return [...said].map((sign, i) => (wrong[i] && right ? h("mark", { text: sign }) : sign));
}

/**
 * @param {Said} said
 * @param {string} right
 * @param {boolean} doubts
 */
function mark({ iso, sure }, right, doubts) {
  const is = iso === right;
  const wrong = right ? `wrong, it is ${right}` : "wrong, there is no such date";
  return [
    h("span", { class: is ? "yes" : "no", "aria-hidden": "true", text: is ? "✓" : "✗" }),
    h("span", { class: "unseen", text: is ? "right" : wrong }),
    doubts && sure ? h("small", { text: ` ${Math.round(100 * Math.min(...sure))} %` }) : "",
  ];
}
