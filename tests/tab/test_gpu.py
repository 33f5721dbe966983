"""web/runtime/gpu.js on its own in a tab: every way of a picture to the GPU gives
the same bytes, and reads come back on every path.

Which way is taken depends on the adapter; the tests' software adapter would only ever
take one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

UPLOADS = """
async (script) => {
  const { Gpu } = await import(script);
  const heap = new ArrayBuffer(1 << 22);
  const gpu = await Gpu.open(() => heap);
  const found = {};
  let id = 0;
  for (const software of [true, false]) {
    for (const side of [64, 600]) {
      const canvas = new OffscreenCanvas(side, side), context = canvas.getContext("2d",
        { willReadFrequently: true });
      const image = context.createImageData(side, side);
      for (let i = 0; i < image.data.length;
        i++) image.data[i] = i % 4 === 3 ? 255 : (i * 7 + (i >> 8)) % 256;
      context.putImageData(image, 0, 0);
      const frame = () => new VideoFrame(image.data, { format: "RGBA", codedWidth: side,
        codedHeight: side, timestamp: 0 });
      const wide = () => {
        const framed = new OffscreenCanvas(side + 40, side + 20);
        framed.getContext("2d").drawImage(canvas, 30, 10);
        const visibleRect = { x: 30, y: 10, width: side, height: side };
        return new VideoFrame(framed, { timestamp: 0, visibleRect });
      };
      const kinds = { bitmap: () => createImageBitmap(image), frame, canvas: () =>
        canvas, data: () => image, cut: wide };
      for (const [kind, make] of Object.entries(kinds)) {
        gpu.software = software;
        gpu.alloc(++id, 4 * side * side);
        gpu.uploadImage(id, await make());
        await gpu.download(id, 4 * side * side, 0);
        const got = new Uint8Array(heap, 0, 4 * side * side);
        let worst = 0;
        for (let i = 0; i < got.length;
          i++) worst = Math.max(worst, Math.abs(got[i] - image.data[i]));
        found[`${software ? "software" : "hardware"} ${kind} ${side}`] = worst;
      }
    }
  }
  gpu.lose();
  return found;
}
"""


def test_every_way_of_a_picture_gives_its_bytes(tab: Any, page_url: str, built_page: Path) -> None:
    script = next(built_page.glob("app-*/runtime/gpu.js")).relative_to(built_page).as_posix()
    tab.goto(page_url + "check.html")
    found = tab.evaluate(UPLOADS, page_url + script)
    assert len(found) == 20
    # converting a video frame's colours may round by one
    assert {name: worst for name, worst in found.items() if worst > 1} == {}


LANES = """
async (script) => {
  const { Gpu } = await import(script);
  const heap = new ArrayBuffer(1 << 16);
  const gpu = await Gpu.open(() => heap);
  const { features, min_subgroup, max_subgroup } = gpu.describe();
  const text = `
    enable subgroups;
    @group(0) @binding(0) var<storage, read_write> y: array<u32>;
    @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
      y[i] = subgroupAdd(1u); }`;
  gpu.alloc(1, 256);
  new Int32Array(heap, 0, 7).set([gpu.compile("lanes", text, "main", "{}", "w"), 0, 0, 0, 0, 1, 1]);
  gpu.bind(1, 0);
  new Int32Array(heap, 0, 6).set([0, 1, 1, 1, 1, 0]);
  gpu.run(0, 6);
  const found = { features, min_subgroup, max_subgroup, sizes: [], error: "" };
  try {
    await gpu.download(1, 256, 0);
    found.sizes = [...new Uint32Array(heap, 0, 64)];
  } catch (error) {
    found.error = error.message;
  }
  gpu.lose();
  return found;
}
"""


def test_a_tab_enables_what_the_adapter_has(tab: Any, page_url: str, built_page: Path) -> None:
    script = next(built_page.glob("app-*/runtime/gpu.js")).relative_to(built_page).as_posix()
    tab.goto(page_url + "check.html")
    found = tab.evaluate(LANES, page_url + script)
    if "subgroups" in found["features"]:
        assert not found["error"] and len(set(found["sizes"])) == 1
        assert found["min_subgroup"] <= found["sizes"][0] <= found["max_subgroup"]
    else:
        assert "subgroups" in found["error"]
