// What an option of apps.json may be: rules only, no DOM. The same limits hold in
// Python (pywebml/apps/app.py), which says them in the same words.

import { t } from "./language.js";

/**
 * @typedef {object} Option an entry of an app's "options"
 * @property {string} name
 * @property {string} label
 * @property {string} help
 * @property {string} kind "int", "float", "str", "bool", or "choice": `choices` are all there is
 * @property {any} default null where the job itself knows a good value
 * @property {number | null} [low] at least
 * @property {number | null} [high] at most
 * @property {number | null} [above] more than
 * @property {number | null} [below] less than
 * @property {any[] | null} [choices] of numbers: what a form offers; any within the limits will do
 */

/**
 * What a value may be, in words.
 *
 * @param {Option} option
 */
export function expected({ kind, low, high, above, below, choices }) {
  if (kind === "choice") return t`one of ${(choices ?? []).join(", ")}`;
  const fraction = kind === "float" && (high === 1 || below === 1);
  /** @type {Record<string, string>} */
  const nouns = { int: t`a whole number`, float: fraction ? t`a fraction` : t`a number` };
  const noun = nouns[kind] ?? t`a text`;
  if (isSet(low) && isSet(high)) return t`${noun} from ${low} to ${high}`;
  const bounds = [
    (isSet(low) ? t` from ${low} up` : "") + (isSet(above) ? t` above ${above}` : ""),
    (isSet(high) ? t` at most ${high}` : "") + (isSet(below) ? t` below ${below}` : ""),
  ];
  return noun + bounds.filter(Boolean).join(",");
}

/**
 * Why a value cannot be taken, in words for people, or "".
 *
 * @param {Option} option
 * @param {any} value
 */
export function refusal(option, value) {
  if (value === null && option.default === null) return "";
  return fits(option, value) ? "" : t`Expected ${expected(option)}.`;
}

/**
 * @param {Option} option
 * @param {any} value
 */
function fits({ kind, low, high, above, below, choices }, value) {
  if (kind === "choice") return (choices ?? []).includes(value);
  if (kind === "bool") return typeof value === "boolean";
  if (kind === "str") return typeof value === "string";
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (kind === "int" && !Number.isInteger(value)) return false;
  return (
    (!isSet(low) || value >= low) &&
    (!isSet(high) || value <= high) &&
    (!isSet(above) || value > above) &&
    (!isSet(below) || value < below)
  );
}

/**
 * @param {number | null | undefined} limit
 * @returns {limit is number}
 */
const isSet = (limit) => limit !== null && limit !== undefined;

/**
 * What a field's text stands for: an empty one for null.
 *
 * @param {Option} option
 * @param {string} text
 */
export function valueOf({ kind }, text) {
  if (kind === "bool") return text === "true";
  if (kind !== "int" && kind !== "float") return text;
  return text.trim() === "" ? null : Number(text);
}

/**
 * A number as people write it: 0.00001, not 1e-5.
 *
 * @param {any} value
 */
export const shown = (value) =>
  typeof value === "number" && Math.abs(value) < 1e-4 && value !== 0
    ? value.toFixed(8).replace(/0+$/, "")
    : String(value);
