// A picture of 28 x 28 bytes, drawn as ink on paper.

import { h } from "./dom.js";

const SIDE = 28;

/**
 * @param {Uint8Array} pixels
 * @param {string} words what it shows
 * @param {string} look
 */
export function grey(pixels, words, look = "") {
  const element = h("canvas", { class: `grey ${look}`, width: SIDE, height: SIDE, role: "img" });
  element.setAttribute("aria-label", words);
  const context = /** @type {CanvasRenderingContext2D} */ (element.getContext("2d"));
  /** @param {Uint8Array} bytes */
  function set(bytes) {
    const image = context.createImageData(SIDE, SIDE);
    bytes.forEach((ink, i) => image.data.fill(255 - ink, 4 * i, 4 * i + 3));
    for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
    context.putImageData(image, 0, 0);
  }
  set(pixels);
  return { element, set };
}
