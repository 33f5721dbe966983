// Keeps a lesson in a store: compares the lesson with what the store holds, and writes
// what differs, one transaction after the other. So additions, removals, a fresh start
// and an import are one thing.
//
// Events: "trouble" (detail: a sentence), "kept" (all is written that there is).

import { t } from "../../shared/language.js";
import { CLOSED, FULL } from "./store.js";

export class Keeper extends EventTarget {
  #store = null;
  #holds = null; // {project: JSON, head, samples: Map of id to sample}
  #dirty = false;
  #writing = null;
  #told = ""; // the trouble that was said last

  /** `snapshot()` is the lesson as it is to be kept: {project, samples: Map, head}. */
  constructor(snapshot) {
    super();
    this.snapshot = snapshot;
  }

  /**
   * Writes to a store from now on. `holds` is what is in it already: {project, samples,
   * head} as `load` has it, or null; and which of it `lesson` took over as it was.
   */
  keepIn(store, holds, lesson) {
    this.#store = store;
    this.#holds = {
      project: JSON.stringify(holds?.project),
      head: holds?.head ? (lesson.head ?? holds.head) : null,
      samples: new Map(holds?.samples.map((s) => [s.id, taken(lesson.samples.get(s.id), s)])),
    };
    this.#told = "";
    this.touch();
  }

  /** Writes no more. */
  release() {
    this.#store = null;
  }

  get keeps() {
    return this.#store !== null;
  }

  /** The lesson may have changed. */
  touch() {
    this.#dirty = true;
    this.#writing ??= this.#write().finally(() => (this.#writing = null));
  }

  /** Resolves when what there is has been written, or could not be. */
  async settled() {
    while (this.#writing) await this.#writing;
  }

  async #write() {
    await null; // changes of one moment are written together
    while (this.#dirty && this.#store) {
      this.#dirty = false;
      const store = this.#store;
      try {
        await this.#bring(store);
        if (store === this.#store) this.#told = "";
      } catch (error) {
        if (store === this.#store) this.#tell(sentence(error));
      }
    }
    if (!this.#told && this.#store) this.dispatchEvent(new Event("kept"));
  }

  async #bring(store) {
    const { project, samples, head } = this.snapshot();
    const text = JSON.stringify(project);
    const changes = {
      put: [...samples.values()].filter((s) => this.#holds.samples.get(s.id) !== s),
      remove: [...this.#holds.samples.keys()].filter((id) => !samples.has(id)),
      ...(text === this.#holds.project ? {} : { project: JSON.parse(text) }),
      ...(head === this.#holds.head ? {} : { head }),
    };
    try {
      await this.#make(store, changes, text);
    } catch (error) {
      if (!isFull(error) || changes.put.length < 2) throw error;
      // as many as there is room for
      await this.#make(store, { ...changes, put: [] }, text);
      for (const sample of changes.put) await this.#make(store, { put: [sample] }, text);
    }
  }

  async #make(store, changes, text) {
    if (store !== this.#store) return; // it has been taken away meanwhile
    const { put = [], remove = [] } = changes;
    const holds = this.#holds;
    if (!put.length && !remove.length && !("project" in changes) && !("head" in changes)) return;
    await store.write(changes);
    put.forEach((sample) => holds.samples.set(sample.id, sample));
    remove.forEach((id) => holds.samples.delete(id));
    if ("project" in changes) holds.project = text;
    if ("head" in changes) holds.head = changes.head;
  }

  /** Says trouble once, not at every change. */
  #tell(text) {
    if (text === this.#told) return;
    this.#told = text;
    this.dispatchEvent(new CustomEvent("trouble", { detail: text }));
  }
}

/** The lesson's own sample where the store's is the same, else null: it is written anew. */
const taken = (own, stored) =>
  own && ["at", "key", "features"].every((name) => own[name] === stored[name]) ? own : null;

const isFull = (error) => error?.name === "QuotaExceededError";

function sentence(error) {
  if (isFull(error)) return FULL;
  if (error?.name === "InvalidStateError") return CLOSED;
  return t`The browser did not keep the last change (${error?.message || error?.name || error}).`;
}
