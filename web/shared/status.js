// The line that says how Python is doing, and the notices: sentences that stay.

import { h, keepFocus } from "./dom.js";
import { t, translated } from "./language.js";

const MB = 1 << 20;
/** @param {number} bytes */
const megabytes = (bytes) => (bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0);

/** @typedef {import("../runtime/boot.js").Info} Info */
/** @typedef {import("../runtime/boot.js").WorkerEvent} WorkerEvent */

export class Status {
  #text = h("span", { class: "words", text: t`Starting…` });
  #progress = h("progress", { "aria-label": t`Loading`, max: 1, value: 0 });
  #why = h("button", { type: "button", class: "quiet", text: t`Why?`, hidden: true });
  #slow = ""; // why it is slower than elsewhere
  /** The line, for the page's header. */
  element = h(
    "div",
    { class: "status", role: "status" },
    h("span", { class: "dot", "aria-hidden": "true" }),
    this.#text,
    this.#progress,
    this.#why,
  );
  /** The notices, which lie over the page: whenever they come, nothing moves. */
  notices = h("div", { class: "notices", role: "alert", hidden: true });

  constructor() {
    this.#why.addEventListener("click", () => this.notice(this.#slow));
  }

  /**
   * @param {"booting" | "ready" | "slow" | "failed"} state
   * @param {string} text
   * @param {number | null} share
   */
  #set(state, text, share = null) {
    this.element.dataset.state = state;
    this.#text.textContent = text;
    this.#progress.hidden = state !== "booting";
    if (share === null) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
  }

  /**
   * Shows what an event of the worker says.
   *
   * @param {WorkerEvent} event
   */
  hear(event) {
    if (event.event === "boot") this.booting(event);
    if (event.event === "failed") this.failed(event.message);
    if (event.event === "lost") this.lost(event.message);
    if (event.event === "ready" || event.event === "restored") this.ready(event.info);
  }

  /**
   * "Loading Python… 3 of 9 MB".
   *
   * @param {{ text: string, done: number, of: number }} event
   */
  booting({ text, done, of }) {
    const amount = of > 0 ? t` ${megabytes(done)} of ${megabytes(of)} MB` : "";
    const what = translated(text.replace(/[.…\s]+$/, ""));
    this.#set("booting", `${what}…${amount}`, of > 0 ? done / of : null);
  }

  /** @param {Info} info */
  ready({ device, webgpu, reason }) {
    const slow = device.software || device.language === "numpy";
    this.#set(slow ? "slow" : "ready", slow ? t`Ready, without a graphics card` : t`Ready`);
    this.element.title = t`Runs on ${device.name}`;
    this.#slow = "";
    if (!webgpu && reason)
      this.#slow = `${translated(reason)} ${t`It works all the same, only slower.`}`;
    else if (device.software)
      this.#slow = t`Graphics are done by software here (${device.name}): everything works, only slower.`;
    keepFocus(() => (this.#why.hidden = !this.#slow));
  }

  /** @param {string} message */
  lost(message) {
    this.#set("booting", message || t`The graphics device was lost. Reopening it…`);
  }

  /**
   * The worker cannot go on. Of a traceback only the last line is for people; the rest
   * is in the browser's console.
   *
   * @param {string} message
   */
  failed(message) {
    if (this.element.dataset.state === "failed") return;
    this.#set("failed", t`Not working`);
    this.notice(t`Python could not start: ${String(message).trim().split("\n").at(-1)}`, "bad");
  }

  /**
   * A sentence that stays until it is closed; with a button, where there is something
   * to do about it. Returns what closes it.
   *
   * @param {string} text
   * @param {"info" | "bad"} kind
   * @param {{ text: string, run: () => void } | null} action
   */
  notice(text, kind = "info", action = null) {
    const { notices } = this;
    const lines = /** @type {HTMLElement[]} */ ([...notices.children]);
    keepFocus(() => lines.find((line) => line.dataset.text === text)?.remove());
    const line = h("p", { class: kind, data: { text } }, h("span", { text }));
    const leave = () => {
      line.remove();
      notices.hidden = !notices.children.length;
    };
    const close = () => keepFocus(leave, () => notices.querySelector("button"));
    /**
     * @param {string} label
     * @param {() => void} click
     */
    const button = (label, click) =>
      line.append(h("button", { type: "button", class: "quiet", text: label, on: { click } }));
    if (action) button(action.text, () => (close(), action.run()));
    button(t`Close`, close);
    notices.append(line);
    notices.hidden = false;
    return close;
  }
}
