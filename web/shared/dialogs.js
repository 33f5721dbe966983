// What a page says to people, and what it asks them. `say`, `aloud` and `ask` are those
// of the page; the classes behind them may stand anywhere.

import { h, keepFocus } from "./dom.js";
import { t } from "./language.js";

/** @typedef {"info" | "good" | "bad"} Kind */
/** @typedef {{ text: string, run: () => void }} Action a button behind a message */

/** Messages at the bottom, each for a while; screen readers read them aloud. */
export class Toasts {
  element = h("div", {
    class: "toasts",
    role: "log",
    "aria-live": "polite",
    "aria-label": t`Messages`,
  });

  /**
   * Returns what closes the message.
   *
   * @param {string} text
   * @param {Kind} kind
   * @param {Action | null} action
   */
  say(text, kind = "info", action = null) {
    const toast = h("p", { class: `toast ${kind}` }, h("span", { text }));
    const close = () => keepFocus(() => toast.remove());
    if (action) {
      const act = () => (close(), action.run());
      toast.append(h("button", { type: "button", text: action.text, on: { click: act } }));
    }
    this.element.append(toast);
    while (this.element.children.length > 2)
      keepFocus(() => this.element.firstElementChild?.remove());
    setTimeout(close, kind === "bad" || action ? 10000 : 5000);
    return close;
  }
}

/** What only screen readers are told: what others see anyway. */
export class Whisper {
  element = h("p", { class: "unseen", role: "status" });

  /** @param {string} text */
  say(text) {
    this.element.textContent = text;
  }
}

/** A question in a dialog, with Cancel and one other answer. */
export class Question {
  #title = h("h2");
  #text = h("p");
  #yes = h("button", { value: "yes", class: "danger" });
  element = h(
    "dialog",
    { class: "question" },
    h(
      "form",
      { method: "dialog" },
      this.#title,
      this.#text,
      h(
        "div",
        { class: "row end" },
        h("button", { value: "no", autofocus: true, text: t`Cancel` }),
        this.#yes,
      ),
    ),
  );

  /**
   * Resolves to true when the visitor agrees.
   *
   * @param {string} title
   * @param {string} text
   * @param {string} yes what the button says, such as "Start over"
   * @returns {Promise<boolean>}
   */
  ask(title, text, yes) {
    const { element } = this;
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#yes.textContent = yes;
    element.setAttribute("aria-label", title);
    element.returnValue = "no";
    openDialog(element);
    return new Promise((resolve) => {
      const answer = () => resolve(element.returnValue === "yes");
      element.addEventListener("close", answer, { once: true });
    });
  }
}

/**
 * Opens a dialog over the page. Messages stand in it meanwhile, since all else is out of
 * reach then.
 *
 * @param {HTMLDialogElement} dialog
 */
export function openDialog(dialog) {
  const messages = [toasts.element, whisper.element];
  const back = () => document.body.append(...messages);
  dialog.append(...messages);
  dialog.addEventListener("close", back, { once: true });
  dialog.showModal();
}

const toasts = new Toasts();
const whisper = new Whisper();
const question = new Question();
// at once: screen readers hear only of changes in what is there already
document.body.append(toasts.element, whisper.element, question.element);

/**
 * Says something once to everybody, for a while.
 *
 * @param {string} text
 * @param {Kind} kind
 * @param {Action | null} action
 */
export const say = (text, kind = "info", action = null) => toasts.say(text, kind, action);

/**
 * Says something to screen readers only.
 *
 * @param {string} text
 */
export const aloud = (text) => whisper.say(text);

/**
 * Asks in a dialog; resolves to true when the visitor agrees.
 *
 * @param {string} title
 * @param {string} text
 * @param {string} yes
 */
export const ask = (title, text, yes) => question.ask(title, text, yes);
