// Which program is shown: an example, as it is, or one of the visitor's own. Whoever
// changes an example has made a program of their own from it; none is ever written over
// by another. No DOM.

const PREFIX = "pywebml-programs/"; // and then when it was begun
const CHOSEN = "pywebml-programs-chosen";
const BEFORE = "pywebml-program"; // the one program that earlier versions kept

/** @typedef {{ id: string, name: string }} Entry `id`: "" for the newest own program */

export class Programs {
  #own = new Map(); // of the visitor: text by key, the oldest first
  #stored = new Map(); // what storage had under each key when this tab looked
  #chosen; // an example, or the key of an own program

  /**
   * @param {{ name: string, source: string }[]} examples
   * @param {Storage | null} storage null: nothing is kept
   */
  constructor(examples, storage) {
    Object.assign(this, { examples, storage });
    this.#read();
  }

  /** The choices: own programs with the newest first, then the examples. */
  get entries() {
    const keys = [...this.#own.keys()];
    const name = (i) => (keys.length > 1 ? `My program ${i + 1}` : "My program");
    const own = keys.map((key, i) => ({ id: this.#idOf(key), name: name(i) })).reverse();
    if (!own.length) own.push({ id: "", name: "My program" });
    return {
      own,
      examples: this.examples.map((example, i) => ({ id: String(i), name: example.name })),
    };
  }

  /** The chosen entry's id. */
  get id() {
    const i = this.examples.indexOf(this.#chosen);
    return i < 0 ? this.#idOf(this.#chosen) : String(i);
  }

  /** The chosen one's name, which stays the same. */
  get key() {
    return this.#chosen.name ?? this.#chosen;
  }

  get text() {
    return this.#chosen.source ?? this.#own.get(this.#chosen) ?? "";
  }

  /** Shows another entry; own programs that are empty are gone then. */
  choose(id) {
    for (const [key, text] of this.#own) if (!text.trim()) this.#remove(key);
    const keys = [...this.#own.keys()];
    const own = keys.find((key) => this.#idOf(key) === id) ?? this.#newKey();
    this.#chosen = this.examples[id === "" ? -1 : Number(id)] ?? own;
    if (this.#chosen === own && !this.#own.has(own)) this.#own.set(own, "");
    this.#try(() => this.storage?.setItem(CHOSEN, this.key));
  }

  /**
   * Takes what is written now. Returns {moved, kept}: whether it belongs to another
   * entry than before, and whether it is in storage.
   */
  write(text) {
    if (text === this.text) return { moved: false, kept: true };
    const before = this.#chosen;
    const same = this.examples.find(({ source }) => source === text);
    if (same) {
      // all was taken back
      if (!before.source) this.#remove(before);
      this.#chosen = same;
    } else if (before.source || this.#changedElsewhere(before)) this.#chosen = this.#newKey();
    if (!same) this.#own.set(this.#chosen, text);
    const kept = this.#try(() => {
      if (!same) this.storage?.setItem(PREFIX + this.#chosen, text);
      this.storage?.setItem(CHOSEN, this.key);
    });
    if (!same && kept) this.#stored.set(this.#chosen, text);
    return { moved: this.#chosen !== before, kept };
  }

  #read() {
    const chosen = this.#item(CHOSEN);
    const before = this.#item(BEFORE);
    const length = this.storage?.length ?? 0;
    const keys = Array.from({ length }, (_, i) => this.storage.key(i))
      .filter((key) => key?.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length));
    for (const key of keys.sort((a, b) => Number(a) - Number(b))) {
      const text = this.#item(PREFIX + key);
      this.#stored.set(key, text);
      if (text?.trim()) this.#own.set(key, text);
    }
    this.#chosen =
      this.examples.find(({ name }) => name === chosen) ??
      [...this.#own.keys()].find((key) => key === chosen) ??
      this.examples[0];
    const theirs = !this.examples.some(({ source }) => source === before);
    const kept = !(before?.trim() && theirs) || this.write(before).kept;
    if (before !== null && kept) this.#try(() => this.storage.removeItem(BEFORE));
  }

  /** Another tab has written this program since; both are kept. */
  #changedElsewhere(key) {
    const now = this.#item(PREFIX + key);
    return now !== null && now !== (this.#stored.get(key) ?? null);
  }

  #remove(key) {
    this.#own.delete(key);
    if (!this.#changedElsewhere(key)) this.#try(() => this.storage?.removeItem(PREFIX + key));
  }

  #newKey() {
    let key = Date.now();
    while (this.#own.has(String(key)) || this.#item(PREFIX + key) !== null) key += 1;
    return String(key);
  }

  #idOf(key) {
    const keys = [...this.#own.keys()];
    return key === keys.at(-1) ? "" : `own-${key}`;
  }

  #item(name) {
    try {
      return this.storage?.getItem(name) ?? null;
    } catch {
      return null;
    }
  }

  /** Whether it could be done: storage may be full, or not there. */
  #try(change) {
    try {
      change();
      return this.storage !== null;
    } catch {
      return false;
    }
  }
}
