// How many bytes something has, in words.

import { language, t } from "./language.js";

/** @param {number} bytes */
export function size(bytes) {
  const number = (/** @type {number} */ value) =>
    value.toLocaleString(language, { maximumFractionDigits: value < 10 ? 1 : 0 });
  return bytes < 1e6 ? t`${number(Math.max(bytes / 1e3, 0.1))} kB` : t`${number(bytes / 1e6)} MB`;
}
