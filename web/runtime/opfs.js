// Files by name in the browser's folder for this origin (OPFS), for
// pywebml/host/stores/opfs.py: large things, such as data sets. Nothing outside its own
// folder in there is within a worker's reach.
//
// An entry is a folder of files under random names, and an index that says which of them
// is what. The index is replaced as a whole, by the browser; files that it does not list
// count for nothing, and go when somebody writes next. So a tab that is closed in the
// middle, or a disk that is full, leaves all as it was.

const FOLDER = "pywebml",
  INDEX = "index.json";
const TRIES = 5; // where there is no room, Chromium says so in 9 of 10, else AbortError
const NONE = "this browser has no folder for pages (OPFS): it needs https, and no private window";

/** @typedef {{ saved: string, files: [path: string, file: string, bytes: number][] }} Index */
/** @typedef {{ folder: FileSystemDirectoryHandle, added: Index["files"], end: () => Promise<unknown> }} Writing */

/** @type {Map<string, Writing>} what is on its way, by entry */
const writings = new Map();

/** The folder of all entries. */
async function all() {
  if (!navigator.storage?.getDirectory || !navigator.locks) throw new Error(NONE);
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

/** @param {string} entry */
function folderName(entry) {
  if (typeof entry !== "string" || !entry || entry.length > 200)
    throw new Error(`${String(entry).slice(0, 80)} is no name for what is kept`);
  return `=${encodeURIComponent(entry)}`; // "." and ".." would be none
}

/**
 * @param {string} entry
 * @returns {Promise<FileSystemDirectoryHandle | null>}
 */
async function there(entry) {
  const name = folderName(entry);
  return (await all()).getDirectoryHandle(name).catch(none);
}

/** @param {DOMException} error */
function none(error) {
  if (error.name === "NotFoundError") return null;
  throw error;
}

/**
 * @param {FileSystemDirectoryHandle | null} folder
 * @returns {Promise<Index | null>} null where nothing was ever finished
 */
async function indexOf(folder) {
  const handle = await folder?.getFileHandle(INDEX).catch(none);
  return handle ? JSON.parse(await (await handle.getFile()).text()) : null;
}

/**
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} name
 * @param {string | Uint8Array<ArrayBuffer>} data
 */
async function put(folder, name, data) {
  const handle = await folder.getFileHandle(name, { create: true });
  if (!handle.createWritable) throw new Error("this browser writes no files; update it");
  for (let tries = TRIES; ; tries--) {
    try {
      const stream = await handle.createWritable();
      await stream.write(data);
      return await stream.close(); // only now it is there
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError" || tries === 1) throw error;
    }
  }
}

/**
 * Removes the files that the index does not list.
 *
 * @param {FileSystemDirectoryHandle} folder
 */
async function sweep(folder) {
  const listed = new Set((await indexOf(folder))?.files.map(([, file]) => file));
  for await (const name of /** @type {any} */ (folder).keys())
    if (name !== INDEX && !listed.has(name)) await folder.removeEntry(name).catch(none);
}

/**
 * Work in an entry while nobody changes it, or (exclusive) while nobody looks.
 *
 * @template T
 * @param {string} entry
 * @param {LockMode} mode
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
const locked = (entry, mode, work) =>
  navigator.locks.request(`pywebml-opfs/${entry}`, { mode }, /** @type {any} */ (work));

/**
 * Nobody else writes there until the answer is called.
 *
 * @param {string} entry
 * @returns {Promise<() => Promise<unknown>>}
 */
function alone(entry) {
  return new Promise((resolve, reject) => {
    const name = `pywebml-opfs-writing/${entry}`;
    const held = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) throw new Error("another tab is writing there; wait until it has finished");
      return new Promise((release) => resolve(() => (release(undefined), held)));
    });
    held.catch(reject);
  });
}

