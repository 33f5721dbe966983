// Settings of a page in its address's fragment, "#data=xor&hidden=4", so that a link
// shows what one sees. Anybody may have written it: what cannot be is ignored, and named.
// No DOM.

import { refusal, shown, valueOf } from "./limits.js";

/** @typedef {import("./limits.js").Option} Option */
/** @typedef {Pick<Option, "name" | "kind" | "default"> & Partial<Option>} Setting */
/** @typedef {Record<string, any>} Chosen values by name */

const LONGEST = 4000; // characters of a fragment that are looked at

/**
 * The settings that nobody has chosen.
 *
 * @param {Setting[]} options
 * @returns {Chosen}
 */
export const defaults = (options) =>
  Object.fromEntries(options.map((option) => [option.name, option.default]));

/**
 * The settings that a fragment asks for, and a list of what else it says.
 *
 * @param {string} fragment
 * @param {Setting[]} options
 * @param {(option: any, value: any) => string} trouble why a value cannot be taken, or ""
 */
export function readChosen(fragment, options, trouble = refusal) {
  const settings = defaults(options);
  /** @type {string[]} */
  const ignored = [];
  const known = new Map(options.map((option) => [option.name, option]));
  if (fragment.length > LONGEST) return { settings, ignored: ["all of it: it is too long"] };
  for (const [name, text] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    const option = known.get(name);
    const value = option ? valueIn(option, text) : null;
    if (option && value !== null && !trouble(option, value)) settings[name] = value;
    else ignored.push(`${name}=${text}`.slice(0, 40));
  }
  return { settings, ignored };
}

/**
 * @param {Setting} option
 * @param {string} text
 */
function valueIn(option, text) {
  if (option.kind === "bool" && !["true", "false"].includes(text)) return null;
  return valueOf(/** @type {Option} */ (option), text);
}

/**
 * The fragment for settings, "" where all are what they are by themselves.
 *
 * @param {Chosen} settings
 * @param {Setting[]} options
 */
export function writeChosen(settings, options) {
  const words = new URLSearchParams();
  for (const option of options) {
    const value = settings[option.name];
    if (value !== option.default) words.append(option.name, shown(value));
  }
  return words.size ? `#${String(words).replaceAll("%2C", ",")}` : "";
}
