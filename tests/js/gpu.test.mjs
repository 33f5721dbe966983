import assert from "node:assert/strict";
import { test } from "node:test";

import { Gpu } from "../../web/runtime/gpu.js";

const never = () => new Promise(() => {});
const limits = { maxStorageBuffersPerShaderStage: 8 };

for (const [what, requestAdapter] of [
  ["an adapter", never],
  ["a device", async () => ({ limits, features: new Set(), requestDevice: never })],
])
  test(`${what} that never answers is given up`, async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    globalThis.isSecureContext = true;
    Object.defineProperty(globalThis, "navigator", {
      value: { gpu: { requestAdapter } },
      configurable: true,
    });
    const opened = assert.rejects(
      Gpu.open(() => new ArrayBuffer(0)),
      /does not answer/,
    );
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    context.mock.timers.tick(60_000);
    await opened;
  });
