// Keeps what a page has over a reload, and says so where that fails: another tab has kept
// something newer, the browser is full, or keeps nothing.

import { Changed } from "./kept.js";

const CHANGED =
  "Another tab has kept something newer for this page. What you do here is not kept, so that nothing of that is lost.";
const FULL =
  "The browser has no room left, so what you do here is not kept. Save it as a file, or make room: the foot of the gallery lists what is kept.";
const DELETED =
  "What this page had kept was deleted in another tab, and nothing more is kept here. Reload the page to begin anew.";
const NOTHING =
  "This browser keeps nothing for this page (a private window?). Save it as a file before you leave.";

/**
 * A sentence for what went wrong.
 *
 * @param {unknown} error
 */
export function trouble(error) {
  if (error instanceof Changed) return CHANGED;
  const { name } = /** @type {Error} */ (error ?? {});
  if (name === "QuotaExceededError") return FULL;
  return name === "InvalidStateError" ? DELETED : NOTHING;
}

/** @typedef {{ text: string, run: () => void }} Action */
/** @typedef {Record<string, any>} Values by name, null to forget one */

export class Keeper {
  #said = "";
  #unsay = () => {};
  /** @type {Values} what was not kept */
  #pending = {};

  /**
   * @param {{ write: (values: Values, insist?: boolean) => Promise<void> }} kept
   * @param {{ notice: (text: string, kind: "info" | "bad", action: Action | null) => () => void }} status
   */
  constructor(kept, status) {
    this.kept = kept;
    this.status = status;
  }

  /**
   * Keeps them, in place of those of the same names. Never rejects.
   *
   * @param {Values} values
   */
  async keep(values, insist = false) {
    const all = { ...this.#pending, ...values };
    try {
      await this.kept.write(all, insist);
      this.#pending = {};
      this.#say("");
    } catch (error) {
      this.#pending = { ...all, ...this.#pending, ...values };
      this.#say(trouble(error));
    }
  }

  /** @param {string} sentence "" where all is well */
  #say(sentence) {
    if (sentence === this.#said) return;
    this.#unsay();
    this.#said = sentence;
    const again = { text: "Keep this one instead", run: () => void this.#insist() };
    this.#unsay = sentence
      ? this.status.notice(sentence, "info", sentence === CHANGED ? again : null)
      : () => {};
  }

  #insist() {
    this.#said = "";
    return this.keep({}, true);
  }
}
