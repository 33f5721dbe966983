// Which of the gallery's pages somebody means. No DOM; tested in Node.

import { counted } from "../../shared/dom.js";
import { t } from "../../shared/language.js";

/** Small letters without their accents, in words. @param {string} text */
export const wordsOf = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/**
 * Whether what a page says of itself has, for each word that is asked for, one that
 * begins so. Nothing asked for is every page.
 *
 * @param {string} page
 * @param {string} asked
 */
export function meant(page, asked) {
  const words = wordsOf(page);
  return wordsOf(asked).every((start) => words.some((word) => word.startsWith(start)));
}

/** How many pages there are, in words. @param {number} count @param {number} all */
export function answer(count, all) {
  if (count === 0) return t`No page for that. Fewer letters find more.`;
  return count === 1 || count === all ? counted(count, "page") : t`${count} pages of ${all}`;
}
