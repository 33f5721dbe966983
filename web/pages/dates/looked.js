// A date as it was read, sign by sign, and where the network looked for each: a row of
// buttons, and a table of input characters against signs.

import { h } from "../../shared/dom.js";
import { lookedAt, verdict } from "./reading.js";

/** @typedef {import("./reading.js").Answer} Answer */

const ISO = 10; // signs

export class Looked {
  #text = "";
  /** @type {Answer | null} */
  #answer = null;
  #chosen = -1; // the sign that has the pointer or the focus
  #stop = 0; // the sign that Tab comes to
  #signs = h("div", {
    class: "signs",
    role: "group",
    "aria-label": "The date, sign by sign; arrow keys move",
  });
  #say = h("p", { class: "hint say", "aria-live": "polite" });
  #verdict = h("p", { class: "verdict", role: "status" });
  #table = h("div", { class: "looked scroll" });

  constructor() {
    this.element = h(
      "div",
      { class: "answer" },
      this.#signs,
      this.#verdict,
      this.#table,
      this.#say,
    );
    this.#signs.addEventListener("keydown", (event) => this.#move(event));
    this.element.addEventListener("pointerleave", () => this.#choose(this.#focused()));
  }

  /**
   * @param {string} text
   * @param {Answer | null} answer
   * @param {string} hint what stands there without an answer
   */
  show(text, answer, hint = "") {
    this.#text = text;
    this.#answer = answer;
    this.#verdict.textContent = answer ? verdict(answer) : hint;
    this.#verdict.classList.toggle("bad", Boolean(answer && !answer.exists));
    this.#renderSigns([...(answer?.iso ?? "–".repeat(ISO))]);
    this.#renderTable();
    this.#choose(this.#focused());
  }

  /** @param {string[]} signs */
  #renderSigns(signs) {
    while (this.#signs.children.length < signs.length) {
      const i = this.#signs.children.length;
      const choose = () => this.#choose(i);
      const button = h("button", {
        type: "button",
        tabIndex: i === this.#stop ? 0 : -1,
        on: { pointerenter: choose, focus: choose, click: choose, blur: () => this.#choose(-1) },
      });
      this.#signs.append(button);
    }
    signs.forEach((sign, i) => {
      const button = /** @type {HTMLElement} */ (this.#signs.children[i]);
      button.textContent = sign;
      button.style.setProperty("--sure", String(this.#answer?.sure[i] ?? 1));
      button.setAttribute("aria-label", `${sign}, sign ${i + 1} of ${signs.length}`);
    });
  }

  #renderTable() {
    const letters = [...this.#text];
    const rows = this.#answer?.looked ?? Array.from({ length: ISO }, () => []);
    this.#table.style.setProperty("--columns", String(Math.max(12, letters.length)));
    const heads = letters.map((letter) =>
      h("th", { scope: "col", text: letter === " " ? "␣" : letter }),
    );
    const body = rows.map((shares, i) => {
      const cells = letters.map((_, j) => {
        const share = shares[j] ?? 0;
        const cell = h(
          "td",
          {},
          h("span", { class: "unseen", text: `${Math.round(100 * share)} %` }),
        );
        cell.style.setProperty("--share", share.toFixed(3));
        return cell;
      });
      const head = h("th", { scope: "row", text: this.#answer?.iso[i] ?? "–" });
      return h("tr", { on: { pointerenter: () => this.#choose(i) } }, head, ...cells);
    });
    const caption =
      "Rows: the signs that it wrote. Columns: the characters. The darker, the more it looked there.";
    this.#table.replaceChildren(
      h(
        "table",
        {},
        h("caption", { class: "unseen", text: caption }),
        h("thead", {}, h("tr", {}, h("td"), ...heads)),
        h("tbody", {}, ...body),
      ),
    );
  }

  /** @param {number} i */
  #choose(i) {
    this.#chosen = i;
    const shares = this.#answer?.looked[i];
    [...this.#signs.children].forEach((sign, j) => sign.classList.toggle("chosen", j === i));
    this.#table
      .querySelectorAll("tbody tr")
      .forEach((row, j) => row.classList.toggle("chosen", j === i));
    this.#table.querySelectorAll("thead th").forEach((head, j) => {
      /** @type {HTMLElement} */ (head).style.setProperty("--share", String(shares?.[j] ?? 0));
    });
    this.#table.classList.toggle("one", Boolean(shares));
    this.#say.textContent = shares
      ? this.#sentence(i)
      : this.#answer && "Point at a sign of the date to see where it looked for it.";
  }

  /** @param {number} i */
  #sentence(i) {
    const answer = /** @type {Answer} */ (this.#answer);
    const sure = Math.round(100 * answer.sure[i]);
    return `${answer.iso[i]}: it looked at ${lookedAt(this.#text, answer.looked[i])}, ${sure} % sure`;
  }

  #focused() {
    return [...this.#signs.children].indexOf(/** @type {Element} */ (document.activeElement));
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const last = this.#signs.children.length - 1;
    const at = this.#focused();
    /** @type {Record<string, number>} */
    const places = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
    const place = places[event.key];
    if (place === undefined || at < 0) return;
    event.preventDefault();
    const sign = (/** @type {number} */ i) => /** @type {HTMLElement} */ (this.#signs.children[i]);
    sign(this.#stop).tabIndex = -1;
    this.#stop = Math.min(last, Math.max(0, place));
    sign(this.#stop).tabIndex = 0;
    sign(this.#stop).focus();
  }
}
