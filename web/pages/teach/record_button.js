// The button that records a class: held, or pressed once where recording is hands-free.

import { h, icon } from "../../shared/dom.js";
import { t } from "../../shared/language.js";

export class RecordButton {
  #text = h("span");
  #name = "";
  #held = false;

  constructor(recorder, key) {
    Object.assign(this, { recorder, key });
    this.element = h("button", { type: "button", class: "record" }, icon("camera"), this.#text);
    this.#listen();
    this.render();
  }

  get #records() {
    return this.recorder.key === this.key;
  }

  label(name) {
    this.#name = name;
    this.render();
  }

  render() {
    const { handsFree } = this.recorder;
    const words = handsFree ? t`Record` : t`Hold to record`;
    const text = handsFree && this.#records ? t`Stop` : words;
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.element.setAttribute("aria-label", `${text} ${this.#name}`.trim());
    this.element.classList.toggle("on", this.#records);
  }

  focus() {
    this.element.focus();
  }

  #listen() {
    const { element, recorder } = this;
    const isKey = (event) => event.key === " " || event.key === "Enter";
    const begin = () => {
      this.#held = true;
      recorder.hold(this.key);
    };
    const end = () => {
      if (this.#held) recorder.stop();
      this.#held = false;
    };
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || recorder.handsFree) return;
      element.setPointerCapture(event.pointerId);
      begin();
    });
    ["pointerup", "pointercancel", "lostpointercapture", "blur"].forEach((name) =>
      element.addEventListener(name, end),
    );
    // a long press on a touch screen
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("keydown", (event) => {
      if (!isKey(event) || recorder.handsFree) return;
      event.preventDefault();
      if (!event.repeat) begin();
    });
    element.addEventListener("keyup", (event) => isKey(event) && end());
    element.addEventListener("click", (event) => this.#click(event));
  }

  /** In hold mode only assistive technology clicks, and takes one picture. */
  #click({ detail }) {
    const { recorder } = this;
    if (recorder.handsFree) {
      if (this.#records) recorder.stop();
      else recorder.run(this.key);
    } else if (detail === 0) {
      recorder.hold(this.key);
      recorder.stop();
    }
  }
}
