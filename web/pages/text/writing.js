// Text that a network wrote: the less sure it was of a letter, the more that stands out.

import { h } from "../../shared/dom.js";
import { doubt } from "./course.js";

/** "look" (detail: a letter's number, or -1): a letter is pointed at, or gone to by arrow keys. */
export class Writing extends EventTarget {
  #letters = [];
  #at = -1;

  /** @param {string} label what it is, for screen readers */
  constructor(label, looks = false) {
    super();
    this.element = h("div", { class: "writing", role: "group", "aria-label": label, tabIndex: 0 });
    if (!looks) return;
    this.element.classList.add("looks");
    this.element.addEventListener("pointerover", ({ target }) => {
      const at = this.#letters.indexOf(target);
      if (at >= 0) this.look(at);
    });
    this.element.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Begins anew, after words that are not its own. */
  begin(start = "") {
    this.#letters = [];
    this.look(-1);
    this.element.replaceChildren(h("span", { class: "start", text: start }));
  }

  /** Adds what it wrote: {letters, shares}. */
  add({ letters, shares }) {
    const spans = letters.map((letter, i) =>
      h("span", { class: `doubt-${doubt(shares[i])}`, text: letter }),
    );
    this.#letters.push(...spans);
    this.element.append(...spans);
  }

  /** A whole sample, without the empty lines that it begins with. */
  show({ letters, shares }) {
    const first = Math.max(
      0,
      letters.findIndex((letter) => letter !== "\n"),
    );
    this.begin();
    this.add({ letters: letters.slice(first), shares: shares.slice(first) });
  }

  look(at) {
    this.#letters[this.#at]?.classList.remove("at");
    this.#letters[at]?.classList.add("at");
    this.#at = at;
    this.dispatchEvent(new CustomEvent("look", { detail: at }));
  }

  #move(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !this.#letters.length) return;
    event.preventDefault();
    this.look(Math.min(this.#letters.length - 1, Math.max(0, this.#at + by)));
  }
}
