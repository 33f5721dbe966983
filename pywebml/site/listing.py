"""What a build consists of, with the sums by which pages and service worker know it
again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..host.files import sha256_of

SMALLER = (".gz", ".br")
"""How the compressed forms of files end, which hosts send and nobody asks for."""
MODULES = (".mjs", ".js")  # Pyodide's: the browser fetches what is imported
START = "start"  # what each tab with Python loads
JOBS = "jobs"  # the folder with the modules of each app


def plain_files(site: Path) -> list[Path]:
    """All files that are served, but compressed forms of others."""
    files = (p for p in sorted(site.rglob("*")) if p.is_file() and not p.name.startswith("."))
    return [p for p in files if p.suffix not in SMALLER]


def sent(path: Path) -> int:
    """Bytes on the wire, as `page serve` sends the file."""
    forms = (path.with_name(path.name + suffix) for suffix in ("", *SMALLER))
    return min(form.stat().st_size for form in forms if form.is_file())


_NEEDS = (
    ("jobs/*.tar.txt", "app {}"),
    ("pyodide-*/numpy*", "numpy"),
    ("xnnpack-*/*-threaded-*", "processors"),
    ("xnnpack-*/*", "processor"),
    ("digits-*/*", "digits"),
    ("classes-*/*", "classes"),
    ("*-*/weights.bin", "extractor"),
    ("*-*/model.json", "extractor"),
    ("samples/*", "samples/{}"),
    ("sbom.json", "sbom"),
    ("installed/*", "installed"),
)


def need_of(path: Path) -> str:
    """What a file is for, as in `App.needs`; also "app NAME" for the modules of one,
    "numpy", "digits", "processor" or "processors" for the kernels of tabs without
    WebGPU, on one thread or on several, and "installed" for what only who installs the
    pages fetches. START for the rest.
    """
    need = next((need for pattern, need in _NEEDS if path.match(pattern)), START)
    return need.format(path.name.partition(".")[0])


def worker_files(site: Path, app: Path) -> dict[str, dict[str, Any]]:
    """What a page fetches for its worker: {path from the app's folder: {sum, bytes,
    sent, need}}, see web/runtime/files.js. Of that folder the archives of modules
    alone.
    """
    archives = sorted(app.rglob("*.tar.txt"))
    others = [p for p in plain_files(site) if app not in p.parents]
    return {
        Path(os.path.relpath(path, app)).as_posix(): {
            "sum": sha256_of(path),
            "bytes": path.stat().st_size,
            "sent": sent(path),
            "need": need_of(path),
        }
        for path in [*others, *archives]
        if path.suffix not in MODULES
    }


def write_service_worker(site: Path, app: str, script: str, kept: str) -> None:
    """sw.js, with the sums of all files that it is to keep: some at once, with the
    modules of all apps, the others when a page has used them. `script` and `kept`: the
    texts of web/runtime/sw.js and of kept.js, which goes into it.
    """
    sums: dict[str, dict[str, str]] = {START: {}}
    for path in plain_files(site):
        name = path.relative_to(site).as_posix()
        need = START if path.parent.name == JOBS else need_of(path)
        sums.setdefault(need, {})[name] = sha256_of(path)
    slots = {
        'APP = ""': f'APP = "{app}"',
        "FILES = {}": f"FILES = {json.dumps(sums.pop(START))}",
        "LATER = {}": f"LATER = {json.dumps(sums)}",
        "// page build: kept.js": kept.replace("export ", ""),
    }
    for slot, text in slots.items():
        if script.count(slot) != 1:
            raise ValueError(f"sw.js has no place for {slot}")
        script = script.replace(slot, text)
    (site / "sw.js").write_text(script, encoding="utf-8")
