// Files in the browser's folder, in a browser that is made up: whole or not at all, on a
// full disk, with two tabs, and with one that is closed in the middle.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { entriesOf } from "../../web/shared/stores.js";

const error = (name) => Object.assign(new Error(name), { name });

class Folder {
  kind = "directory";
  inside = new Map();

  constructor(name, disk) {
    Object.assign(this, { name, disk });
  }

  #get(name, create, make) {
    if (!this.inside.has(name) && !create) throw error("NotFoundError");
    if (!this.inside.has(name)) this.inside.set(name, make());
    return this.inside.get(name);
  }

  async getDirectoryHandle(name, { create } = {}) {
    return this.#get(name, create, () => new Folder(name, this.disk));
  }

  async getFileHandle(name, { create } = {}) {
    return this.#get(name, create, () => new File(this.disk));
  }

  async removeEntry(name) {
    if (!this.inside.delete(name)) throw error("NotFoundError");
  }

  async *keys() {
    yield* [...this.inside.keys()];
  }

  async *entries() {
    yield* [...this.inside];
  }
}

class File {
  bytes = new Blob([]);

  constructor(disk) {
    this.disk = disk;
  }

  async getFile() {
    return this.bytes;
  }

  async createWritable() {
    const parts = [];
    return {
      write: async (data) => void parts.push(data),
      close: async () => {
        const blob = new Blob(parts);
        if (blob.size > this.disk.room) throw error("QuotaExceededError");
        this.disk.room -= blob.size;
        this.bytes = blob;
      },
    };
  }
}

class Locks {
  held = new Map(); // name: [mode, when it is free]

  async request(name, options, work) {
    const { mode = "exclusive", ifAvailable } = options;
    if (ifAvailable && this.held.has(name)) return work(null);
    while (mode === "exclusive" && this.held.has(name)) await this.held.get(name);
    const done = (async () => work({ name }))();
    const free = done.catch(() => {}).then(() => this.held.delete(name));
    if (mode === "exclusive") this.held.set(name, free);
    await free;
    return done;
  }
}

const bytes = (text) => new TextEncoder().encode(text);
const text = (buffer) => new TextDecoder().decode(buffer);
let disk, root, tabs;

/** The module as another tab has it. */
const tab = async () => (await import(`../../web/runtime/opfs.js?tab=${(tabs += 1)}`)).opfs;

async function write(opfs, entry, files) {
  await opfs.begin(entry);
  for (const [path, content] of Object.entries(files)) await opfs.add(entry, path, bytes(content));
  await opfs.finish(entry);
}

async function contents(opfs, entry) {
  const files = {};
  for (const path of (await opfs.list(entry)) ?? [])
    files[path] = text(await opfs.read(entry, path, 1e6));
  return files;
}

beforeEach(() => {
  disk = { room: 10_000 };
  root = new Folder("", disk);
  tabs = (tabs ?? 0) + 100;
  const storage = { getDirectory: async () => root };
  Object.defineProperty(globalThis, "navigator", {
    value: { storage, locks: new Locks() },
    configurable: true,
  });
});

test("files are written beside the others, listed, and removed", async () => {
  const opfs = await tab();
  assert.equal(await opfs.list("a"), null);
  assert.equal(await opfs.read("a", "x", 9), null);
  await write(opfs, "a", { x: "one", y: "two" });
  await write(opfs, "a", { y: "three" });
  assert.deepEqual(await contents(opfs, "a"), { x: "one", y: "three" });
  assert.equal(await opfs.read("a", "y", 4), 5);
  const [[name, paths, size]] = JSON.parse(await opfs.entries());
  assert.deepEqual([name, paths, size], ["a", ["x", "y"], 8]);
  assert.equal([...root.inside.values()][0].inside.get("=a").inside.size, 3, "nothing is left");
  await opfs.remove("a");
  assert.equal(await opfs.list("a"), null);
  assert.deepEqual(JSON.parse(await opfs.entries()), []);
});

test("names are names, whatever they say", async () => {
  const opfs = await tab();
  for (const name of ["..", ".", "a/b", "__proto__", "空 %2e"]) {
    await write(opfs, name, { __proto__: null, constructor: name, "../up": "x" });
    assert.equal(text(await opfs.read(name, "constructor", 99)), name);
    assert.equal(await opfs.read(name, "toString", 99), null);
  }
  assert.deepEqual([...root.inside.keys()], ["pywebml"]);
  for (const name of ["", null, 5, {}, "x".repeat(201)])
    await assert.rejects(opfs.begin(name), /no name/);
  await opfs.begin("a");
  await assert.rejects(opfs.add("a", 5, bytes("x")), /a name and bytes/);
  await assert.rejects(opfs.add("b", "x", bytes("x")), /nothing was begun/);
});

