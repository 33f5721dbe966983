// What this browser keeps for the pages: listed, removed piece by piece, and cleared. What
// other programs on the same address keep is none of ours and stays.

import { database } from "../runtime/databases.js";
import { Kept } from "../runtime/kept.js";
import { opfs } from "../runtime/opfs.js";
import { entriesOf } from "./stores.js";

/**
 * @typedef {object} Thing
 * @property {"model" | "data" | "page" | "programs" | "settings" | "offline"} kind
 * @property {string} name an address, or that of a page; "" where the kind says all
 * @property {number} bytes
 * @property {string} saved when, as ISO 8601; "" where nobody knows
 * @property {() => Promise<unknown>} remove
 */
/** @typedef {[name: string, paths: string[], bytes: number, when: string]} Entry */

const PATIENCE = 4000; // milliseconds for other tabs to let go of a database
const MODELS = "tensorflowjs", // TensorFlow.js's database, and the start of its keys
  OTHERS = ["snapshots-of-pywebml", "measured-by-pywebml"],
  SCORE = "pellet-maze-best";

/**
 * The bytes of a value as browsers keep it, about.
 *
 * @param {any} value
 * @returns {number}
 */
export function sizeOf(value) {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  if (value instanceof Blob) return value.size;
  if (value instanceof Date) return 8;
  return Object.entries(value).reduce((sum, [key, part]) => sum + key.length + sizeOf(part), 0);
}

/**
 * Which of localStorage's keys are programs, models, settings of ours; "" for others'.
 *
 * @param {string} key
 */
export function kindOf(key) {
  if (/^pywebml-programs?(\/|-|$)/.test(key)) return "programs";
  if (key.startsWith(`${MODELS}_models/`)) return "models";
  return key.startsWith("pywebml-") || key === SCORE ? "settings" : "";
}

/**
 * Everything, the largest of each kind first.
 *
 * @param {string} root the site's address
 * @returns {Promise<Thing[]>}
 */
export async function inventory(root) {
  const parts = [savedModels, texts, folders, pages, () => offline(root)];
  // one that this browser does not have, or forbids, keeps nothing
  const found = await Promise.all(parts.map((part) => part().catch(() => [])));
  return found.flat().sort((a, b) => b.bytes - a.bytes);
}

/**
 * Removes everything. Rejects with the first trouble, after all else is gone.
 *
 * @param {string} root the site's address
 */
export async function clear(root) {
  const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  const ours = registrations.filter(({ scope }) => scope === root);
  const jobs = [
    ...ours.map((registration) => registration.unregister()),
    ...(await cacheNames(root)).map((name) => caches.delete(name)),
    ...(await databaseNames()).map(removeDatabase),
    removeFolder(),
  ];
  for (const key of Object.keys(localStorage)) if (kindOf(key)) localStorage.removeItem(key);
  const outcomes = await Promise.allSettled(jobs);
  const trouble = outcomes.find(({ status }) => status === "rejected");
  if (trouble) throw /** @type {PromiseRejectedResult} */ (trouble).reason;
}

// models and data sets

/**
 * @param {string} scheme
 * @param {(name: string) => Promise<unknown>} remove
 * @returns {(entry: Entry) => Thing}
 */
const stored =
  (scheme, remove) =>
  ([name, paths, bytes, saved]) => ({
    kind: paths.includes("dataset.json") ? "data" : "model",
    name: `${scheme}://${name}`,
    bytes,
    saved,
    remove: () => remove(name),
  });

async function savedModels() {
  if (!(await databaseNames()).includes(MODELS)) return []; // looking would make it
  return JSON.parse(await database.entries()).map(stored("indexeddb", database.remove));
}

async function folders() {
  return JSON.parse(await opfs.entries()).map(stored("opfs", opfs.remove));
}

