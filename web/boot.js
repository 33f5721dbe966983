// Opens the worker for a page: one promise a call. What may be called: docs/page.md.

const asked = new URL(location).searchParams.get("device"); // by the page's address: ?device=cpu

// `device`: "auto", "gpu" or "cpu"; what the page's address asks for where nothing is
// said.
export function boot({ onEvent = () => {}, device = asked ?? "auto" } = {}) {
  // the name is what it is told
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    type: "module",
    name: device,
  });
  const waiting = new Map();
  let last = 0;

  worker.onmessage = ({ data }) => {
    if (data.event) {
      if (data.event === "ready") registerServiceWorker();
      onEvent(data);
      return;
    }
    const call = waiting.get(data.id);
    if (!call) return;
    if ("progress" in data) {
      call.onProgress?.(data.progress);
      return;
    }
    waiting.delete(data.id);
    if (data.error) call.reject(Object.assign(new Error(data.error.message), data.error));
    else call.resolve(data.result);
  };
  worker.onerror = (event) => {
    onEvent({
      event: "failed",
      message: event.message || "The worker could not be started; reload the page.",
    });
  };

  function call(method, args = {}, transfer = [], onProgress = null) {
    return new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject, onProgress });
      worker.postMessage({ id, method, args }, transfer);
    });
  }

  window.pywebml = {
    call,
    // The value of the last expression of Python source, as JSON; what it prints goes
    // to the console.
    async run(source) {
      const { value } = await call(
        "run",
        { source },
        [],
        ({ text }) => text?.trim() && console.log(text),
      );
      return value;
    },
  };
  return { call, terminate: () => worker.terminate() };
}

// Who asks for a device in the address of one page gets it on the others, too.
for (const link of document.querySelectorAll("a[href$='.html']")) {
  if (asked && link.origin === location.origin)
    link.search = new URLSearchParams({ device: asked });
}

// True for the first tab, for as long as it is open; others should not write to
// IndexedDB.
export function onlyTab() {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks.request("pywebml", { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

// After start, so that it does not compete with it for the network.
function registerServiceWorker() {
  navigator.serviceWorker
    ?.register(new URL("sw.js", document.baseURI))
    .catch((error) => console.info("works online only:", error.message));
}
