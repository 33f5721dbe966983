// What only a page has and its worker asks for (runtime/errands.js): localStorage and
// downloads.

const PREFIX = "tensorflowjs_models/"; // of the keys of saved models; no others are read or written

/** @param {string[]} keys */
function check(keys) {
  const other = keys.find((key) => !key.startsWith(PREFIX));
  if (other !== undefined) throw new Error(`${other} is no saved model`);
}

export const texts = {
  /** @param {string} json a list of keys */
  read(json) {
    /** @type {string[]} */
    const keys = JSON.parse(json);
    check(keys);
    return JSON.stringify(keys.map((key) => localStorage.getItem(key)));
  },

  /**
   * Texts by key, null to remove one: all of them or none.
   *
   * @param {string} json
   */
  write(json) {
    /** @type {[string, string | null][]} */
    const entries = Object.entries(JSON.parse(json));
    check(entries.map(([key]) => key));
    /** @type {[string, string | null][]} */
    const old = entries.map(([key]) => [key, localStorage.getItem(key)]);
    /** @param {[string, string | null]} entry */
    const put = ([key, text]) =>
      text === null ? localStorage.removeItem(key) : localStorage.setItem(key, text);
    try {
      entries.forEach(put);
    } catch (error) {
      for (const [key] of entries) localStorage.removeItem(key);
      old.forEach(put);
      throw error;
    }
  },

  /** All entries as JSON: [[name, paths, bytes, when], ...]. */
  entries() {
    return JSON.stringify(entriesOf(Object.entries(localStorage)));
  },
};

/**
 * What models there are among texts; what is none of ours or broken has no paths or date.
 *
 * @param {[key: string, text: string][]} texts
 * @returns {[name: string, paths: string[], bytes: number, when: string][]}
 */
export function entriesOf(texts) {
  /** @type {Map<string, Record<string, string>>} */
  const parts = new Map();
  for (const [key, text] of texts) {
    const [, name, part] = key.match(/^tensorflowjs_models\/(.+)\/(\w+)$/s) ?? [];
    if (name) parts.set(name, { ...parts.get(name), [part]: text });
  }
  return [...parts].map(([name, there]) => {
    const ours = read(there.pywebml);
    const contents = ours.contents ? read(ours.contents) : [];
    const paths = Array.isArray(contents) ? contents.map(([path]) => String(path)) : [];
    const bytes = Object.values(there).reduce((sum, text) => sum + text.length, 0);
    return [name, paths, bytes, String(read(there.info).dateSaved ?? ours.dateSaved ?? "")];
  });
}

/** @param {unknown} text JSON, or something else */
function read(text) {
  try {
    return JSON.parse(String(text)) ?? {};
  } catch {
    return {};
  }
}

/**
 * Zips only: a worker has nothing else to hand out.
 *
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export function download(name, bytes) {
  if (!/\.zip$/.test(name) || !(bytes instanceof Uint8Array))
    throw new Error(`${name} is no zip file, and nothing else is downloaded`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
