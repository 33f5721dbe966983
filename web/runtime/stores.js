// The browser's stores for pywebml/host/stores/browser.py: IndexedDB, and what only the
// page has, localStorage and downloads (shared/stores.js). Databases and keys are those
// of TensorFlow.js, so that each reads what the other has saved.

const DATABASE = "tensorflowjs",
  MODELS = "models_store",
  INFOS = "model_info_store";

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      for (const name of [MODELS, INFOS])
        request.result.createObjectStore(name, { keyPath: "modelPath" });
    };
    request.onsuccess = () => resolve(request.result);
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
  } catch (error) {
    // Pyodide knows Error; at a QuotaExceededError it would wait for ever
    const { name, message } = /** @type {Error} */ (error);
    throw new Error(`${name}: ${message}`);
  } finally {
    database?.close();
  }
}

// An entry is a model's artifacts as JSON text ("" where the files are no model), its
// weights, and all other files as one array of bytes with a list of what lies where.
const database = {
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
    /** @type {Record<string, any>} */
    const record = { modelPath: name, pywebml: { contents, data: data.slice() } };
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

  /** @param {string} name */
  async remove(name) {
    await transaction("readwrite", (models, infos) => {
      infos.delete(name);
      return models.delete(name);
    });
  },
};

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

/**
 * The page's answer, see shared/stores.js.
 *
 * @param {any[]} ask
 * @returns {Promise<any>}
 */
function ask(...ask) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port1.close();
      if (data.error) reject(new Error(data.error));
      else resolve(data.result);
    };
    self.postMessage({ event: "page", ask, port: port2 }, { transfer: [port2] });
  });
}

export const stores = {
  database,
  texts: {
    /** @param {string} keys a list as JSON */
    read: (keys) => ask("read", keys),
    /** @param {string} entries texts by key as JSON */
    write: (entries) => ask("write", entries),
  },
  /**
   * @param {string} name
   * @param {Uint8Array} bytes
   */
  download: (name, bytes) => ask("download", name, bytes),
};
