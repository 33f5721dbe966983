// What the network says to the values that are asked: one question at a time, and of
// those that came meanwhile the last one.

import { Bars } from "../../shared/bars.js";
import { h } from "../../shared/dom.js";
import { short } from "./choice.js";

const NOTHING = "\u2013";

/** @typedef {{ answer: string | number, shares: number[] | null }} Answer */

export class Answerer {
  #bars = new Bars("How sure it is");
  #scale = h("meter", { "aria-label": "Where the number lies in the table" });
  /** @type {string[]} */
  #classes = [];
  #asking = false;
  #again = false;
  element = h("div", { class: "shares" }, this.#bars.element, this.#scale);

  /**
   * @param {HTMLOutputElement} said
   * @param {(values: Record<string, any>) => Promise<Answer>} predict
   * @param {() => Record<string, any>} values
   * @param {(error: unknown) => void} failed
   */
  constructor(said, predict, values, failed) {
    this.said = said;
    this.predict = predict;
    this.values = values;
    this.failed = failed;
    this.#scale.hidden = true;
  }

  /**
   * Among which classes, or between which numbers, the answers will be.
   *
   * @param {string[]} classes
   * @param {{ low?: number, high?: number } | undefined} range
   */
  expect(classes, range) {
    this.#classes = classes;
    const hue = (/** @type {number} */ i) => (245 + i * 67) % 360;
    this.#bars.list(classes.map((name, i) => ({ key: name, name, hue: hue(i) })));
    this.#bars.show(new Map());
    this.#bars.element.hidden = !classes.length;
    const { low = 0, high = 1 } = range ?? {};
    Object.assign(this.#scale, { min: low, max: high, value: low });
    this.#scale.hidden = classes.length > 0 || !range;
    this.said.textContent = NOTHING;
  }

  /** Asks; what changes meanwhile is asked right after. */
  async ask() {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    try {
      do {
        this.#again = false;
        this.#show(await this.predict(this.values()));
      } while (this.#again);
    } catch (error) {
      this.failed(error);
    } finally {
      this.#asking = false;
    }
  }

  /** @param {Answer} answer */
  #show({ answer, shares }) {
    if (typeof answer === "number") {
      this.said.textContent = short(answer);
      this.#scale.value = answer;
      return;
    }
    this.said.textContent = answer;
    const values = new Map(this.#classes.map((name, i) => [name, shares?.[i] ?? 0]));
    this.#bars.show(values, answer);
  }
}
