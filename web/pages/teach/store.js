// The lesson in IndexedDB. Every change is one transaction: it is written whole or not
// at all.
//
// project: one record {title, classes, made, settings, directions, off, extractor}; samples:
// {id, at, key, picture, features, thumbnail}; head: one record {bytes, keys, names, taught}. Pictures
// are kept as ArrayBuffers, which every browser can store.

import { t } from "../../shared/language.js";

const NAME = "pywebml-teach";
const VERSION = 1;
const PARTS = ["project", "samples", "head"];

export const NEWER =
  t`A newer version of this page has kept a lesson here, which this older one cannot read.` +
  t` Nothing is kept until you reload the page.`;
export const PRIVATE = t`This browser keeps nothing for this page (private mode?). Export the project before you leave.`;
export const FULL = t`The browser has no room left to keep pictures. Export the project, then remove some.`;
export const CLOSED = t`The browser has closed this page's storage: what you do now is not kept. Export the project, then reload.`;
export const DELETED = t`What this page had kept was deleted in another tab. What you do now is not kept: export the project, then reload.`;
const UNREADABLE = t`What this browser had kept for the page cannot be read. Nothing is kept for now; what was there is left as it is.`;

const REASONS = { VersionError: NEWER, QuotaExceededError: FULL, UnknownError: UNREADABLE };

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Store {
  /**
   * Opens the database. Rejects with an Error in words where there is none to be had;
   * may never answer, as browsers do.
   */
  static async open() {
    let database;
    try {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("project");
        request.result.createObjectStore("samples", { keyPath: "id" });
        request.result.createObjectStore("head");
      };
      database = await done(request);
    } catch (error) {
      throw new Error(REASONS[error?.name] ?? PRIVATE, { cause: error });
    }
    if (PARTS.every((name) => database.objectStoreNames.contains(name))) return new Store(database);
    database.close();
    throw new Error(UNREADABLE);
  }

  /** Called, with a sentence, when the browser or another tab takes the database away. */
  onclosed = () => {};

  constructor(database) {
    this.database = database;
    database.onversionchange = ({ newVersion }) => {
      database.close();
      this.onclosed(newVersion === null ? DELETED : NEWER);
    };
    database.onclose = () => this.onclosed(CLOSED);
  }

  /**
   * Everything that was kept: {project, samples, head}, or null where nothing was.
   * What is in it has not been looked at: see restored.js.
   */
  async load() {
    let parts;
    try {
      const part = this.database.transaction(PARTS);
      parts = await Promise.all([
        done(part.objectStore("project").get("project")),
        done(part.objectStore("samples").getAll()),
        done(part.objectStore("head").get("head")),
      ]);
    } catch (error) {
      throw new Error(UNREADABLE, { cause: error });
    }
    const [project, samples, head] = parts;
    if (!project && !samples.length && !head) return null;
    return { project, head: head ?? null, samples: samples.map(unpack) };
  }

  /**
   * Makes changes together: `put` are samples, `remove` ids; `project` and `head`, where
   * they are said, are put in place of what there is (a head of null: of none).
   */
  async write({ put = [], remove = [], project, head }) {
    const records = await Promise.all(put.map(pack));
    const part = this.database.transaction(PARTS, "readwrite");
    const written = new Promise((resolve, reject) => {
      part.oncomplete = () => resolve();
      part.onerror = part.onabort = () => reject(part.error ?? new Error("it was interrupted"));
    });
    try {
      const samples = part.objectStore("samples");
      remove.forEach((id) => samples.delete(id));
      records.forEach((record) => samples.put(record));
      if (project !== undefined) part.objectStore("project").put(project, "project");
      if (head) part.objectStore("head").put(head, "head");
      if (head === null) part.objectStore("head").delete("head");
    } catch (error) {
      written.catch(() => {});
      part.abort(); // what was put before the failure must not stay
      throw error;
    }
    await written;
  }

  close() {
    this.database.close();
  }
}

const pack = async ({ id, at, key, picture, features, thumbnail }) => ({
  id,
  at,
  key,
  features,
  thumbnail,
  picture: picture ? await picture.arrayBuffer() : null,
});

const unpack = ({ picture, ...sample }) => ({
  ...sample,
  picture:
    picture instanceof ArrayBuffer && picture.byteLength
      ? new Blob([picture], { type: "image/jpeg" })
      : null,
});
