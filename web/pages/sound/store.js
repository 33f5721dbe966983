// The lesson and what was trained in IndexedDB: every change is one transaction, written
// whole or not at all. lesson: one record [{key, name, ids}]; clips: {id, whole, pixels};
// trained: one record {model, outcome}.

const NAME = "pywebml-sound";
const PARTS = ["lesson", "clips", "trained"];

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Store {
  #known = new Set(); // ids of the clips that are there

  static async open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("lesson");
      request.result.createObjectStore("clips", { keyPath: "id" });
      request.result.createObjectStore("trained");
    };
    return new Store(await done(request));
  }

  constructor(database) {
    this.database = database;
    database.onversionchange = () => database.close();
  }

  /** {lesson, clips, trained}; what is in it has not been looked at. */
  async load() {
    const part = this.database.transaction(PARTS);
    const [lesson, clips, trained] = await Promise.all([
      done(part.objectStore("lesson").get("lesson")),
      done(part.objectStore("clips").getAll()),
      done(part.objectStore("trained").get("trained")),
    ]);
    this.#known = new Set(clips.map(({ id }) => id));
    return { lesson, clips, trained: trained ?? null };
  }

  /** Keeps the classes as they are now. */
  async keep(classes) {
    const clips = classes.flatMap((each) => each.clips);
    const ids = new Set(clips.map(({ id }) => id));
    await this.#write((part) => {
      const store = part.objectStore("clips");
      clips.filter(({ id }) => !this.#known.has(id)).forEach((clip) => store.put(clip));
      [...this.#known].filter((id) => !ids.has(id)).forEach((id) => store.delete(id));
      const lesson = classes.map((each) => ({
        key: each.key,
        name: each.name,
        ids: each.clips.map(({ id }) => id),
      }));
      part.objectStore("lesson").put(lesson, "lesson");
    });
    this.#known = ids;
  }

  /** Keeps what was trained; null for nothing. */
  keepTrained(trained) {
    return this.#write((part) => part.objectStore("trained").put(trained, "trained"));
  }

  #write(change) {
    const part = this.database.transaction(PARTS, "readwrite");
    const written = new Promise((resolve, reject) => {
      part.oncomplete = () => resolve();
      part.onerror = part.onabort = () => reject(part.error ?? new Error("it was interrupted"));
    });
    change(part);
    return written;
  }
}
