// A form made of an app's options (apps.json), with the limits, choices, defaults and
// help that its command has. Dispatches "change" with detail {name, value} for every
// value that may be taken; what is wrong with another stands beside its field.

import { h } from "./dom.js";
import { query } from "./address.js";
import { t, translated } from "./language.js";
import { refusal, shown, valueOf } from "./limits.js";

/** @typedef {import("./limits.js").Option} Option */

let errors = 0; // so that every error has an id of its own

/**
 * What apps.json says of an app.
 *
 * @param {string} name
 * @returns {Promise<{ name: string, options: Option[] }>}
 */
export async function described(name) {
  const answer = await fetch(new URL("../apps.json", import.meta.url));
  if (!answer.ok) throw new Error(`apps.json is missing (${answer.status}); reload the page`);
  /** @type {{ name: string, options: Option[] }[]} */
  const apps = await answer.json();
  const app = apps.find((entry) => entry.name === name);
  if (!app) throw new Error(`apps.json has no app "${name}"`);
  return app;
}

/**
 * Settings that the page's address names, digits.html?network=dense, where they may be.
 *
 * @param {Option[]} options
 * @returns {Record<string, any>}
 */
export function fromAddress(options) {
  const named = options.flatMap((option) => {
    const text = query(option.name);
    const value = text === null ? null : valueOf(option, text);
    return value === null || refusal(option, value) ? [] : [[option.name, value]];
  });
  return Object.fromEntries(named);
}

export class Settings extends EventTarget {
  /** @type {Map<string, Field>} */
  #fields = new Map();

  /** @param {Option[]} options */
  constructor(options) {
    super();
    for (const option of options) {
      const field = new Field(option, (value) => this.#changed(option.name, value));
      this.#fields.set(option.name, field);
    }
    const fields = [...this.#fields.values()].map((field) => field.element);
    this.element = h("div", { class: "settings" }, ...fields);
    const sentences = options.map(
      ({ label, help }) => t`${translated(label)}: ${translated(help)}.`,
    );
    /** What the settings mean, to be shown near them. */
    this.help = h("p", { class: "hint", text: sentences.join(" ") });
  }

  /**
   * Shows values by name, null where the job itself knows a good one; a field that
   * somebody is just filling in stays.
   *
   * @param {Record<string, any>} values
   */
  show(values) {
    for (const [name, field] of this.#fields) if (name in values) field.show(values[name]);
  }

  /**
   * Marks a value as the one that is taken where none is chosen.
   *
   * @param {string} name
   * @param {any} value
   */
  recommend(name, value) {
    this.#fields.get(name)?.recommend(value);
  }

  /**
   * @param {string} name
   * @param {any} value
   */
  #changed(name, value) {
    this.dispatchEvent(new CustomEvent("change", { detail: { name, value } }));
  }
}

/** One option: a label, a choice, a box to tick or a field, and what is wrong with it. */
class Field {
  /** @type {any} */
  #value = null;
  /** @type {any} */
  #recommended = null;

  /**
   * @param {Option} option
   * @param {(value: any) => void} take
   */
  constructor(option, take) {
    const { name, kind, choices } = option;
    const [label, help] = [translated(option.label), translated(option.help)];
    this.option = option;
    this.error = h("span", { class: "error", id: `setting-error-${(errors += 1)}`, hidden: true });
    this.control = choices?.length ? h("select") : this.#input();
    Object.assign(this.control, { name, title: help });
    this.control.setAttribute("aria-describedby", this.error.id);
    this.control.addEventListener("change", () => this.#leave(take));
    const look = kind === "bool" ? "check" : "field";
    this.element = h(
      "div",
      { class: "setting" },
      h("label", { class: look }, label, this.control),
      this.error,
    );
    this.show(option.default);
  }

  #input() {
    const { kind, low, high, above, below } = this.option;
    if (kind === "bool") return h("input", { type: "checkbox" });
    if (kind !== "int" && kind !== "float") return h("input", { type: "text" });
    const limits = { min: low ?? above ?? "", max: high ?? below ?? "" };
    return h("input", { type: "number", step: kind === "int" ? "1" : "any", ...limits });
  }

  /** @param {any} value */
  show(value) {
    const { control } = this;
    if (control === document.activeElement) return;
    this.#value = value;
    if (control instanceof HTMLSelectElement) this.#renderChoices(control);
    else if (control.type === "checkbox") control.checked = Boolean(value);
    else control.value = value === null ? "" : shown(value);
  }

  /** @param {any} value */
  recommend(value) {
    if (value === this.#recommended) return;
    this.#recommended = value;
    if (this.control instanceof HTMLInputElement) this.control.placeholder = shown(value);
    else this.show(this.#value);
  }

  /** @param {HTMLSelectElement} control */
  #renderChoices(control) {
    const value = this.#value ?? this.#recommended;
    const choices = [...(this.option.choices ?? [])];
    // numbers may be others than those that are offered
    if (value !== null && !choices.includes(value)) choices.push(value);
    if (typeof value === "number") choices.sort((a, b) => a - b);
    const labels = choices.map((choice) => {
      const own = choice === this.#recommended ? t` (recommended)` : "";
      return h("option", { value: String(choice), text: translated(shown(choice)) + own });
    });
    control.replaceChildren(...labels);
    control.value = String(value);
  }

  /** @param {(value: any) => void} take */
  #leave(take) {
    const { control, option } = this;
    const ticks = control instanceof HTMLInputElement && control.type === "checkbox";
    const value = valueOf(option, ticks ? String(control.checked) : control.value);
    const trouble = refusal(option, value);
    this.error.textContent = trouble;
    this.error.hidden = !trouble;
    control.setAttribute("aria-invalid", String(Boolean(trouble)));
    if (trouble) return;
    this.#value = value;
    take(value);
  }
}
