// The order in which a class's pictures are shown, and what comes in place of one that
// is gone. Rules only: no DOM.

import { samplesOf } from "./lesson.js";

/** A class's pictures as they are shown: the newest first, that is the one to look at. */
export const inSight = (lesson, key) => samplesOf(lesson, key).reverse();

/** Of `ids`, the one `by` places behind `id`; beyond the ends there is none: null. */
export function beside(ids, id, by) {
  const at = ids.indexOf(id);
  return at < 0 ? null : (ids[at + by] ?? null);
}

/**
 * What to look at where `id` of `ids` may be gone: itself if `isThere`, else what stood
 * behind it, else what stood before it; null where all are gone.
 */
export function instead(ids, id, isThere) {
  const at = ids.indexOf(id);
  const before = ids.slice(0, Math.max(0, at)).reverse();
  return [...ids.slice(Math.max(0, at)), ...before].find(isThere) ?? null;
}
