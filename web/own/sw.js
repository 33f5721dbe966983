// Keeps this page for visits without a connection: all its files or none, each with the
// sum that it had when the page was made. Another version has another list, so the
// browser takes it as a new worker, which fetches what it lists.
const FILES = {}; // {path: sha256}, filled in when the page is made
const VERSION = ""; // a sum of that list

const ROOT = self.registration.scope;
const OURS = `own-page ${ROOT} `;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !url.startsWith(ROOT)) return;
  const path = new URL(url).pathname.slice(new URL(ROOT).pathname.length) || "index.html";
  if (Object.hasOwn(FILES, path)) event.respondWith(answer(event.request, path));
});

async function install() {
  const cache = await caches.open(OURS + VERSION);
  await Promise.all(
    Object.entries(FILES).map(async ([path, sum]) => {
      const response = await fetch(ROOT + path, { cache: "no-cache" });
      const bytes = await response.clone().arrayBuffer();
      if (!response.ok || (await sumOf(bytes)) !== sum)
        throw new Error(`${path} is not the one of this version (${response.status})`);
      await cache.put(ROOT + path, response);
    }),
  );
  await self.skipWaiting();
}

/** Forgets other versions of this page, and nothing else of this address. */
async function tidy() {
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS));
  await Promise.all(names.filter((name) => name !== OURS + VERSION).map((n) => caches.delete(n)));
  await self.clients.claim();
}

async function answer(request, path) {
  const cache = await caches.open(OURS + VERSION);
  return (await cache.match(ROOT + path)) ?? fetch(request);
}

async function sumOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
