"""On a graphics card a tab loads no NumPy, so pages' sessions do without it: each is
driven for a moment where importing it fails. (Those that look at pictures get them from
the browser, and are driven there: tests/gallery.)
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hosts import ROOT

from pywebml.apps import APPS

START = """
import inspect, json, sys

class NoNumPy:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numpy":
            raise ImportError("a tab with a graphics card has no NumPy")

sys.meta_path.insert(0, NoNumPy())
from pywebml.apps import APPS
from pywebml.device import run_sync, set_device
set_device("gpu")

def waited(result):
    return run_sync(result) if inspect.isawaitable(result) else result

def drive(app, source):
    session = app.session()

    def call(name, **args):
        method = app.methods[name]
        taken = method.arguments(args)
        if method.hears:
            taken[method.hears] = [].append
        return waited(method.function(session, **taken))

    exec(source, {"call": call})
    waited(session.revive())

drives = json.loads(sys.stdin.read())
for app in APPS:
    if app.name in drives:
        print(app.name, flush=True)
        drive(app, drives[app.name])
"""
DRIVES = {
    "playground": """
call("build", hidden="3", anew=True)
assert call("frame", steps=3)["steps"] == 3
assert call("summary")["epochs"] >= 0
assert call("samples")["points"]
""",
    "curve": """
for model in ("polynomial", "network"):
    call("build", model=model, neurons=4, anew=True)
    assert call("frame", steps=3)["steps"] == 3
assert call("summary")
""",
    "cart_pole": """
call("begin", hidden=4, games=4)
assert call("iterate")["iterations"] == 1
assert len(call("show")["states"]) and call("summary")
assert call("load", bytes=call("save"))["hidden"] == 4
""",
    "digits": """
trained = call("train", network="dense", epochs=1, batch_size=9000)
assert len(trained["wrong"]) and trained["trained"] == 9000
pixels = call("samples", first=0, count=1)["pixels"]
assert 0 <= call("read", ink=pixels, height=28, width=28)["digit"] <= 9
""",
    "tables": """
call("open")
trained = call("train", epochs=1, units=4)
asked = {each["name"]: None for each in call("state")["features"]}
assert call("predict", values=asked)["answer"]
assert call("answers")["rows"] == 150
call("load", bytes=call("save"))
""",
    "text": """
call("read", text="the cat sat on the mat, the dog lay on the log. " * 9)
assert call("train", steps=2, units=8, length=8, batch=2)["steps"] == 2
assert len(call("write", count=20, temperature=0.8, start="the")["letters"]) == 20
for kind in ("zip", "keras"):
    assert call("load", bytes=call("save", kind=kind))["steps"] == 2
""",
    "sound": """
drawn = call("samples", count=3)
each = [sound["clips"] for sound in drawn["sounds"]]
labels = [i for i in range(len(each)) for _ in range(3)]
clips = b"".join(bytes(part) for part in each)
trained = call("train", clips=clips, labels=labels, names=drawn["names"], epochs=1)
assert len(call("hear", samples=clips[:64000])["shares"]) == len(drawn["names"])
assert call("load", bytes=trained["model"])["names"] == drawn["names"]
shown = {"names": ["one"], "clips": [[bytes(32000)]], "model": trained["model"]}
assert call("read", bytes=call("export", **shown))["model"]
""",
    "dates": """
assert call("samples")["shown"]
assert call("train", epochs=1, examples=480, units=8)["steps"]
assert call("read", texts=["1 Jan 2000"])
assert call("load", bytes=call("save"))["steps"]
""",
    "face_points": """
assert call("samples")["side"] == 32
trained = call("train", epochs=1, faces=100, blocks=1, filters=4)
assert trained["steps"] == 4 and trained["error_in_8_bits"] > 0
assert len(call("find")["seen_in_8_bits"]) == 12 * 22
assert len(call("face", seed=3, features={"turn": 0.0})["seen"]) == 22
for bits in (32, 8):
    assert call("load", bytes=call("save", bits=bits))["network"]["steps"] == 4
""",
    "embedding_map": """
call("begin", digits=40, perplexity=5.0, iterations=5)
assert call("step", n=3)["iterations"] == 3
assert call("outcome")
""",
}


def test_every_session_is_driven() -> None:
    """But those that look at pictures, and those that ask for NumPy."""
    other = {"extractor", "numpy"}
    assert {app.name for app in APPS if app.session and not other & {*app.needs}} == {*DRIVES}


@pytest.mark.gpu
def test_a_session_needs_no_numpy_on_a_graphics_card() -> None:
    """One after the other, in one process."""
    done = subprocess.run(
        [sys.executable, "-c", START],
        input=json.dumps(DRIVES), cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert set(done.stdout.split()) == {*DRIVES}
