"""The program that the Teach page makes of a lesson does the same with its export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from hosts import ROOT

from pywebml.data.class_names import FILE
from pywebml.data.samples import sample_folder

SCRIPT = """
import * as lessons from "./web/pages/teach/lesson.js";
import { programOf } from "./web/pages/teach/program.js";
const { options, title, names, zip } = JSON.parse(process.argv[1]);
const defaults = Object.entries(options).map(([name, value]) => ({ name, default: value }));
const lesson = lessons.newLesson(defaults);
lessons.setTitle(lesson, title);
lesson.classes.forEach(({ key }, i) => lessons.renameClass(lesson, key, names[i]));
lessons.switchClass(lesson, lesson.classes[2].key, false);
const extractor = { name: "efficientnet_lite0", learning_rate: 0.001 };
process.stdout.write(programOf(lesson, extractor, zip));
"""
OPTIONS = {"units": 50, "epochs": 12, "batch_fraction": 0.4, "learning_rate": None}
NAMES = ['say "up"', "日本", "off", "right\\"]
FOLDERS = {"say _up_": "up", "日本": "down", "off": "left", "right_": "right"}


def test_it_trains_on_the_exported_pictures_and_tells_others_apart(tmp_path: Path) -> None:
    """With the options as chosen, names that need quotes, and one class switched off."""
    asked = {"options": OPTIONS, "title": "Hands", "names": NAMES, "zip": "Hands (2).zip"}
    node = ["node", "--input-type=module", "-e", SCRIPT, json.dumps(asked)]
    made = subprocess.run(node, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    assert "# Hands, taught in Python" in made.stdout
    (tmp_path / "hands.py").write_text(made.stdout, encoding="utf-8")
    tests = []
    with zipfile.ZipFile(tmp_path / "Hands (2).zip", "w") as export:
        for folder, hand in FOLDERS.items():
            hands = sorted((sample_folder() / hand).glob("*.jpg"))
            for i, picture in enumerate(hands[:15]):
                export.write(picture, f"extra/samples/{folder}/{i:03}.jpg")
            tests += [(hand, picture) for picture in hands[20:24]]
        names = dict(zip(FOLDERS, NAMES, strict=True))
        export.writestr(f"extra/samples/{FILE}", json.dumps(names))
    called = dict(zip(FOLDERS.values(), NAMES, strict=True))
    tests = [(called[hand], str(picture)) for hand, picture in tests if hand != "left"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "hands.py", *(picture for _, picture in tests)]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "Epoch 12/12" in done.stdout
    assert (tmp_path / "lesson.keras").exists()
    said = done.stdout.splitlines()[-len(tests) :]
    right = sum(f" {name} " in line for (name, _), line in zip(tests, said, strict=True))
    assert right >= 0.8 * len(tests), done.stdout
