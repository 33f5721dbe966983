"""Writes web/apps.json: what the apps with a page declare, for the site's builder and
the pages themselves, which stand below the apps. `python tools/apps_json.py` writes it;
with `--check` it says whether it is current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pywebml.apps import APPS  # noqa: E402

TARGET = ROOT / "web/apps.json"


def text() -> str:
    """The content of web/apps.json, one app per line."""
    apps = (json.dumps(app.describe(), ensure_ascii=False) for app in APPS if app.page)
    return "[\n" + ",\n".join(apps) + "\n]\n"


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        TARGET.write_text(text(), encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text():
        sys.exit("web/apps.json is not current: run python tools/apps_json.py")
