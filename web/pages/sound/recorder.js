// The buttons that record, by pointer and by key. At least a second is recorded, however
// short a button is held.

import { aloud, say } from "../../shared/dialogs.js";
import { counted, words } from "../../shared/dom.js";
import { BACKGROUND_SECONDS } from "./card.js";
import { resampled } from "./sounds.js";

const LEAST = 1.05; // seconds
const MOST = 20;
const OFTEN = 100; // milliseconds

/** `take(key, samples)` resolves to how many clips came of a recording. */
export class Recorder {
  #card = null; // whose button records
  #ends = 0; // seconds after which the recording ends
  #timer = 0;

  constructor(microphone, take) {
    Object.assign(this, { microphone, take });
    microphone.addEventListener("change", () => !microphone.on && this.#over());
  }

  get recording() {
    return this.#card !== null;
  }

  wire(card) {
    const button = card.record;
    const start = () => this.#start(card, card.background ? BACKGROUND_SECONDS : MOST);
    if (card.background) {
      button.addEventListener("click", start);
      return;
    }
    const end = () => this.#card === card && (this.#ends = LEAST);
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      start();
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
      button.addEventListener(name, end);
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    const isPress = ({ key }) => key === " " || key === "Enter";
    button.addEventListener("keydown", (event) => {
      if (!isPress(event)) return;
      event.preventDefault();
      if (!event.repeat) start();
    });
    button.addEventListener("keyup", (event) => isPress(event) && end());
    // assistive technology only clicks: that is a second
    button.addEventListener("click", (event) => {
      if (event.detail === 0 && event.pointerType !== "mouse") start().then(end);
    });
  }

  async #start(card, seconds) {
    if (this.#card) return;
    if (!this.microphone.on) {
      await this.microphone.start().catch((error) => say(words(error), "bad"));
      if (!this.microphone.on) return;
      if (!card.background) {
        say("The microphone is on. Now hold the button, and make the sound.");
        return;
      }
    }
    this.#card = card;
    this.#ends = seconds;
    this.microphone.record();
    card.record.classList.add("on");
    this.#timer = setInterval(() => this.#tick(), OFTEN);
  }

  #tick() {
    const { recorded } = this.microphone;
    this.#card.label(`Recording ${recorded.toFixed(1)} s`);
    if (recorded >= this.#ends) this.#finish();
  }

  async #finish() {
    const card = this.#card;
    const samples = resampled(this.microphone.recording(), this.microphone.rate);
    this.#over();
    try {
      aloud(`${counted(await this.take(card.key, samples), "clip")} recorded.`);
    } catch (error) {
      say(words(error), "bad");
    }
  }

  #over() {
    clearInterval(this.#timer);
    const card = this.#card;
    this.#card = null;
    if (!card) return;
    card.record.classList.remove("on");
    card.label(card.background ? `Record ${BACKGROUND_SECONDS} seconds` : "Hold to record");
  }
}
