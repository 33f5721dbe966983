// A question of a program that the visitor answers in the output: may it use the camera, or
// the microphone? Asked once a run.

import { h } from "../../shared/dom.js";

export class Consent {
  #yes;
  #no;

  /**
   * @param {string} question
   * @param {string} yes what the button that allows it says
   */
  constructor(question, yes) {
    const button = (text, look) => h("button", { type: "button", class: look, text });
    this.#yes = button(yes, "primary");
    this.#no = button("Not now", "");
    this.words = h("p", { text: question });
    this.buttons = h("div", { class: "row" }, this.#yes, this.#no);
  }

  /** Resolves once the visitor allows it, and rejects with `refused` where they do not. */
  async answer(refused) {
    this.#yes.focus();
    const pressed = (which) => new Promise((done) => which.addEventListener("click", done));
    const yes = pressed(this.#yes).then(() => true);
    const allowed = await Promise.race([yes, pressed(this.#no)]);
    this.leave();
    if (allowed !== true) throw new Error(refused);
  }

  /** Nobody asks any more. */
  leave() {
    this.buttons.remove();
  }
}
