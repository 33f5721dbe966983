// What of this browser's stores is ours, and how large it is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { kindOf, sizeOf } from "../../web/shared/inventory.js";

test("bytes of values as browsers keep them", () => {
  assert.equal(sizeOf(new ArrayBuffer(100)), 100);
  assert.equal(sizeOf(new Float32Array(25)), 100);
  assert.equal(sizeOf(new Blob(["12345"])), 5);
  assert.equal(sizeOf({ name: "net", at: 1, of: [new Uint8Array(10), null] }), 39);
  assert.equal(sizeOf(new Date()), 8);
  assert.equal(sizeOf(undefined), 8);
});

test("keys of others are nobody's business", () => {
  const kinds = {
    "pywebml-programs/2026-11-30": "programs",
    "pywebml-programs-chosen": "programs",
    "pywebml-program": "programs",
    "tensorflowjs_models/net/info": "models",
    "pywebml-language": "settings",
    "pellet-maze-best": "settings",
    "pywebml-programmer": "settings",
    "my-pywebml-language": "",
    pywebml: "",
    "": "",
  };
  for (const [key, kind] of Object.entries(kinds)) assert.equal(kindOf(key), kind, key);
});
