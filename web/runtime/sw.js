// Makes the page work offline: every file of the build is kept at install, and answered
// from there. `page build` fills in the names.
const BUILD = "";
const FILES = [];
const NAME = `pywebml-${BUILD}`;

addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      await Promise.all(FILES.map(async (file) => (await cache.match(file)) || cache.add(file)));
      await skipWaiting();
    })(),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter(
        (name) => name.startsWith("pywebml-") && name !== NAME,
      );
      await Promise.all(old.map((name) => caches.delete(name)));
      await clients.claim();
    })(),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(NAME);
      const answer = await cache.match(request, { ignoreSearch: true });
      if (answer) return answer;
      // what is not in the list, such as numpy, is kept once it was wanted
      const response = await fetch(request);
      if (response.ok) await cache.put(request, response.clone());
      return response;
    })(),
  );
});
