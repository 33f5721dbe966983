"""On a graphics card a tab loads no NumPy, so pages' sessions do without it: each is
driven for a moment where importing it fails. (Those that look at pictures get them from
the browser, and are driven there: tests/gallery.)
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from hosts import ROOT

START = """
import sys

class NoNumPy:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numpy":
            raise ImportError("a tab with a graphics card has no NumPy")

sys.meta_path.insert(0, NoNumPy())
from pywebml.apps import APPS
from pywebml.device import run_sync, set_device
set_device("gpu")
(app,) = (app for app in APPS if app.name == sys.argv[1])
session, heard = app.session(), []
"""
DRIVES = {
    "playground": """
run_sync(session.build({"hidden": "3"}, anew=True))
assert run_sync(session.frame(3))["steps"] == 3
assert run_sync(session.summary())["epochs"] >= 0
assert run_sync(session.samples())["points"]
run_sync(session.frame(3))
""",
    "digits": """
options = {"network": "dense", "epochs": 1, "batch_size": 9000}
trained = run_sync(session.train(options, heard.append))
assert len(trained["wrong"]) and trained["trained"] == 9000
pixels = run_sync(session.samples(0, 1))["pixels"]
assert 0 <= run_sync(session.read(pixels, 28, 28))["digit"] <= 9
session.revive()
""",
    "embedding_map": """
began = run_sync(session.begin({"digits": 40, "perplexity": 5.0, "iterations": 5}))
assert run_sync(session.step(3))["iterations"] == 3
assert run_sync(session.outcome())
session.revive()
""",
    "tables": """
lines = ["colour,size,price"] + [f"{'red' if i % 3 else 'blue'},{i % 7},{i % 7 * 2 + i % 3}"
    for i in range(60)]
opened = session.open("\\n".join(lines).encode(), "things.csv")
assert [c["kind"] for c in opened["columns"]] == ["category", "number", "number"]
trained = run_sync(session.train({"epochs": 2}, heard.append))
assert len(heard) == 2 and trained["tested"] == 12
values = {"colour": "red", "size": 3}
before = run_sync(session.predict(values))
shown = run_sync(session.load(run_sync(session.save()), "things.keras"))
assert shown["confusion"] if trained["kind"] == "classes" else shown["points"]
assert abs(run_sync(session.predict(values))["answer"] - before["answer"]) < 1e-4
run_sync(session.revive())
assert run_sync(session.answers())["rows"] == 60
""",
    "text": """
session.read("the cat sat on the mat, the dog lay on the log. " * 9)
options = {"steps": 2, "units": 8, "length": 8, "batch": 2}
assert run_sync(session.train(options, heard.append))["steps"] == 2
assert len(run_sync(session.write(heard.append, 20, 0.8, "the"))["letters"]) == 20
for kind in ("zip", "keras"):
    assert run_sync(session.load(run_sync(session.save(kind))))["steps"] == 2
run_sync(session.revive())
""",
}


@pytest.mark.parametrize("name", DRIVES)
def test_a_session_needs_no_numpy_on_a_graphics_card(name: str) -> None:
    source = START + DRIVES[name]
    done = subprocess.run(
        [sys.executable, "-c", source, name], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
