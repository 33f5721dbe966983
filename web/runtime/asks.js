// How the worker asks the page for what the page alone can do (errands.js). It binds what
// it needs before confine.js takes it away.

/** @type {(message: object, transfer: Transferable[]) => void} */
const post = /** @type {any} */ (self.postMessage.bind(self));

/**
 * A message to the page.
 *
 * @param {object} message
 * @param {Transferable[]} transfer
 */
export const tell = (message, transfer = []) => post(message, transfer);

/**
 * @param {any[]} errand
 * @param {(answer: { part?: Uint8Array<ArrayBuffer>, result?: any, error?: string }) => void} onAnswer
 * @param {Transferable[]} transfer
 */
function send(errand, onAnswer, transfer = []) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    if (!data.part) port1.close();
    onAnswer(data);
  };
  post({ errand, port: port2 }, [port2, ...transfer]);
}

/**
 * The page's answer.
 *
 * @param {string} method of errands.js
 * @param {any[]} args
 * @returns {Promise<any>}
 */
export const ask = (method, ...args) => askWith([], method, ...args);

/**
 * The same with something that the page is to have alone.
 *
 * @param {Transferable[]} transfer
 * @param {any[]} errand
 * @returns {Promise<any>}
 */
export function askWith(transfer, ...errand) {
  return new Promise((resolve, reject) => {
    /** @param {{ result?: any, error?: string }} answer */
    const onAnswer = ({ result, error }) =>
      error === undefined ? resolve(result ?? undefined) : reject(new Error(error));
    send(errand, onAnswer, transfer);
  });
}

/**
 * A file of the build as it comes.
 *
 * @param {string} name
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
export function stream(name) {
  return new ReadableStream({
    start: (controller) =>
      send(["file", name], ({ part, error }) => {
        if (part) controller.enqueue(part);
        else if (error === undefined) controller.close();
        else controller.error(new Error(error));
      }),
  });
}

/**
 * A file of the build, whole.
 *
 * @param {string} name
 */
export async function bytes(name) {
  const parts = [];
  // a Response made of the stream would say "Failed to fetch" in place of why
  const reader = stream(name).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
