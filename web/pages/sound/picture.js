// A second of sound as a picture of its pitches.

import { h } from "../../shared/dom.js";
import { BANDS, FRAMES, painted } from "./sounds.js";

/** `words`: what it is of; "" where something around it says that. */
export function picture(pixels, words = "") {
  const said = words ? { role: "img", "aria-label": words } : { "aria-hidden": "true" };
  const element = h("canvas", { class: "spectrogram", width: FRAMES, height: BANDS, ...said });
  const context = element.getContext("2d");
  const show = (bytes) => context.putImageData(new ImageData(painted(bytes), FRAMES, BANDS), 0, 0);
  show(pixels);
  return { element, show };
}
