// Saved models in IndexedDB, for pywebml/host/stores/browser.py. The database and its keys
// are those of TensorFlow.js, so that each reads what the other has saved. No other
// database is within a worker's reach.

const DATABASE = "tensorflowjs",
  MODELS = "models_store",
  INFOS = "model_info_store";

const PATIENCE = 10_000; // milliseconds for the browser to open it
const SILENT =
  "the browser does not answer about its saved models; close other tabs of this address, and reload the page";

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    let late = false;
    setTimeout(() => {
      late = true;
      reject(new Error(SILENT));
    }, PATIENCE);
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      for (const name of [MODELS, INFOS])
        request.result.createObjectStore(name, { keyPath: "modelPath" });
    };
    request.onsuccess = () => {
      if (late) request.result.close(); // nobody waits for it, and others may
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

/**
 * `work` gets both object stores; the answer is the result of the request that it gives.
 *
 * @param {IDBTransactionMode} mode
 * @param {(models: IDBObjectStore, infos: IDBObjectStore) => IDBRequest} work
 * @returns {Promise<any>}
 */
async function transaction(mode, work) {
  /** @type {IDBDatabase | undefined} */
  let database;
  try {
    const opening = (database = await opened());
    return await new Promise((resolve, reject) => {
      const transaction = opening.transaction([MODELS, INFOS], mode);
      const request = work(transaction.objectStore(MODELS), transaction.objectStore(INFOS));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("the browser gave up"));
    });
  } finally {
    database?.close();
  }
}

// An entry is a model's artifacts as JSON text ("" where the files are no model), its
// weights, and all other files as one array of bytes with a list of what lies where.
export const database = {
  /** @param {string} name */
  async read(name) {
    const record = await transaction("readonly", (models) => models.get(name));
    if (!record) return null;
    const { weightData, ...artifacts } = record.modelArtifacts ?? {};
    return {
      artifacts: record.modelArtifacts ? JSON.stringify(artifacts) : "",
      weights: joined(weightData),
      contents: record.pywebml?.contents ?? "",
      data: record.pywebml?.data ?? new Uint8Array(),
    };
  },

  /**
   * @param {string} name
   * @param {string} artifacts
   * @param {Uint8Array} weights
   * @param {string} contents
   * @param {Uint8Array} data
   * @param {string} info
   */
  async write(name, artifacts, weights, contents, data, info) {
    const ours = { contents, data: data.slice(), saved: new Date() };
    /** @type {Record<string, any>} */
    const record = { modelPath: name, pywebml: ours };
    if (artifacts)
      Object.assign(record, {
        modelArtifacts: { ...JSON.parse(artifacts), weightData: weights.slice().buffer },
        modelArtifactsInfo: { ...JSON.parse(info), dateSaved: new Date() },
      });
    const { modelArtifactsInfo } = record;
    await transaction("readwrite", (models, infos) => {
      if (artifacts) infos.put({ modelPath: name, modelArtifactsInfo });
      else infos.delete(name);
      return models.put(record);
    });
  },

  /** All entries as JSON: [[name, paths, bytes, when], ...]. One is in memory at a time. */
  async entries() {
    /** @type {ReturnType<typeof told>[]} */
    const listed = [];
    await transaction("readonly", (models) => {
      const walk = models.openCursor();
      walk.onsuccess = () => {
        if (!walk.result) return;
        listed.push(told(walk.result.value));
        walk.result.continue();
      };
      return walk;
    });
    return JSON.stringify(listed);
  },

  /** @param {string} name */
  async remove(name) {
    await transaction("readwrite", (models, infos) => {
      infos.delete(name);
      return models.delete(name);
    });
  },
};

/**
 * @param {Record<string, any>} record
 * @returns {[name: string, paths: string[], bytes: number, when: string]}
 */
function told({ modelPath, modelArtifacts, modelArtifactsInfo, pywebml }) {
  const { weightData, ...artifacts } = modelArtifacts ?? {};
  /** @type {[string][]} */
  const files = JSON.parse(pywebml?.contents || "[]");
  const bytes = joined(weightData).length + (pywebml?.data.length ?? 0);
  const saved = modelArtifactsInfo?.dateSaved ?? pywebml?.saved;
  return [
    modelPath,
    files.map(([path]) => path),
    bytes + JSON.stringify(artifacts).length,
    saved?.toISOString?.() ?? "",
  ];
}

/** @param {any} buffers one or several, or none */
function joined(buffers) {
  const parts = [buffers ?? []].flat().map((part) => new Uint8Array(part.buffer ?? part));
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
