// A confusion matrix. Rows: what was shown; columns: what was said. The darker, the
// more.

import { h } from "./dom.js";
import { shortened } from "./labels.js";
import { t } from "./language.js";

export class Matrix {
  /** @param {string} hint what stands there before there is a table */
  constructor(hint) {
    this.hint = hint;
    this.element = h("div", {
      class: "scroll",
      tabIndex: 0,
      role: "region",
      "aria-label": t`Confusion matrix`,
    });
    this.clear();
  }

  clear() {
    this.element.replaceChildren(h("p", { class: "hint", text: this.hint }));
  }

  /**
   * @param {string[]} names
   * @param {number[][]} counts
   */
  show(names, counts) {
    const labels = shortened(names);
    const heads = names.map((name, i) =>
      h("th", { scope: "col", text: labels[i], title: name, "aria-label": name }),
    );
    const table = h(
      "table",
      { class: "confusion" },
      h("caption", { text: t`Rows: what was shown. Columns: what it said.` }),
      h("thead", {}, h("tr", {}, h("td"), ...heads)),
      h("tbody", {}, ...counts.map((row, i) => line(names[i], labels[i], row, i))),
    );
    this.element.replaceChildren(table);
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {number[]} row
 * @param {number} diagonal the column that is right
 */
function line(name, label, row, diagonal) {
  const total = row.reduce((a, b) => a + b, 0);
  const cells = row.map((n, column) => {
    const kind = column === diagonal ? "hit" : "miss";
    const cell = h("td", { text: String(n), class: n ? kind : "none" });
    cell.style.setProperty("--share", String(total ? n / total : 0));
    return cell;
  });
  return h(
    "tr",
    {},
    h("th", { scope: "row", text: label, title: name, "aria-label": name }),
    ...cells,
  );
}
