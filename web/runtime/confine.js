// What visitors run in this worker, in Python and through it in JavaScript, gets neither
// the network nor anything that outlives the tab: no caches, databases, files, service
// workers, further workers, other tabs, nor new JavaScript.
//
// All that a browser offers to a worker goes, but for what is named here; so what browsers
// will have one day is gone as well. What the runtime needs beyond that the page does for
// it, errand by errand (errands.js): nothing in this worker could be got hold of.

const LANGUAGE = `
  AggregateError Array ArrayBuffer AsyncDisposableStack AsyncIterator Atomics BigInt
  BigInt64Array BigUint64Array Boolean DataView Date DisposableStack Error EvalError
  FinalizationRegistry Float16Array Float32Array Float64Array Infinity Int16Array Int32Array
  Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError
  ReferenceError Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol
  SyntaxError Temporal TypeError URIError Uint16Array Uint32Array Uint8Array
  Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly console decodeURI decodeURIComponent
  encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt
  undefined unescape`;
const BROWSER = `
  AbortController AbortSignal Blob ByteLengthQueuingStrategy CanvasGradient CanvasPattern
  CompressionStream CountQueuingStrategy Crypto CustomEvent DOMException DOMMatrix DOMPoint
  DOMRect DecompressionStream DedicatedWorkerGlobalScope ErrorEvent Event EventTarget
  FormData Headers ImageBitmap ImageData MessageChannel MessageEvent MessagePort
  OffscreenCanvas OffscreenCanvasRenderingContext2D Path2D Performance PromiseRejectionEvent
  ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
  ReadableStreamDefaultController ReadableStreamDefaultReader Response TextDecoder
  TextDecoderStream TextEncoder TextEncoderStream TextMetrics TransformStream
  TransformStreamDefaultController URL URLSearchParams VideoColorSpace VideoFrame
  WorkerGlobalScope WorkerLocation WorkerNavigator WritableStream
  WritableStreamDefaultController WritableStreamDefaultWriter atob btoa clearInterval
  clearTimeout close constructor createImageBitmap crossOriginIsolated crypto
  isSecureContext location name navigator origin performance queueMicrotask reportError
  self setInterval setTimeout structuredClone`;
const NAVIGATOR = `
  appVersion constructor deviceMemory gpu hardwareConcurrency language languages onLine
  platform userAgent`;
const WEBGPU = /^GPU/;

/** @param {string} text */
const words = (text) => text.trim().split(/\s+/);

/**
 * Takes all properties of an object but the named ones, up to a prototype that stays.
 *
 * @param {any} object
 * @param {string[]} names
 * @param {object} end
 */
function strip(object, names, end) {
  const stay = new Set(names);
  for (let owner = object; owner && owner !== end; owner = Object.getPrototypeOf(owner))
    for (const key of Reflect.ownKeys(owner))
      if (typeof key === "string" && !stay.has(key) && !WEBGPU.test(key))
        Reflect.deleteProperty(owner, key); // only numbers, as TEMPORARY, do not go
}

/** @param {string} what */
function refused(what) {
  function refuse() {
    throw new TypeError(`what runs in this page has no ${what}`);
  }
  return refuse;
}

/** No text becomes JavaScript: from there `import()` would lead to the network. */
function takeEvaluation() {
  const none = refused("new JavaScript");
  none.prototype = Function.prototype; // for instanceof
  const functions = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const one of functions)
    Object.defineProperty(Object.getPrototypeOf(one), "constructor", { value: none });
  /** @param {Function} timer */
  function withoutText(timer) {
    const start = timer.bind(self); // nothing that is set on prototypes sees the timer itself
    return (/** @type {any} */ job, /** @type {any[]} */ ...args) =>
      typeof job === "function" ? start(job, ...args) : none();
  }
  return {
    Function: none,
    eval: none,
    setTimeout: withoutText(self.setTimeout),
    setInterval: withoutText(self.setInterval),
    importScripts: none, // Pyodide sees by it that this is a worker
  };
}

/** Confines all that runs from here on. */
export function confine() {
  const rest = takeEvaluation();
  strip(self, words(LANGUAGE + BROWSER), EventTarget.prototype);
  strip(navigator, words(NAVIGATOR), Object.prototype);
  for (const name of ["createObjectURL", "revokeObjectURL"])
    delete (/** @type {any} */ (URL)[name]);
  Object.assign(self, rest);
  answerFetch(null);
}

/**
 * Who fetches is answered by `answer`, or not at all: Pyodide fetches its own files.
 *
 * @param {((address: string) => Promise<Response>) | null} answer
 */
export function answerFetch(answer) {
  const none = async () => refused("network")();
  self.fetch = /** @type {any} */ (answer ?? none);
}
