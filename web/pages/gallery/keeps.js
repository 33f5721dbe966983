// "What this browser keeps", at the foot of the gallery: names, sizes and dates, a button
// to delete each, and one to clear everything.

import { ask, say } from "../../shared/dialogs.js";
import { h, icon, keepFocus, words } from "../../shared/dom.js";
import { clear, inventory } from "../../shared/inventory.js";
import { language, t } from "../../shared/language.js";
import { size } from "../../shared/sizes.js";
import { whileBusy } from "../../shared/opening.js";

/** @typedef {import("../../shared/inventory.js").Thing} Thing */

const ROOT = new URL("./", location.href.replace(/[?#].*/, "")).href;

/** @param {Thing} thing */
function nameOf({ kind, name }) {
  if (kind === "model") return t`Model ${name}`;
  if (kind === "data") return t`Data set ${name}`;
  if (kind === "programs") return t`Your programs on the Python page`;
  if (kind === "settings") return t`Settings and scores`;
  if (kind === "offline") return t`The pages themselves, to open without a connection`;
  const pages = {
    teach: t`Your lesson on the Teach page`,
    sound: t`Your sounds on the Sound page`,
    text: t`The network of the Text page`,
    dates: t`The network of the Dates page`,
    "face-points": t`The network of the Face points page`,
  };
  return pages[name] ?? t`What the page “${name}” keeps`;
}

/** @param {string} saved */
const date = (saved) =>
  saved &&
  ` · ${new Date(saved).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" })}`;

/** @param {unknown} error */
const trouble = (error) =>
  words(error) === "BusyError"
    ? t`Another tab still uses it. Close the other tabs of these pages, then try again.`
    : words(error);

export class Keeps {
  #list = h("ul", { class: "things" });
  #sum = h("p", { class: "hint", role: "status", text: t`Looking…` });
  #clear = h("button", { type: "button", class: "danger", text: t`Clear everything` });
  element = h("div", {}, this.#list, h("div", { class: "row end" }, this.#sum, this.#clear));

  constructor() {
    const failed = (/** @type {string} */ sentence) => say(sentence, "bad");
    this.#clear.addEventListener("click", () =>
      whileBusy(this.#clear, () => this.#clearAll(), failed),
    );
  }

  /** Looks, and shows what there is. */
  async show() {
    const things = await inventory(ROOT);
    const bytes = things.reduce((sum, thing) => sum + thing.bytes, 0);
    keepFocus(
      () => this.#list.replaceChildren(...things.map((thing) => this.#row(thing))),
      () => this.#list.querySelector("button") ?? this.#clear,
    );
    this.#sum.textContent = things.length ? t`${size(bytes)} in all` : t`Nothing is kept here.`;
    this.#clear.setAttribute("aria-disabled", String(!things.length));
  }

  /** @param {Thing} thing */
  #row(thing) {
    const name = nameOf(thing);
    const remove = h(
      "button",
      { type: "button", class: "quiet", "aria-label": t`Delete: ${name}` },
      icon("bin"),
    );
    remove.addEventListener("click", () =>
      whileBusy(
        remove,
        () => this.#remove(thing, name),
        (sentence) => say(sentence, "bad"),
      ),
    );
    const about = `${size(thing.bytes)}${date(thing.saved)}`;
    return h(
      "li",
      {},
      h("span", { class: "thing", text: name }),
      h("span", { class: "hint", text: about }),
      remove,
    );
  }

  /**
   * @param {Thing} thing
   * @param {string} name
   */
  async #remove(thing, name) {
    const text =
      thing.kind === "offline"
        ? t`Pages that you open again fetch what they need again.`
        : t`It is deleted from this browser for good.`;
    if (!(await ask(t`Delete “${name}”?`, text, t`Delete`))) return;
    await thing.remove().catch((error) => {
      throw new Error(trouble(error));
    });
    await this.show();
  }

  async #clearAll() {
    const text = t`All pictures, sounds, models, data sets, programs and settings that these pages keep in this browser are deleted for good.`;
    if (!(await ask(t`Clear everything?`, text, t`Clear everything`))) return;
    try {
      await clear(ROOT);
      say(t`Everything is deleted. Pages keep things again when you open them.`, "good");
    } catch (error) {
      throw new Error(trouble(error));
    } finally {
      await this.show();
    }
  }
}
