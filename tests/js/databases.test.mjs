// Saved models in a database that another tab holds up, and one that answers late.

import assert from "node:assert/strict";
import { test } from "node:test";

import { database } from "../../web/runtime/databases.js";

test("a browser that does not answer is named, and what comes late is closed", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const request = {};
  globalThis.indexedDB = { open: () => request };
  const reading = assert.rejects(database.read("net"), /does not answer .* close other tabs/);
  context.mock.timers.tick(9_999);
  await null;
  context.mock.timers.tick(1);
  await reading;
  let closed = 0;
  request.result = { close: () => (closed += 1) };
  request.onsuccess();
  assert.equal(closed, 1);
});

test("an error of the browser is handed on", async () => {
  const request = { error: new Error("UnknownError") };
  globalThis.indexedDB = { open: () => request };
  const reading = assert.rejects(database.read("net"), /UnknownError/);
  request.onerror();
  await reading;
});
