// What the head said of many pictures: how often it was right, and all of it as CSV.
// Rules only: no DOM.

import { alike } from "./names.js";

/**
 * A row is {path, answer, share, truth, shares}: `answer` and `truth` are places in
 * `names` (truth null where nobody said what a picture shows), `share` of one.
 *
 * {judged, known, right, accuracy: null where nothing is known, confusion: rows: what
 * was shown, columns: what it said}.
 */
export function summed(rows, names) {
  const confusion = names.map(() => names.map(() => 0));
  const known = rows.filter(({ truth }) => truth !== null);
  known.forEach(({ truth, answer }) => (confusion[truth][answer] += 1));
  const right = known.filter(({ truth, answer }) => truth === answer).length;
  const accuracy = known.length ? right / known.length : null;
  return { judged: rows.length, known: known.length, right, accuracy, confusion };
}

/** Which of the classes a folder is called after: its place in `names`, or null. */
export function truthOf(names, folder) {
  const place = names.findIndex((name) => alike(name) === alike(folder));
  return place < 0 ? null : place;
}

/** The rows as CSV (RFC 4180), with what each class got. */
export function csv(rows, names) {
  const head = ["picture", "answer", "probability", "truth", "right", ...names.map(isIn)];
  const lines = rows.map(({ path, answer, share, truth, shares }) => {
    const right = truth === null ? "" : String(truth === answer);
    const shown = truth === null ? "" : names[truth];
    return [path, names[answer], number(share), shown, right, ...shares.map(number)];
  });
  return [head, ...lines].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

const isIn = (name) => `P(${name})`;
const number = (share) => share.toFixed(4);

/** Spreadsheets take some beginnings for a formula; names come from others' files. */
function cell(text) {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
