// What a program perceives with, a camera or a microphone: the visitor is asked in the
// output, once a run, sees that it is on, and turns it off.

import { h } from "../../shared/dom.js";

const button = (text, look) => h("button", { type: "button", class: look, text });

export class Sense {
  #asked = null; // a promise, once the program has asked
  #buttons = h("div", { class: "row" }); // of the question

  /**
   * `device` has `on`, `start`, `stop` and "change"; `put` places an element into the
   * output. `stays` says of what it perceives that it stays here.
   */
  constructor(device, name, stays, put) {
    Object.assign(this, { device, name, stays, put });
  }

  /**
   * Resolves once it is on, as the visitor allows. Rejects with an Error in words where
   * it is refused, or was turned off.
   */
  async allowed() {
    await (this.#asked ??= this.#ask());
    this.heed();
  }

  /** An Error where it was turned off. */
  heed() {
    if (!this.device.on) throw new Error(`the ${this.name} is off`);
  }

  /** The program is over, or done with it; the next one asks anew. */
  stop() {
    this.device.stop();
    this.#buttons.remove();
    this.#asked = null;
  }

  /** Where the words and buttons of the question stand. */
  arranged(...question) {
    return question;
  }

  async #ask() {
    const { device, name, stays } = this;
    const [yes, no] = [button(`Turn on ${name}`, "primary"), button("Not now", "")];
    const words = h("p", { text: `The program asks for the ${name}. ${stays}` });
    const off = button(`Turn off ${name}`, "");
    off.hidden = true;
    off.addEventListener("click", () => device.stop());
    this.#buttons.replaceChildren(yes, no);
    this.put(h("div", { class: "sense" }, ...this.arranged(words, this.#buttons), off));
    yes.focus();
    const pressed = (which) => new Promise((done) => which.addEventListener("click", done));
    const allowed = await Promise.race([pressed(yes).then(() => true), pressed(no)]);
    this.#buttons.remove();
    if (allowed !== true) {
      words.textContent = `The program was not given the ${name}.`;
      throw new Error(`the ${name} was not allowed`);
    }
    device.addEventListener("change", () => {
      off.hidden = !device.on;
      words.textContent = `The ${name} is ${device.on ? "on" : "off"}.`;
    });
    await device.start();
    if (!this.#asked) device.stop(); // the program ended meanwhile
  }
}
