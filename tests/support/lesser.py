"""Browsers that can less than the one the tests run in: scripts for `add_init_script`,
which run before the page's own, in its worker, too.

`LEAST` lets the adapter claim what WebGPU promises everywhere and no more, as phones
do, and the browser holds the page to that; `SLOW_READS` has every read from the
graphics card take as long as in Firefox; `NO_JSPI` is Safari, where Python cannot wait
in the middle of a call.
"""

from __future__ import annotations

import json

LIMITS = {
    "maxBufferSize": 256 << 20,
    "maxStorageBufferBindingSize": 128 << 20,
    "maxStorageBuffersPerShaderStage": 8,
    "maxComputeWorkgroupStorageSize": 16 << 10,
    "maxComputeInvocationsPerWorkgroup": 256,
    "maxComputeWorkgroupSizeX": 256,
    "maxComputeWorkgroupSizeY": 256,
    "maxComputeWorkgroupSizeZ": 64,
    "maxComputeWorkgroupsPerDimension": 65535,
}
"""The defaults of WebGPU, of which a device is made that asks for nothing."""

_ADAPTER = """
(() => {
  const LIMITS = %s;
  const { requestAdapter } = GPU.prototype;
  const seen = (real, own) => new Proxy(real, {
    get(real, name) {
      const value = Object.hasOwn(own, name) ? own[name] : Reflect.get(real, name, real);
      return typeof value === "function" ? value.bind(real) : value;
    },
  });
  GPU.prototype.requestAdapter = async function (options) {
    const real = await requestAdapter.call(this, options);
    const requestDevice = ({ requiredFeatures = [], requiredLimits = {} } = {}) => {
      if ([...requiredFeatures].length) throw new TypeError("there is no such feature");
      for (const [name, value] of Object.entries(requiredLimits))
        if (value > LIMITS[name]) throw new DOMException(`${name}: ${value}`, "OperationError");
      return real.requestDevice();
    };
    const limits = seen(real.limits, LIMITS);
    return real && seen(real, { limits, features: new Set(), requestDevice });
  };
})();
"""

_SLOW = """
(() => {
  const { mapAsync } = GPUBuffer.prototype;
  GPUBuffer.prototype.mapAsync = async function (...how) {
    await mapAsync.apply(this, how);
    await new Promise((done) => setTimeout(done, 100));
  };
})();
"""

_NO_JSPI = "for (const name of ['Suspending', 'Suspender', 'promising']) delete WebAssembly[name];"

# Python's worker is begun from a blob that imports worker.js (web/runtime/trusted.js).
# What comes before that script listens is kept for it.
_IN_WORKER = """
(() => {
  const BEFORE = %s;
  const begun = (source) => `
    const { dispatchEvent, removeEventListener, MessageEvent } = globalThis;
    const early = [];
    const keep = ({ data }) => early.push(data);
    addEventListener("message", keep);
    ${BEFORE}
    await ${source.replace(/^import (.*);$/, "import($1)")};
    removeEventListener("message", keep);
    for (const data of early) dispatchEvent(new MessageEvent("message", { data }));`;
  globalThis.Blob = new Proxy(Blob, {
    construct(Real, [parts = [], options = {}]) {
      const worker = options.type === "text/javascript" && /worker[.]js";$/.test(parts[0]);
      return new Real(worker ? [begun(parts[0])] : parts, options);
    },
  });
})();
"""


def in_worker(script: str) -> str:
    """What runs `script` in each worker of Python's, before all else."""
    return _IN_WORKER % json.dumps(script)


LEAST = in_worker(_ADAPTER % json.dumps(LIMITS))
SLOW_READS = in_worker(_SLOW)
NO_JSPI = in_worker(_NO_JSPI)
