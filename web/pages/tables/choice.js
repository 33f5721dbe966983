// What is to be learnt of a table: which column is foretold, from which, as what. No DOM.

/**
 * @typedef {object} Column what `tables.open` says of one
 * @property {string} name
 * @property {"number" | "category"} kind
 * @property {number} missing
 * @property {number} distinct
 * @property {string} left_out why it is not used unless it is chosen
 * @property {boolean} useless it cannot be used at all
 * @property {"classes" | "number" | ""} as_target
 * @property {string} note
 * @property {number} [low]
 * @property {number} [high]
 * @property {boolean} [whole]
 * @property {number[]} [bins]
 * @property {[string, number][]} [categories]
 *
 * @typedef {object} Choice
 * @property {string} target
 * @property {"classes" | "number"} kind
 * @property {Set<string>} used
 * @property {Set<string>} categories numbers that are names
 */

export const MOST_CATEGORIES = 100; // as in pywebml/apps/tables/columns.py

/**
 * The choice that is made for whoever makes none.
 *
 * @param {Column[]} columns
 * @param {string} target
 * @returns {Choice}
 */
export function firstChoice(columns, target) {
  const used = columns.filter(({ left_out }) => !left_out).map(({ name }) => name);
  return { target, kind: guessed(columns, target), used: new Set(used), categories: new Set() };
}

/**
 * Another target; the one before becomes a column like the others.
 *
 * @param {Column[]} columns
 * @param {Choice} choice
 * @param {string} target
 * @returns {Choice}
 */
export function aimedAt(columns, choice, target) {
  return { ...choice, target, kind: guessed(columns, target) };
}

/**
 * @param {Column[]} columns
 * @param {string} target
 */
const guessed = (columns, target) =>
  columns.find(({ name }) => name === target)?.as_target || "classes";

/**
 * What a column may be foretold as.
 *
 * @param {Column} column
 */
export function kindsOf({ kind, distinct }) {
  if (kind === "category") return ["classes"];
  return distinct > MOST_CATEGORIES ? ["number"] : ["classes", "number"];
}

/**
 * The columns that the target is foretold from.
 *
 * @param {Column[]} columns
 * @param {Choice} choice
 */
export const features = (columns, { target, used }) =>
  columns.filter(({ name, useless }) => name !== target && used.has(name) && !useless);

/**
 * The choice as `tables.train` and `tables.load` take it.
 *
 * @param {Column[]} columns
 * @param {Choice} choice
 */
export function asked(columns, choice) {
  const chosen = features(columns, choice).map(({ name }) => name);
  return {
    target: choice.target,
    kind: choice.kind,
    columns: chosen,
    categories: chosen.filter((name) => choice.categories.has(name)),
  };
}

/**
 * A number as people read it: four digits that count, and all before the point.
 *
 * @param {number} value
 */
export const short = (value) =>
  String(Math.abs(value) < 1000 ? Number(value.toPrecision(4)) : Math.round(value));

/**
 * A column's values in a few words.
 *
 * @param {Column} column
 */
export function extent({ kind, low, high, distinct, categories, left_out, useless }) {
  if (useless) return left_out;
  if (kind === "number" && low !== undefined && high !== undefined)
    return `${short(low)} to ${short(high)}`;
  const usual = [...(categories ?? [])].sort((a, b) => b[1] - a[1]).slice(0, 3);
  const more = distinct > usual.length ? `, ${distinct - usual.length} more` : "";
  return usual.map(([name]) => name).join(", ") + more;
}

/**
 * How often values lie in each part of a column, from 0 to 1 of the highest.
 *
 * @param {Column} column
 */
export function heights({ bins, categories }) {
  const counts = bins ?? (categories ?? []).slice(0, 12).map(([, count]) => count);
  const top = Math.max(1, ...counts);
  return counts.map((count) => count / top);
}

/**
 * How far a slider goes in a step: about a hundredth of the way, a power of ten or half
 * of one; whole for whole numbers.
 *
 * @param {{ low: number, high: number, whole: boolean }} range
 */
export function step({ low, high, whole }) {
  const way = high - low;
  if (!(way > 0)) return whole ? 1 : 0.1;
  const power = 10 ** Math.floor(Math.log10(way / 50));
  const fine = way / 50 >= 5 * power ? 5 * power : power;
  return whole ? Math.max(1, Math.round(fine)) : Number(fine.toPrecision(1));
}

/**
 * What a file that came along is, by its name.
 *
 * @param {string} name
 */
export const isModel = (name) => /\.(keras|h5|hdf5|zip|json)$/i.test(name);

/**
 * How good an outcome is, in words: a figure, and the rest of the sentence.
 *
 * @param {Record<string, any>} outcome
 */
export function verdict(outcome) {
  const { tested, trained, baseline, accuracy, mean_absolute_error, r2, target } = outcome;
  const rows = `${tested} ${tested === 1 ? "row" : "rows"} ${trained ? "that it has not seen" : "of the table"}`;
  if (outcome.kind === "classes")
    return {
      figure: `${(100 * accuracy).toFixed(1)}\u00a0%`,
      words: ` right on ${rows}. Always the most frequent class: ${(100 * baseline).toFixed(0)}\u00a0%.`,
    };
  const share = r2 == null ? "" : ` R² is ${r2.toFixed(3)}.`;
  return {
    figure: `± ${short(mean_absolute_error)}`,
    words: ` off in ${target} on average, on ${rows}. Always the mean: ± ${short(baseline)}.${share}`,
  };
}