test("on a full disk all is as it was", async () => {
  const opfs = await tab();
  await write(opfs, "a", { x: "one" });
  await opfs.begin("a");
  await opfs.add("a", "y", bytes("two"));
  disk.room = 10;
  await assert.rejects(opfs.add("a", "x", bytes("x".repeat(999))), { name: "QuotaExceededError" });
  await assert.rejects(opfs.finish("a"), { name: "QuotaExceededError" }, "the index has no room");
  await opfs.drop("a");
  disk.room = 10_000;
  assert.deepEqual(await contents(opfs, "a"), { x: "one" });
  await write(opfs, "a", { z: "there is room again" });
  assert.deepEqual(Object.keys(await contents(opfs, "a")), ["x", "z"]);
});

test("of two tabs one writes, and the other is told", async () => {
  const [one, other] = [await tab(), await tab()];
  await one.begin("a");
  await one.add("a", "x", bytes("one"));
  await assert.rejects(other.begin("a"), /another tab is writing there/);
  await assert.rejects(other.remove("a"), /another tab is writing there/);
  assert.equal(await other.list("a"), null, "nobody sees half of it");
  await one.finish("a");
  await write(other, "a", { x: "two" });
  assert.deepEqual(await contents(one, "a"), { x: "two" });
});

test("what a closed tab had begun counts for nothing, and goes", async () => {
  const [one, other] = [await tab(), await tab()];
  await write(one, "a", { x: "one" });
  await one.begin("a");
  await one.add("a", "x", bytes("half"));
  navigator.locks.held.clear(); // as the browser does when the tab is closed
  assert.deepEqual(await contents(other, "a"), { x: "one" });
  await write(other, "a", { y: "two" });
  assert.deepEqual(await contents(other, "a"), { x: "one", y: "two" });
  const folder = [...root.inside.values()][0].inside.get("=a");
  assert.equal(folder.inside.size, 3, "x, y and the index");
});

test("a worker that is begun anew takes over from the one before it", async () => {
  const opfs = await tab();
  await opfs.begin("a");
  await opfs.add("a", "x", bytes("half"));
  await write(opfs, "a", { y: "two" });
  assert.deepEqual(await contents(opfs, "a"), { y: "two" });
});

test("without such a folder it is said", async () => {
  const opfs = await tab();
  navigator.storage.getDirectory = undefined;
  await assert.rejects(opfs.list("a"), /no folder for pages/);
});

test("models among texts: TensorFlow.js's, ours, and what is broken", () => {
  const info = JSON.stringify({ dateSaved: "2026-11-30T00:00:00.000Z", weightDataBytes: 4 });
  const ours = { dateSaved: "2026-11-29T00:00:00.000Z", contents: [["a.txt", "data", 0, 1]] };
  const of = (name, part, value) => [`tensorflowjs_models/${name}/${part}`, value];
  const texts = [
    of("a/b", "info", info),
    of("a/b", "weight_data", "AAAA"),
    of("c", "pywebml", JSON.stringify({ ...ours, contents: JSON.stringify(ours.contents) })),
    of("d", "info", "{"),
    ["pywebml-language", "en"],
    ["tensorflowjs_models/", "x"],
  ];
  const listed = entriesOf(texts);
  assert.deepEqual(
    listed.map(([name, , , when]) => [name, when.slice(0, 10)]),
    [
      ["a/b", "2026-11-30"],
      ["c", "2026-11-29"],
      ["d", ""],
    ],
  );
  assert.deepEqual(listed[0].slice(1, 3), [[], info.length + 4]);
});

test("a writing that breaks off is tried again, a few times", async () => {
  const opfs = await tab();
  await opfs.begin("a");
  const { createWritable } = File.prototype;
  const breaks = (times, then) => {
    let tries = 0;
    File.prototype.createWritable = async function () {
      const answer = tries++ < times ? error("AbortError") : then;
      return answer
        ? { write: () => Promise.reject(answer), close: async () => {} }
        : createWritable.call(this);
    };
  };
  breaks(2, error("QuotaExceededError"));
  await assert.rejects(opfs.add("a", "x", bytes("12345")), { name: "QuotaExceededError" });
  breaks(4, null);
  await opfs.add("a", "x", bytes("12345"));
  breaks(Infinity, null);
  await assert.rejects(opfs.add("a", "y", bytes("12345")), { name: "AbortError" });
  File.prototype.createWritable = createWritable;
  await opfs.finish("a");
  assert.deepEqual(await contents(opfs, "a"), { x: "12345" });
});
