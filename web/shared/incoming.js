// Files that come from outside the pages: shared with the installed app by another one
// (web/runtime/sw.js holds them), or opened with it.

import { say } from "./dialogs.js";

const PATIENCE = 3000; // milliseconds for the service worker to answer
const NOTHING_CAME =
  "What was shared did not come here. Choose the picture on this page; the next one that you share will come.";

/**
 * `take` gets the files, at once or when there are some.
 *
 * @param {(files: File[]) => void} take
 */
export function acceptIncoming(take) {
  /** @type {any} of browsers that install pages */
  const { launchQueue } = globalThis;
  launchQueue?.setConsumer(async (/** @type {{ files?: any[] }} */ { files = [] }) => {
    if (files.length) take(await Promise.all(files.map((file) => file.getFile())));
  });
  if (location.hash === "#shared") takeShared(take);
}

/** @param {(files: File[]) => void} take */
async function takeShared(take) {
  // a reload, or a bookmark, asks for nothing that is gone
  history.replaceState(history.state, "", location.pathname + location.search);
  const files = await askFor("shared");
  if (files.length) take(files);
  else say(NOTHING_CAME, "bad");
}

/**
 * @param {string} what
 * @returns {Promise<File[]>}
 */
function askFor(what) {
  const { port1, port2 } = new MessageChannel();
  const late = new Promise((done) => setTimeout(done, PATIENCE, []));
  const answer = new Promise((done) => (port1.onmessage = ({ data }) => done(data)));
  navigator.serviceWorker?.controller?.postMessage(what, [port2]);
  return Promise.race([answer, navigator.serviceWorker?.controller ? late : []]);
}
