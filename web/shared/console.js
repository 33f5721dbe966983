// The output of a program: terminal.js on the page. It is drawn once per frame, follows
// what comes unless the reader has scrolled up, and has a field where the program asks.

import { h } from "./dom.js";
import { Terminal, text } from "./terminal.js";

const NEAR = 24; // pixels from the end at which it still follows
const LONG = 200; // characters: no table is as wide, so longer lines may wrap

/** @typedef {import("./terminal.js").Line} Line */

export class Console {
  #terminal = new Terminal();
  /** @type {Map<Line, HTMLElement>} */
  #elements = new Map();
  #lost = 0; // lines that the worker has not sent
  #cut = h("p", { class: "cut", hidden: true });
  #body = h("div", { class: "lines" });
  #hint = h("p", { class: "hint" });
  #follows = true;
  #top = 0; // where it was scrolled to last
  #asked = 0; // the animation frame that is asked for
  /** @type {HTMLFormElement | null} */
  #question = null;
  element = h(
    "div",
    { class: "output", role: "log", "aria-live": "polite", "aria-label": "Output", tabIndex: 0 },
    this.#hint,
    this.#cut,
    this.#body,
  );

  /** @param {string} hint what stands there before anything is printed */
  constructor(hint) {
    this.#hint.textContent = hint;
    this.element.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.element;
      this.#follows = scrollHeight - scrollTop - clientHeight < NEAR;
    });
  }

  /**
   * What the program prints. `lost`: lines before it that were too many to be sent.
   *
   * @param {string} words
   * @param {string} look "stdout", "stderr"
   */
  write(words, look, lost = 0) {
    this.#lost += lost;
    this.#terminal.write(words, look);
    this.#later();
  }

  /**
   * Words on lines of their own.
   *
   * @param {string} words
   * @param {string} look "value", "failure", "note"
   */
  say(words, look) {
    this.#terminal.say(words, look);
    this.#later();
  }

  /** @param {HTMLElement} picture */
  put(picture) {
    picture.addEventListener("load", () => this.#later()); // it is higher then
    this.#terminal.put(picture);
    this.#later();
  }

  clear() {
    this.leave();
    this.#terminal.clear();
    this.#elements.clear();
    this.#body.replaceChildren();
    this.#lost = 0;
    this.#follows = true;
    this.#top = 0;
    this.#hint.hidden = true;
    this.draw();
  }

  /**
   * A field for a line of text; `take` gets it. What was typed stays in the output.
   *
   * @param {(line: string) => void} take
   */
  ask(take) {
    this.draw();
    const label = this.#terminal.asked.trim() || "The program asks for a line of text";
    const field = h("input", {
      type: "text",
      "aria-label": label,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: false,
    });
    const submit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      this.leave();
      this.write(`${field.value}\n`, "typed");
      this.draw();
      this.element.focus({ preventScroll: true });
      take(field.value);
    };
    this.#question = h(
      "form",
      { class: "ask", on: { submit } },
      field,
      h("button", { type: "submit", text: "Enter" }),
    );
    this.element.append(this.#question);
    field.focus();
    this.#question.scrollIntoView({ block: "nearest" });
  }

  /** The program asks no more. */
  leave() {
    this.#question?.remove();
    this.#question = null;
  }

  #later() {
    if (!this.#asked) this.#asked = requestAnimationFrame(() => this.draw());
  }

  /** Shows what has come, now. */
  draw() {
    cancelAnimationFrame(this.#asked);
    this.#asked = 0;
    // the reader may have scrolled in this very moment
    if (this.element.scrollTop < this.#top) this.#follows = false;
    const { lines, changed, lost } = this.#terminal;
    const kept = new Set(lines);
    for (const [line, element] of this.#elements) {
      if (kept.has(line)) break; // those that go are the first
      element.remove();
      this.#elements.delete(line);
    }
    if (!lines.some((line) => this.#elements.has(line))) {
      this.#elements.clear();
      this.#body.replaceChildren();
    }
    const first = this.#elements.size;
    for (const line of lines.slice(first)) {
      // no line after the last end of a line
      if (line === lines.at(-1) && !line.length && !line.thing) break;
      const element = h("div", { class: "line" });
      this.#elements.set(line, element);
      changed.add(line);
      this.#body.append(element);
    }
    for (const line of changed) fill(this.#elements.get(line), line);
    changed.clear();
    const all = lost + this.#lost;
    this.#cut.hidden = !all;
    this.#cut.textContent = `${all.toLocaleString("en")} earlier lines are left out here.`;
    if (this.#follows) this.element.scrollTop = this.element.scrollHeight;
    this.#top = this.element.scrollTop;
  }
}

/**
 * @param {HTMLElement | undefined} element
 * @param {Line} line
 */
function fill(element, line) {
  if (!element) return;
  if (line.thing instanceof Node) {
    element.classList.add("thing");
    element.replaceChildren(line.thing);
    return;
  }
  // tables keep their columns; sentences and long lists may wrap
  const [{ look = "" } = {}] = line.spans;
  const sentence = look === "failure" && !text(line).startsWith(" ");
  element.classList.toggle("wraps", line.length > LONG || sentence || look === "note");
  const words = line.spans.map((span) => h("span", { class: span.look, text: span.text }));
  element.replaceChildren(...(words.length ? words : ["\u200b"]));
}
