// What the page shows, and its address's fragment, which says so: no DOM.

import { defaults as nobodys, readChosen, writeChosen } from "../../shared/chosen.js";
import { refusal } from "../../shared/limits.js";

export const FEATURES = {
  x1: "x₁",
  x2: "x₂",
  x1x1: "x₁²",
  x2x2: "x₂²",
  x1x2: "x₁x₂",
  sinx1: "sin x₁",
  sinx2: "sin x₂",
};
export const MOST_LAYERS = 6;
export const MOST_NEURONS = 8;

// what only the page has: how it shows things
export const VIEW = [
  { name: "test", kind: "bool", default: false },
  { name: "discrete", kind: "bool", default: false },
  { name: "speed", kind: "choice", default: "epoch", choices: ["step", "epoch", "most"] },
];

/** The neurons of each hidden layer of "8,6", or null where the text is none such. */
export function layersOf(text) {
  if (text === "none" || text === "") return [];
  const sizes = text.split(",").map((word) => (/^\d$/.test(word.trim()) ? Number(word) : 0));
  const fits = sizes.length <= MOST_LAYERS && sizes.every((n) => n >= 1 && n <= MOST_NEURONS);
  return fits ? sizes : null;
}

export const layersText = (sizes) => sizes.join(",") || "none";

/** The names of "x1,sinx1" in their own order, or null where one is not there. */
export function featuresOf(text) {
  const names = text.split(",").map((word) => word.trim());
  const known = names.every((name) => Object.hasOwn(FEATURES, name));
  return known ? Object.keys(FEATURES).filter((name) => names.includes(name)) : null;
}

/** The settings that nobody has chosen. */
export const defaults = (options) => nobodys([...options, ...VIEW]);

/** Why a setting cannot be taken, or "". */
function trouble(option, value) {
  if (option.name === "hidden") return layersOf(value) ? "" : "no such layers";
  if (option.name === "features") return featuresOf(value) ? "" : "no such features";
  return refusal(option, value);
}

/** The settings that a fragment asks for, and what it says beside that. */
export const read = (fragment, options) => readChosen(fragment, [...options, ...VIEW], trouble);

/** The fragment for settings, "" where all are what they are by themselves. */
export const write = (settings, options) => writeChosen(settings, [...options, ...VIEW]);

/** The settings that the worker's `build` takes. */
export const forWorker = (settings, options) =>
  Object.fromEntries(options.map(({ name }) => [name, settings[name]]));

/** Whether going from one to the other needs another network, or other points. */
export const needsBuild = (a, b, options) =>
  options.some(({ name }) => name !== "epochs" && a[name] !== b[name]);
