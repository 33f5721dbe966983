// Keeps the lesson in IndexedDB. Every change is one transaction: it is written whole
// or not at all.
//
// project: one record {classes, made, settings, directions, extractor}; samples: {id,
// at, key, picture, features}; head: one record {bytes, keys, names, taught}. Pictures
// are kept as ArrayBuffers, which every browser can store.

const NAME = "pywebml-teach";

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Store {
  /**
   * Opens the database. `writes` false: for a second tab, which reads once and keeps
   * nothing.
   */
  static async open(writes = true) {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("project");
      request.result.createObjectStore("samples", { keyPath: "id" });
      request.result.createObjectStore("head");
    };
    return new Store(await done(request), writes);
  }

  constructor(database, writes) {
    this.database = database;
    this.writes = writes;
    this.last = 0;
    database.onversionchange = () => database.close();
  }

  /**
   * Everything that was kept: {project, samples in the order they were added, head}, or
   * null on a first visit.
   */
  async load() {
    const part = this.database.transaction(["project", "samples", "head"]);
    const [project, samples, head] = await Promise.all([
      done(part.objectStore("project").get("project")),
      done(part.objectStore("samples").getAll()),
      done(part.objectStore("head").get("head")),
    ]);
    if (!project) return null;
    samples.sort((a, b) => a.at - b.at);
    this.last = samples.at(-1)?.at ?? 0;
    return { project, head: head ?? null, samples: samples.map(unpack) };
  }

  saveProject(project) {
    return this.#write(["project"], (stores) => stores.project.put(project, "project"));
  }

  /** Adds or overwrites samples, and the project they belong to, together. */
  async saveSamples(samples, project) {
    const records = await Promise.all(samples.map((s) => this.#pack(s)));
    return this.#write(["samples", "project"], (stores) => {
      records.forEach((record) => stores.samples.put(record));
      stores.project.put(project, "project");
    });
  }

  removeSamples(ids, project) {
    return this.#write(["samples", "project"], (stores) => {
      ids.forEach((id) => stores.samples.delete(id));
      stores.project.put(project, "project");
    });
  }

  saveHead(head) {
    return this.#write(["head"], (stores) =>
      head ? stores.head.put(head, "head") : stores.head.delete("head"),
    );
  }

  /** Replaces all there is by another lesson. */
  async replace(project, samples, head) {
    const records = await Promise.all(samples.map((s) => this.#pack(s)));
    return this.#write(["project", "samples", "head"], (stores) => {
      Object.values(stores).forEach((store) => store.clear());
      stores.project.put(project, "project");
      records.forEach((record) => stores.samples.put(record));
      if (head) stores.head.put(head, "head");
    });
  }

  async #pack(sample) {
    sample.at ??= this.last += 1; // keeps the order in which pictures were added
    const { id, at, key, picture, features } = sample;
    return { id, at, key, features, picture: picture ? await picture.arrayBuffer() : null };
  }

  async #write(names, change) {
    if (!this.writes) return;
    const part = this.database.transaction(names, "readwrite");
    const written = new Promise((resolve, reject) => {
      part.oncomplete = () => resolve();
      part.onerror = part.onabort = () => reject(full(part.error));
    });
    try {
      change(Object.fromEntries(names.map((name) => [name, part.objectStore(name)])));
    } catch (error) {
      part.abort(); // what was put before the failure must not stay
      throw error;
    }
    await written;
  }
}

const unpack = ({ picture, ...sample }) => ({
  ...sample,
  picture: picture ? new Blob([picture], { type: "image/jpeg" }) : null,
});

function full(error) {
  if (error?.name !== "QuotaExceededError")
    return error ?? new Error("The browser did not keep the change.");
  return new Error(
    "The browser has no room left to keep pictures. Export the project, then remove some.",
  );
}
