// How good a share of right answers is, in words: no DOM.

import { t } from "../../shared/language.js";

/**
 * `tone`: "good", "fair" or "chance"; `words`: what that means.
 *
 * @param {number} share of right answers
 * @param {number} classes among which one would guess
 */
export function judged(share, classes) {
  const chance = 1 / Math.max(2, classes);
  const above = (share - chance) / (1 - chance); // 0 for guessing, 1 for no mistake
  if (above < 0.2)
    return {
      tone: "chance",
      words: t`Guessing would get ${Math.round(100 * chance)} %: show it more pictures, and pictures that differ more.`,
    };
  if (above < 0.75)
    return { tone: "fair", words: t`It has learned something; more pictures would help.` };
  return { tone: "good", words: t`It tells them apart well.` };
}
