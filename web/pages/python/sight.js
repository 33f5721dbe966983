// The camera, for a program that asks for it: the visitor allows it, run by run, sees what
// the program sees, and turns it off.

import { Camera, Screen } from "../../shared/camera.js";
import { h } from "../../shared/dom.js";

const REFUSED = "the camera was not allowed";
const OFF = "the camera is off";
const SOON = 20; // milliseconds until a new frame is looked for again

export class Sight {
  #camera = new Camera();
  #canvas = h("canvas");
  #allowed = null; // a promise, once the program has asked
  #buttons = []; // of the question

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
      if (!this.#camera.on) throw new Error(OFF);
      await new Promise((done) => setTimeout(done, SOON));
    }
    return this.#pixels();
  }

  /** The program is over, or done with it; the next one asks anew. */
  stop() {
    this.#camera.stop();
    this.#answered();
    this.#allowed = null;
  }

  async #ask() {
    const button = (text, look) => h("button", { type: "button", class: look, text });
    const [yes, no] = [button("Turn on camera", "primary"), button("Not now", "")];
    this.#buttons = [yes, no];
    const words = h("p", {
      text: "The program asks for the camera. Its pictures stay in this tab.",
    });
    const screen = new Screen(this.#camera, words, h("div", { class: "row" }, yes, no));
    const off = button("Turn off camera", "quiet");
    off.hidden = true;
    this.put(h("div", { class: "sight" }, screen.element, off));
    yes.focus();
    this.#camera.addEventListener("change", () => {
      off.hidden = !this.#camera.on;
      if (this.#camera.on) words.textContent = "The camera is off.";
    });
    off.addEventListener("click", () => this.#camera.stop());
    const pressed = (which) => new Promise((done) => which.addEventListener("click", done));
    const answer = await Promise.race([pressed(yes).then(() => yes), pressed(no)]);
    this.#answered();
    if (answer !== yes) {
      words.textContent = "The program was not given the camera.";
      throw new Error(REFUSED);
    }
    await this.#camera.start();
  }

  #answered() {
    this.#buttons.forEach((button) => button.remove());
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
