// The columns of a table: which are used, what they are, how their values are spread.
// Dispatches "change" when the choice is another one.

import { h } from "../../shared/dom.js";
import { extent, kindsOf } from "./choice.js";
import { spread } from "./spread.js";

/** @typedef {import("./choice.js").Column} Column */
/** @typedef {import("./choice.js").Choice} Choice */

export class Columns extends EventTarget {
  /** @param {HTMLUListElement} list */
  constructor(list) {
    super();
    this.list = list;
  }

  /**
   * @param {Column[]} columns
   * @param {Choice} choice which is changed in place
   */
  show(columns, choice) {
    this.list.replaceChildren(...columns.map((column) => this.#row(column, choice)));
  }

  /**
   * @param {Column} column
   * @param {Choice} choice
   */
  #row(column, choice) {
    const { name, left_out, note, missing } = column;
    const aim = name === choice.target;
    const about = [extent(column), missing ? `${missing} missing` : "", left_out, note];
    const words = [...new Set(about.filter(Boolean))].join(" · ");
    return h(
      "li",
      { class: aim ? "column foretold" : "column" },
      aim ? foretold(name) : this.#use(column, choice),
      spread(column),
      this.#type(column, choice, aim),
      h("span", { class: "hint", text: words, title: words }),
    );
  }

  /**
   * @param {Column} column
   * @param {Choice} choice
   */
  #use({ name, useless }, { used }) {
    const box = h("input", { type: "checkbox", checked: used.has(name) && !useless });
    box.disabled = useless;
    box.addEventListener("change", () => {
      if (box.checked) used.add(name);
      else used.delete(name);
      this.dispatchEvent(new Event("change"));
    });
    return h("label", { class: "check" }, box, h("strong", { text: name, title: name }));
  }

  /**
   * @param {Column} column
   * @param {Choice} choice
   * @param {boolean} aim whether it is the target
   */
  #type(column, { categories }, aim) {
    const { name, kind, useless } = column;
    if (aim || useless || !kindsOf(column).includes("classes") || kind === "category")
      return h("span", { class: "type", text: useless ? "–" : kind });
    const menu = h(
      "select",
      { "aria-label": `Type of ${name}` },
      h("option", { value: "number", text: "number" }),
      h("option", { value: "category", text: "category" }),
    );
    menu.value = categories.has(name) ? "category" : "number";
    menu.addEventListener("change", () => {
      if (menu.value === "category") categories.add(name);
      else categories.delete(name);
      this.dispatchEvent(new Event("change"));
    });
    return menu;
  }
}

/** @param {string} name */
const foretold = (name) =>
  h(
    "span",
    { class: "check" },
    h("strong", { text: name, title: name }),
    " ",
    h("em", { text: "foretold" }),
  );
