// What was read, in words. No DOM; tested in Node.

/** @typedef {{ iso: string, exists: boolean, sure: number[], looked: number[][] }} Answer */

const LEAST = 0.08; // a share that is worth a word
const MOST = 3;

/**
 * Where it looked, the most first: neighbouring characters together.
 *
 * @param {string} text
 * @param {number[]} shares one per character
 * @returns {{ piece: string, share: number }[]}
 */
export function pieces(text, shares) {
  /** @type {{ piece: string, share: number }[]} */
  const seen = [];
  let open = false;
  [...text].forEach((letter, i) => {
    const share = shares[i] ?? 0;
    if (share < LEAST) {
      open = false;
      return;
    }
    if (!open) seen.push({ piece: "", share: 0 });
    open = true;
    const last = seen[seen.length - 1];
    last.piece += letter;
    last.share += share;
  });
  return seen.sort((a, b) => b.share - a.share).slice(0, MOST);
}

/**
 * "“Fe” (62 %) and “b” (12 %)".
 *
 * @param {string} text
 * @param {number[]} shares
 */
export function lookedAt(text, shares) {
  const parts = pieces(text, shares).map(
    ({ piece, share }) => `“${piece.replaceAll(" ", "␣")}” (${Math.round(100 * share)} %)`,
  );
  if (!parts.length) return "everything a little";
  const last = parts.pop();
  return parts.length ? `${parts.join(", ")} and ${last}` : `${last}`;
}

/**
 * A sentence for the date as a whole.
 *
 * @param {Answer} answer
 */
export function verdict({ iso, exists, sure }) {
  const least = Math.min(...sure);
  const doubtful = iso[sure.indexOf(least)];
  if (!exists) return "There is no such day: it has made something up.";
  if (least > 0.9) return "It is sure of every sign.";
  if (least > 0.6) return `It is fairly sure, least of the “${doubtful}” (${percent(least)}).`;
  return `It is guessing: of the “${doubtful}” it is only ${percent(least)} sure.`;
}

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)} %`;

/**
 * Which signs of what was read are not as they should be.
 *
 * @param {string} said
 * @param {string} right "" where nothing would be
 */
export const misread = (said, right) => [...said].map((sign, i) => sign !== right[i]);

/**
 * What the button does next.
 *
 * @param {{ steps: number | null, stopped: boolean }} network
 */
export function next({ steps, stopped }) {
  if (!steps) return "Train";
  return stopped ? "Go on" : "Train more";
}
