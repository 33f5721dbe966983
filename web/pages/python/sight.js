// The camera, for a program that asks for it: the visitor allows it, run by run, sees what
// the program sees, and turns it off.

import { Camera, Screen } from "../../shared/camera.js";
import { h } from "../../shared/dom.js";
import { Consent } from "./consent.js";

const SOON = 20; // milliseconds until a new frame is looked for again

export class Sight {
  #camera = new Camera();
  #canvas = h("canvas");
  #allowed = null; // a promise, once the program has asked
  #consent = null;

  /** @param {(element: HTMLElement) => void} put where the question and the picture appear */
  constructor(put) {
    this.put = put;
  }

  /**
   * The next picture, mirrored as it is shown: {pixels, height, width}. Rejects with an
   * Error in words where the visitor refuses it or turns the camera off.
   */
  async picture() {
    await (this.#allowed ??= this.#ask());
    while (!this.#camera.seeing) {
      if (!this.#camera.on) throw new Error("the camera is off");
      await new Promise((done) => setTimeout(done, SOON));
    }
    return this.#pixels();
  }

  /** The program is over, or done with it; the next one asks anew. */
  stop() {
    this.#camera.stop();
    this.#consent?.leave();
    this.#allowed = null;
  }

  async #ask() {
    const consent = new Consent(
      "The program asks for the camera. Its pictures stay in this tab.",
      "Turn on camera",
    );
    this.#consent = consent;
    const screen = new Screen(this.#camera, consent.words, consent.buttons);
    const off = h("button", { type: "button", class: "quiet", text: "Turn off camera" });
    off.hidden = true;
    off.addEventListener("click", () => this.#camera.stop());
    this.put(h("div", { class: "sense" }, screen.element, off));
    this.#camera.addEventListener("change", () => {
      off.hidden = !this.#camera.on;
      if (this.#camera.on) consent.words.textContent = "The camera is off.";
    });
    await consent.answer("the camera was not allowed").catch((error) => {
      consent.words.textContent = "The program was not given the camera.";
      throw error;
    });
    await this.#camera.start();
  }

  async #pixels() {
    const picture = await this.#camera.picture();
    const width = picture.displayWidth ?? picture.width;
    const height = picture.displayHeight ?? picture.height;
    Object.assign(this.#canvas, { width, height });
    const drawn = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (this.#camera.mirror) drawn.setTransform(-1, 0, 0, 1, width, 0);
    drawn.drawImage(picture, 0, 0);
    picture.close();
    return { pixels: drawn.getImageData(0, 0, width, height).data, height, width };
  }
}
