// pywebml's service worker: the pages work offline, and go on working while the host gets
// a new build. `page build` fills in what this build is made of.
//
// It answers for the files on its list, and with those bytes alone: whatever lies in
// CacheStorage counts only with the sum on the list. Everything else goes to the network.
const APP = ""; // this build's own folder
const FILES = {}; // {path: sha256}: kept before this worker takes over
const LATER = {}; // {need: the same}: kept once a page has used them
// page build: kept.js

const LIST = Object.assign({}, FILES, ...Object.values(LATER));
const ROOT = registration.scope;
const kept = new Kept(ROOT);
const HASHED = /^[\w.]+-(?:[0-9a-f]{10}|\d+\.\d+\.\d+)\//; // never changes, so old and new live side by side
const OURS = "// pywebml's service worker"; // how this file begins
const MARK = '<meta name="generator" content="pywebml">'; // in each page
const PATIENCE = 2500; // milliseconds for the network to say whose address this is
const SHARE = `${ROOT}share`; // where browsers send what is shared with the installed pages
const LANDS = `${ROOT}classify.html#shared`; // the page that it comes to
const HELD = 60_000; // milliseconds that it waits for that page
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);

addEventListener("install", (event) => event.waitUntil(alone(install)));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(skipWaiting());
  if (event.data === APP) event.waitUntil(alone(tidy));
  if (event.data === "shared") event.ports[0]?.postMessage(handOver());
});
addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "POST" && url === SHARE) {
    event.respondWith(receive(event));
    return;
  }
  const name = nameOf(event.request);
  if (name !== null) event.respondWith(answer(event, name));
});

/** One worker at a time: else an older one forgets what the next is just putting there. */
function alone(work) {
  return navigator.locks.request(kept.name, work);
}

/**
 * All files of the build that this browser wants, or none of it: if one is missing or is
 * another build's, as on a host that is not done yet, the worker before this one stays.
 * What has not changed is there already.
 */
async function install() {
  const older = await lists();
  const used = await Promise.all(Object.keys(LATER).map((need) => wasUsed(need, older)));
  const wanted = Object.assign({}, FILES, ...Object.values(LATER).filter((_, i) => used[i]));
  await Promise.all(
    Object.entries(wanted).map(async ([name, sum]) => {
      if (await kept.get(sum)) return;
      // nor is it left in the browser's own cache, which would give it to whoever comes
      // to this address next
      const response = await fetch(ROOT + name, { cache: "no-store" });
      const bytes = await response.arrayBuffer();
      if (!response.ok || (await sumOf(bytes)) !== sum)
        throw new Error(`${name} is not the one of this build (${response.status})`);
      await kept.put(sum, bytes, response.headers);
    }),
  );
  await kept.put(`list-${APP}`, JSON.stringify({ LIST, LATER }), new Headers());
  await skipWaiting();
}

/** Whether a page has used an older build's files for this: so it works offline, and goes on. */
async function wasUsed(need, older) {
  const sums = older.flatMap(({ LATER }) => Object.values(LATER[need] ?? {}));
  const there = await Promise.all(sums.map((sum) => kept.has(sum)));
  return there.includes(true);
}

/**
 * A page of this build has started, so nobody needs the files of older ones: unless they
 * are open in another tab, or the next build is just coming.
 */
async function tidy() {
  if (self.serviceWorker?.state === "redundant") return; // the next build came first
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const ours = pages.filter(({ url }) => url.startsWith(ROOT));
  if (ours.length > 1 || registration.installing || registration.waiting) return;
  await kept.only([...Object.values(LIST), `list-${APP}`]);
  const old = (await caches.keys()).filter((name) => /^pywebml-[0-9a-f]{10}$/.test(name));
  await Promise.all(old.map((name) => caches.delete(name))); // of version 1
}

/** The path of a file that this worker answers for, or null. */
function nameOf({ method, url, mode }) {
  if (method !== "GET" || !url.startsWith(ROOT)) return null;
  const path = new URL(url).pathname.slice(new URL(ROOT).pathname.length);
  const name = [path || "index.html", `${path}.html`].find((name) => Object.hasOwn(LIST, name));
  if (name) return name;
  return HASHED.test(path) && mode !== "navigate" ? path : null; // an older build's, perhaps
}

async function answer(event, name) {
  const { request } = event;
  if (!HASHED.test(name) && (await another(event))) return anew(request);
  const sum = LIST[name] ?? (await olderSum(name));
  const file = sum && (await kept.get(sum).catch(() => undefined));
  if (file) return file;
  if (!sum) return fetch(request);
  const response = await fetch(request, { cache: "reload" });
  event.waitUntil(keep(sum, response.clone()).catch(() => {})); // there may be no room
  return response;
}

/** From the network, past what the browser's own cache has of us. */
function anew(request) {
  const { url, mode } = request;
  // a navigation cannot be asked for as such once more
  const again = mode === "navigate" ? new Request(url, { redirect: "manual" }) : request;
  return fetch(again, { cache: "reload" });
}

/** Keeps an answer, if it is the right one. */
async function keep(sum, response) {
  const bytes = await response.arrayBuffer();
  if (response.ok && (await sumOf(bytes)) === sum) await kept.put(sum, bytes, response.headers);
}

/** A page that was open before this worker took over goes on with its own files. */
async function olderSum(name) {
  const older = await lists();
  return older.find(({ LIST }) => Object.hasOwn(LIST, name))?.LIST[name];
}

/** What the builds consist of that this browser keeps. */
async function lists() {
  const cache = await caches.open(kept.name);
  const requests = (await cache.keys()).filter(({ url }) => url.startsWith(`${ROOT}kept/list-`));
  return Promise.all(requests.map(async (request) => (await cache.match(request)).json()));
}

/**
 * Whether another program answers at this address by now, as on a port of one's own
 * machine: then nothing is answered here. Elsewhere than there an address hardly changes
 * hands, and nobody waits for that.
 */
async function another(event) {
  const asked = whose();
  event.waitUntil(asked);
  const patience = new Promise((done) => setTimeout(done, LOCAL ? PATIENCE : 0, false));
  return Promise.race([asked, patience]);
}

let asking = null;

/** Asks the network once for all that is wanted at about the same time. */
function whose() {
  if (!asking) {
    asking = isAnother().catch(() => false); // no connection: the pages work offline
    asking.then(() => setTimeout(() => (asking = null), 1000));
  }
  return asking;
}

async function isAnother() {
  const script = await fetch(`${ROOT}sw.js`, { cache: "no-store" });
  if (script.status >= 500 || (await script.text()).startsWith(OURS)) return false;
  // a host that is getting a new build may be without it for a moment
  const page = await fetch(ROOT, { cache: "no-store" });
  if (page.status >= 500 || (await page.text()).includes(MARK)) return false;
  if (page.ok) await registration.unregister();
  return true;
}

let shared = []; // files on their way to a page
let taken = () => {};

/**
 * Files that another app shares: from here to the page they go from memory to memory, and
 * nobody else gets them. The browser may end this worker once it has nothing to do.
 */
async function receive(event) {
  const waits = new Promise((done) => (taken = done));
  const late = new Promise((done) => setTimeout(done, HELD));
  event.waitUntil(Promise.race([waits, late]).then(handOver));
  const form = await event.request.formData().catch(() => new FormData());
  shared = form.getAll("shared").filter((part) => part instanceof File);
  return Response.redirect(LANDS, 303);
}

function handOver() {
  const files = shared;
  shared = [];
  taken();
  return files;
}