/** @returns {Promise<Thing[]>} */
async function texts() {
  const entries = Object.entries(localStorage);
  /** @param {(key: string) => boolean} which */
  const remove = (which) => async () => {
    for (const key of Object.keys(localStorage)) if (which(key)) localStorage.removeItem(key);
  };
  /** @param {string} name */
  const removeModel = (name) => remove((key) => key.startsWith(`${MODELS}_models/${name}/`))();
  /** @type {Thing[]} */
  const things = entriesOf(entries).map(stored("localstorage", removeModel));
  for (const kind of /** @type {const} */ (["programs", "settings"])) {
    const of = entries.filter(([key]) => kindOf(key) === kind);
    const bytes = sizeOf(Object.fromEntries(of));
    const thing = {
      kind,
      name: "",
      bytes,
      saved: "",
      remove: remove((key) => kindOf(key) === kind),
    };
    if (of.length) things.push(thing);
  }
  return things;
}

async function removeFolder() {
  const root = await navigator.storage?.getDirectory?.().catch(() => null);
  await root?.removeEntry("pywebml", { recursive: true }).catch((error) => {
    if (error.name !== "NotFoundError") throw error;
  });
}

// what pages keep in databases

async function databaseNames() {
  const all = (await indexedDB.databases?.()) ?? [];
  const ours = (/** @type {string} */ name) => name === MODELS || name.startsWith("pywebml-");
  return all.map(({ name }) => name ?? "").filter(ours);
}

/** @returns {Promise<Thing[]>} */
async function pages() {
  const names = (await databaseNames()).filter((name) => name !== MODELS);
  const sizes = await Promise.all(names.map(sizeOfDatabase));
  return names.flatMap((name, i) => {
    const remove = () => removeDatabase(name);
    const thing = { name: name.replace("pywebml-", ""), bytes: sizes[i], saved: "", remove };
    return sizes[i] ? [{ kind: "page", ...thing }] : [];
  });
}

/**
 * The bytes of all its records, of which one is in memory at a time.
 *
 * @param {string} name
 * @returns {Promise<number>}
 */
async function sizeOfDatabase(name) {
  const database = await answered(indexedDB.open(name));
  database.onversionchange = () => database.close();
  let bytes = 0;
  try {
    const names = [...database.objectStoreNames];
    if (!names.length) return 0;
    const transaction = database.transaction(names);
    for (const part of names) {
      const walk = transaction.objectStore(part).openCursor();
      walk.onsuccess = () => {
        if (!walk.result) return;
        bytes += sizeOf(walk.result.value);
        walk.result.continue();
      };
    }
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
  return bytes;
}

/** @param {string} name */
async function removeDatabase(name) {
  await answered(indexedDB.deleteDatabase(name));
}

/**
 * What a request comes to; an error where other tabs do not let go.
 *
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answered(request) {
  return new Promise((resolve, reject) => {
    let late = false;
    setTimeout(() => {
      late = true;
      reject(new Error("BusyError"));
    }, PATIENCE);
    request.onsuccess = () => {
      if (late && request.result instanceof IDBDatabase) request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

// the build's own files

/** @param {string} root */
async function cacheNames(root) {
  if (!globalThis.caches) return [];
  const ours = [new Kept(root).name, ...OTHERS];
  return (await caches.keys()).filter((name) => ours.includes(name));
}

/**
 * @param {string} root
 * @returns {Promise<Thing[]>}
 */
async function offline(root) {
  const names = await cacheNames(root);
  const sizes = await Promise.all(names.map(sizeOfCache));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const remove = () => Promise.all(names.map((name) => caches.delete(name)));
  return bytes ? [{ kind: "offline", name: "", bytes, saved: "", remove }] : [];
}

/** @param {string} name */
async function sizeOfCache(name) {
  const cache = await caches.open(name);
  let bytes = 0;
  for (const request of await cache.keys())
    bytes += (await (await cache.match(request))?.blob())?.size ?? 0;
  return bytes;
}
