"""Teachable Machine's files in a page: an export says what its own library says, and a
project is taught on and exported for it.
"""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import READY, START
from real_data import real_data
from teach_page import TRAINED, counts, drop, lesson, pictures, ready, start_over, train

from pywebml.apps.predict import predict
from pywebml.host.stores.folders import zip_bytes

pytestmark = pytest.mark.browser

SAID = json.loads((Path(__file__).parents[1] / "zoo" / "teachable_machine.json").read_text())
SHARES = """async ({ model, photos }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  await pywebml.call("classify.load", { files: { "tm.zip": bytes(model) } });
  const shares = [];
  for (const photo of photos) {
    const image = await createImageBitmap(new Blob([bytes(photo)]));
    const { top } = await pywebml.call("classify.look", { image }, [image]);
    shares.push(top.find(({ label }) => label === "Class 1").probability);
  }
  return shares;
}"""


def test_a_real_export_says_in_a_page_what_its_library_says(tab: Any, page_url: str) -> None:
    model = real_data("teachable_machine/image-model.zip")
    samples = real_data("teachable_machine/image-samples.zip")
    if model is None or samples is None:
        pytest.skip("needs the files of $PYWEBML_TEST_DATA")
    said = SAID["probability of Class 1"]
    with zipfile.ZipFile(samples) as archive:
        photos = [base64.b64encode(archive.read(name)).decode() for name in said]
    tab.goto(f"{page_url}classify.html?device=cpu")
    tab.locator(READY).wait_for(timeout=START)
    files = {"model": base64.b64encode(model.read_bytes()).decode(), "photos": photos}
    shares = tab.evaluate(SHARES, files)
    np.testing.assert_allclose(shares, list(said.values()), atol=1e-4)


def test_a_project_is_taught_on_and_exported(
    known_profile: Any, page_url: str, tmp_path: Path
) -> None:
    """Classes and pictures come from the .tm; what is saved for Teachable Machine tells
    its pictures apart on the desktop, too.
    """
    hands = {f"{name} hand": pictures(name)[:8] for name in ("rock", "paper")}
    files = {"manifest.json": b"{}"}
    for name, paths in hands.items():
        files |= {f"{name}-!-{i}.jpg": path.read_bytes() for i, path in enumerate(paths)}
    project = tmp_path / "hands.tm"
    project.write_bytes(zip_bytes(files))
    with lesson(known_profile, page_url) as page:
        start_over(page)
        ready(page)
        page.locator("#import-file").set_input_files(project)
        page.locator(".toast", has_text="16 pictures added to 2 classes").wait_for()
        assert counts(page) == {"rock hand": 8, "paper hand": 8}
        drop(page, page.locator("#collect"), [project])
        page.locator(".count", has_text="16").nth(1).wait_for()
        train(page)
        with page.expect_download(timeout=TRAINED) as waiting:
            page.locator("#save-whole").click()
        assert waiting.value.suggested_filename == "lesson teachable-machine.zip"
        waiting.value.save_as(tmp_path / "tm.zip")
    paths = [path for some in hands.values() for path in some]
    predictions, _ = predict(tmp_path / "tm.zip", paths)
    right = [name for name, some in hands.items() for _ in some]
    assert [p["class"] for p in predictions] == right
