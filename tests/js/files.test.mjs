// What a page fetches for its worker: each file once, and none that is not the build's.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Files } from "../../web/runtime/files.js";
import { sumOf } from "../../web/runtime/kept.js";

const MODULE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]); // the smallest there is
const ROOT = new URL("https://page.test/app-1/");
let fetched, sent; // paths, and what the host sends whatever the list says

async function served({ packed = 8, encoding = {}, onProgress = () => {} } = {}) {
  mock.method(globalThis, "fetch", async (url) => {
    fetched.push(url.pathname);
    return new Response(sent, { headers: { "Content-Type": "application/wasm", ...encoding } });
  });
  const listed = { sum: await sumOf(MODULE), bytes: 8, sent: packed, need: "start" };
  return new Files(ROOT, { "a.wasm": listed, "b.wasm": listed }, onProgress);
}

beforeEach(() => {
  fetched = [];
  sent = MODULE;
  mock.method(console, "info", () => {}); // Node keeps no files, which it says
});
afterEach(() => mock.restoreAll());

test("a file is fetched once, whoever comes first", async () => {
  const files = await served();
  files.start("b.wasm");
  const parts = [];
  await files.read("b.wasm", (part) => parts.push(...part));
  assert.deepEqual(parts, [...MODULE]);

  const [first, second] = [files.compiled("a.wasm"), files.compiled("a.wasm")];
  files.start("a.wasm");
  assert.equal(await first, await second);
  files.start("a.wasm");
  assert.ok((await first) instanceof WebAssembly.Module);
  assert.deepEqual(fetched, ["/app-1/b.wasm", "/app-1/a.wasm"]);
});

test("another file is refused, and asked for anew", async () => {
  const files = await served();
  sent = MODULE.map((byte, i) => (i === 7 ? 1 : byte));
  const refused = { message: /a\.wasm is not the one that belongs to this page/ };
  await assert.rejects(files.compiled("a.wasm"), refused);
  await assert.rejects(
    files.read("a.wasm", () => {}),
    refused,
  );
  assert.throws(() => files.start("c.wasm"), { message: "c.wasm is no file of this page" });
  sent = MODULE; // the host is mended: whoever asks again tries again
  assert.ok((await files.compiled("a.wasm")) instanceof WebAssembly.Module);
});

for (const [encoding, of] of [
  [{}, 16],
  [{ "Content-Encoding": "br" }, 4],
])
  test(`how much it is in all is known with the first answer: ${of}`, async () => {
    const told = [];
    const onProgress = (amount) => told.push(amount);
    const files = await served({ packed: 2, encoding, onProgress });
    files.start("a.wasm");
    files.start("b.wasm");
    for (const name of ["a.wasm", "b.wasm"]) await files.read(name, () => {});
    assert.deepEqual(told, [
      { done: of / 2, of },
      { done: of, of },
    ]);
  });