export const opfs = {
  /**
   * Its files, null where nothing is stored.
   *
   * @param {string} entry
   */
  async list(entry) {
    const index = await indexOf(await there(entry));
    return index && index.files.map(([path]) => path);
  },

  /**
   * A file's bytes; their number where that is above `most`, null where it has none.
   *
   * @param {string} entry
   * @param {string} path
   * @param {number} most
   */
  async read(entry, path, most) {
    const folder = await there(entry);
    if (!folder) return null;
    return locked(entry, "shared", async () => {
      const file = (await indexOf(folder))?.files.find(([name]) => name === path);
      if (!file) return null;
      if (file[2] > most) return file[2];
      return (await (await folder.getFileHandle(file[1])).getFile()).arrayBuffer();
    });
  },

  /**
   * Bytes of a file from some places, [start, stop, start, stop, ...], one after the other;
   * null where there is no such file.
   *
   * @param {string} entry
   * @param {string} path
   * @param {number[]} places
   */
  async ranges(entry, path, places) {
    const folder = await there(entry);
    if (!folder) return null;
    return locked(entry, "shared", async () => {
      const file = (await indexOf(folder))?.files.find(([name]) => name === path);
      if (!file) return null;
      const whole = await (await folder.getFileHandle(file[1])).getFile();
      const parts = [];
      for (let i = 0; i < places.length; i += 2) parts.push(whole.slice(places[i], places[i + 1]));
      return new Blob(parts).arrayBuffer();
    });
  },

  /**
   * Begins to write; an error while another tab does.
   *
   * @param {string} entry
   */
  async begin(entry) {
    const name = folderName(entry);
    const root = await all();
    await opfs.drop(entry); // what a worker that is no more had begun
    const end = await alone(entry);
    try {
      const folder = await root.getDirectoryHandle(name, { create: true });
      await locked(entry, "exclusive", () => sweep(folder));
      writings.set(entry, { folder, added: [], end });
    } catch (error) {
      await end();
      throw error;
    }
  },

  /**
   * @param {string} entry
   * @param {string} path
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async add(entry, path, bytes) {
    const { folder, added } = writing(entry);
    if (typeof path !== "string" || !(bytes instanceof Uint8Array))
      throw new Error("a file has a name and bytes");
    const file = crypto.randomUUID();
    await put(folder, file, bytes);
    added.push([path, file, bytes.length]);
  },

  /**
   * Puts what was added beside what there is, in place of files of the same names.
   *
   * @param {string} entry
   */
  async finish(entry) {
    const { folder, added, end } = writing(entry);
    await locked(entry, "exclusive", async () => {
      const files = new Map((await indexOf(folder))?.files.map((file) => [file[0], file]));
      for (const file of added) files.set(file[0], file);
      const index = { saved: new Date().toISOString(), files: [...files.values()] };
      await put(folder, INDEX, JSON.stringify(index));
      await sweep(folder);
    });
    writings.delete(entry);
    await end();
  },

  /**
   * Forgets what was added; nothing happens where nothing was begun.
   *
   * @param {string} entry
   */
  async drop(entry) {
    const begun = writings.get(entry);
    if (!begun) return;
    const { folder, end } = begun;
    try {
      if (await indexOf(folder)) await locked(entry, "exclusive", () => sweep(folder));
      else await (await all()).removeEntry(folder.name, { recursive: true }).catch(none);
    } finally {
      if (writings.get(entry) === begun) writings.delete(entry); // and not another one by now
      await end();
    }
  },

  /** @param {string} entry */
  async remove(entry) {
    const name = folderName(entry);
    await opfs.begin(entry); // not while somebody writes
    const { end } = writing(entry);
    writings.delete(entry);
    try {
      const root = await all();
      await locked(entry, "exclusive", () => root.removeEntry(name, { recursive: true }));
    } finally {
      await end();
    }
  },

  /** All entries as JSON: [[name, paths, bytes, when], ...]. */
  async entries() {
    const listed = [];
    if (!navigator.storage?.getDirectory) return "[]";
    const root = await navigator.storage.getDirectory();
    const all = await root.getDirectoryHandle(FOLDER).catch(none); // looking makes none
    for await (const [name, folder] of /** @type {any} */ (all)?.entries() ?? []) {
      const index = folder.kind === "directory" ? await indexOf(folder).catch(() => null) : null;
      if (!index) continue;
      const bytes = index.files.reduce((sum, file) => sum + file[2], 0);
      const paths = index.files.map(([path]) => path);
      listed.push([decodeURIComponent(name.slice(1)), paths, bytes, index.saved]);
    }
    return JSON.stringify(listed);
  },
};

/** @param {string} entry */
function writing(entry) {
  const begun = writings.get(entry);
  if (!begun) throw new Error("nothing was begun there; another writer may have taken over");
  return begun;
}
