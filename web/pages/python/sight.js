// The camera, for a program that asks for it: the visitor sees what the program sees.

import { Camera, Screen } from "../../shared/camera.js";
import { h } from "../../shared/dom.js";
import { Sense } from "./sense.js";

const SOON = 20; // milliseconds until a new frame is looked for again

export class Sight extends Sense {
  #canvas = h("canvas");

  /** @param {(element: HTMLElement) => void} put where the question and the picture appear */
  constructor(put) {
    super(new Camera(), "camera", "Its pictures stay in this tab.", put);
  }

  /**
   * The next picture, mirrored as it is shown: {pixels, height, width}. Rejects with an
   * Error in words where the visitor refuses it or turns the camera off.
   */
  async picture() {
    await this.allowed();
    while (!this.device.seeing) {
      this.heed();
      await new Promise((done) => setTimeout(done, SOON));
    }
    return this.#pixels();
  }

  arranged(...question) {
    return [new Screen(this.device, ...question).element];
  }

  async #pixels() {
    const picture = await this.device.picture();
    const width = picture.displayWidth ?? picture.width;
    const height = picture.displayHeight ?? picture.height;
    Object.assign(this.#canvas, { width, height });
    const drawn = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (this.device.mirror) drawn.setTransform(-1, 0, 0, 1, width, 0);
    drawn.drawImage(picture, 0, 0);
    picture.close();
    return { pixels: drawn.getImageData(0, 0, width, height).data, height, width };
  }
}
