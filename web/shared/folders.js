// Files that are dropped or chosen, those within folders too, each with its path.

/** @typedef {{ path: string, file: File }} Found `path`: "hands/up/1.jpg" */

const MOST = 20000; // files of one drop
const DEEPEST = 32; // folders in each other
/** What systems leave behind, and what is hidden. */
const PASSED_OVER = /^(\..*|__macosx|thumbs\.db|desktop\.ini|@eadir)$/i;

/**
 * The files of a drop. Call it while the event is being handled: what was dropped is out
 * of reach afterwards. RangeError for too many files.
 *
 * @param {DataTransfer} transfer
 * @param {(count: number) => void} progress how many there are so far
 * @returns {Promise<Found[]>}
 */
export async function droppedFiles(transfer, progress = () => {}) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => ({
    entry: item.webkitGetAsEntry?.() ?? null,
    file: item.getAsFile(),
  }));
  /** @type {Found[]} */
  const all = [];
  for (const { entry, file } of entries) {
    if (entry?.isDirectory) await walk(entry, [], all, progress);
    else if (file) all.push({ path: file.name, file });
  }
  return all;
}

/**
 * The files of an <input type="file" webkitdirectory>.
 *
 * @param {Iterable<File>} files
 * @returns {Found[]}
 */
export const chosenFiles = (files) =>
  [...files]
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }))
    .filter(({ path }) => !path.split("/").some((name) => PASSED_OVER.test(name)));

/**
 * @param {FileSystemEntry} entry
 * @param {string[]} above
 * @param {Found[]} all
 * @param {(count: number) => void} progress
 */
async function walk(entry, above, all, progress) {
  if (PASSED_OVER.test(entry.name)) return;
  const path = [...above, entry.name];
  if (entry.isDirectory) {
    if (path.length > DEEPEST) return;
    const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
    for (const below of await entriesOf(reader)) await walk(below, path, all, progress);
    return;
  }
  const file = await new Promise((resolve) =>
    /** @type {FileSystemFileEntry} */ (entry).file(resolve, () => resolve(null)),
  );
  if (!file) return; // it is gone, or may not be read
  if (all.length >= MOST) throw new RangeError(`More than ${MOST} files; drop fewer at once.`);
  all.push({ path: path.join("/"), file });
  if (all.length % 50 === 0) progress(all.length);
}

/**
 * All that a folder holds, in natural order: browsers hand out a hundred at a time.
 *
 * @param {FileSystemDirectoryReader} reader
 */
async function entriesOf(reader) {
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) break;
    all.push(...some);
  }
  const { compare } = new Intl.Collator("en", { numeric: true });
  return all.sort((a, b) => compare(a.name, b.name));
}
