// The microphone, for a program that asks for it: the visitor allows it, run by run, sees
// that it is on, and turns it off.

import { h } from "../../shared/dom.js";
import { Microphone } from "../../shared/microphone.js";
import { Consent } from "./consent.js";

const OFTEN = 20; // milliseconds between two looks at how much is recorded

export class Hearing {
  #microphone = new Microphone();
  #allowed = null; // a promise, once the program has asked
  #consent = null;

  /** @param {(element: HTMLElement) => void} put where the question appears */
  constructor(put) {
    this.put = put;
  }

  /**
   * So many samples of a rate, recorded from now on, or those of as long a time:
   * {samples, rate}. `rate` null is the microphone's own. Rejects with an Error in words
   * where the visitor refuses it or turns the microphone off.
   *
   * @param {number} count
   * @param {number | null} rate
   */
  async sound(count, rate) {
    await (this.#allowed ??= this.#ask());
    const microphone = this.#microphone;
    const seconds = count / (rate ?? microphone.rate);
    microphone.record();
    while (microphone.recorded < seconds) {
      if (!microphone.on) throw new Error("the microphone is off");
      await new Promise((done) => setTimeout(done, OFTEN));
    }
    return { samples: microphone.recording(), rate: microphone.rate };
  }

  /** The program is over, or done with it; the next one asks anew. */
  stop() {
    this.#microphone.stop();
    this.#consent?.leave();
    this.#allowed = null;
  }

  async #ask() {
    const consent = new Consent(
      "The program asks for the microphone. What it hears stays in this tab.",
      "Turn on microphone",
    );
    this.#consent = consent;
    const off = h("button", { type: "button", class: "quiet", text: "Turn off microphone" });
    off.hidden = true;
    off.addEventListener("click", () => this.#microphone.stop());
    this.put(h("div", { class: "sense" }, consent.words, consent.buttons, off));
    this.#microphone.addEventListener("change", () => {
      const { on } = this.#microphone;
      off.hidden = !on;
      consent.words.textContent = on ? "The microphone is on." : "The microphone is off.";
    });
    await consent.answer("the microphone was not allowed").catch((error) => {
      consent.words.textContent = "The program was not given the microphone.";
      throw error;
    });
    await this.#microphone.start();
  }
}
