// The microphone, for a program that asks for it.

import { Microphone } from "../../shared/microphone.js";
import { Sense } from "./sense.js";

const OFTEN = 20; // milliseconds between two looks at how much is recorded

export class Hearing extends Sense {
  /** @param {(element: HTMLElement) => void} put where the question appears */
  constructor(put) {
    super(new Microphone(), "microphone", "What it hears stays in this tab.", put);
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
    await this.allowed();
    const seconds = count / (rate ?? this.device.rate);
    this.device.record();
    while (this.device.recorded < seconds) {
      this.heed();
      await new Promise((done) => setTimeout(done, OFTEN));
    }
    return { samples: this.device.recording(), rate: this.device.rate };
  }
}
