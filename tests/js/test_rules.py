"""What the pages' scripts decide without a DOM, in Node."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path


def test_rules_of_the_pages() -> None:
    node = shutil.which("node")
    assert node, "node is missing (Debian: apt install nodejs)"
    files = sorted(str(path) for path in Path(__file__).parent.glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"pass [1-9]", done.stdout), done.stdout
