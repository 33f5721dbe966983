// The service worker in a browser that is made up: what it fetches, keeps and answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sumOf } from "../../web/runtime/kept.js";

const ROOT = "https://host/";
const runtime = new URL("../../web/runtime/", import.meta.url);
const read = (name) => readFileSync(new URL(name, runtime), "utf-8");

/** A browser's CacheStorage, and a host: {path: text}. */
class World {
  store = new Map();
  host = {};
  asked = [];

  caches = {
    open: async () => ({
      match: async (key) => this.store.get(key.url ?? key)?.clone(),
      put: async (key, response) => void this.store.set(key, response),
      delete: async (key) => this.store.delete(key.url ?? key),
      keys: async () => [...this.store.keys()].map((url) => ({ url })),
    }),
    keys: async () => [],
  };

  fetch = async (request) => {
    const path = (request.url ?? request).replace(ROOT, "");
    this.asked.push(path);
    const text = this.host[path];
    return new Response(text ?? "no file", { status: text === undefined ? 404 : 200 });
  };

  /** The service worker of the build that is on the host. */
  async worker(app, now, later) {
    const sums = async (paths) =>
      Object.fromEntries(
        await Promise.all(
          paths.map(async (path) => [path, await sumOf(new TextEncoder().encode(this.host[path]))]),
        ),
      );
    const groups = await Promise.all(
      Object.entries(later).map(async ([need, paths]) => [need, await sums(paths)]),
    );
    const script = read("sw.js")
      .replace('APP = ""', `APP = "${app}"`)
      .replace("FILES = {}", `FILES = ${JSON.stringify(await sums(now))}`)
      .replace("LATER = {}", `LATER = ${JSON.stringify(Object.fromEntries(groups))}`)
      .replace("// page build: kept.js", read("kept.js").replaceAll("export ", ""));
    const heard = {};
    const globals = {
      registration: { scope: ROOT },
      location: { hostname: "host" },
      navigator: { locks: { request: (_, work) => work() } },
      clients: { claim: async () => {}, matchAll: async () => [] },
      addEventListener: (name, listener) => (heard[name] = listener),
      skipWaiting: async () => {},
      caches: this.caches,
      fetch: this.fetch,
    };
    new Function(...Object.keys(globals), script)(...Object.values(globals));
    return heard;
  }
}

/** What an event's listener promises. */
async function done(listener, event) {
  const waiting = [];
  let answer;
  listener({
    ...event,
    waitUntil: (promise) => waiting.push(promise),
    respondWith: (promise) => (answer = promise),
  });
  const response = await answer;
  await Promise.all(waiting);
  return response;
}

const get = (path) => ({ request: { method: "GET", url: ROOT + path, mode: "cors" } });
const NOW = ["app-0123456789/a.js"];
const LATER = { extractor: ["net-0123456789/w.bin"], digits: ["digits-0123456789/d.bin"] };

test("what only some pages need is kept once it was used, and comes with the next build", async () => {
  const world = new World();
  world.host = {
    "app-0123456789/a.js": "a",
    "net-0123456789/w.bin": "weights",
    "digits-0123456789/d.bin": "digits",
  };
  const first = await world.worker("app-0123456789", NOW, LATER);
  await done(first.install, {});
  assert.deepEqual(world.asked, NOW);
  const used = await done(first.fetch, get(LATER.extractor[0]));
  assert.equal(await used.text(), "weights");
  world.host = {
    "app-1111111111/a.js": "a",
    "app-1111111111/b.js": "b",
    "net-1111111111/w.bin": "other weights",
    "digits-1111111111/d.bin": "other digits",
  };
  world.asked = [];
  const next = await world.worker("app-1111111111", Object.keys(world.host).slice(0, 2), {
    extractor: ["net-1111111111/w.bin"],
    digits: ["digits-1111111111/d.bin"],
  });
  await done(next.install, {});
  assert.deepEqual(world.asked.sort(), ["app-1111111111/b.js", "net-1111111111/w.bin"]);
  world.host = {}; // no connection; an older page goes on, too
  for (const [path, text] of [
    ["net-1111111111/w.bin", "other weights"],
    ["net-0123456789/w.bin", "weights"],
    ["app-1111111111/b.js", "b"],
  ]) {
    assert.equal(await (await done(next.fetch, get(path))).text(), text);
  }
});

test("a build of which a wanted file is missing is not taken", async () => {
  const world = new World();
  world.host = { "app-0123456789/a.js": "a", "net-0123456789/w.bin": "w" };
  const later = { extractor: LATER.extractor };
  const worker = await world.worker("app-0123456789", NOW, later);
  await done(worker.install, {});
  await done(worker.fetch, get(LATER.extractor[0]));
  world.host["net-0123456789/w.bin"] = "w2";
  const next = await world.worker("app-2222222222", NOW, later);
  world.host["net-0123456789/w.bin"] = "half";
  await assert.rejects(done(next.install, {}), /w\.bin is not the one of this build/);
  assert(!world.store.has(`${ROOT}kept/list-app-2222222222`));
});
