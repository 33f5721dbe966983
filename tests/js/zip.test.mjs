// Zips that the pages write, as unzip and Python read them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { zip } from "../../web/shared/zip.js";

const READ = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as file:
    assert file.testzip() is None
    print(json.dumps({name: list(file.read(name)) for name in file.namelist()}))
`;

async function read(files) {
  const folder = mkdtempSync(join(tmpdir(), "zip-"));
  try {
    const path = join(folder, "files.zip");
    writeFileSync(path, new Uint8Array(await zip(files).arrayBuffer()));
    return JSON.parse(execFileSync("python3", ["-c", READ, path], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("another program reads the same files, in the same order", async () => {
  const files = {
    "👍/001.jpg": Uint8Array.from({ length: 3000 }, (_, i) => (i * i) & 255),
    "日本/002.jpg": new Uint8Array([1, 2, 3]),
    empty: new Uint8Array(),
  };
  const there = await read(files);
  assert.deepEqual(Object.keys(there), Object.keys(files));
  for (const [name, bytes] of Object.entries(files)) assert.deepEqual(there[name], [...bytes]);
});

test("a zip may be empty, and has a bound", async () => {
  assert.deepEqual(await read({}), {});
  const many = Object.fromEntries(Array.from({ length: 65536 }, (_, i) => [i, new Uint8Array()]));
  assert.throws(() => zip(many), /at most 65535/);
});
