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
NUMPY = "numpy"  # the one package that a tab may load later on
PARTS = ("classes", "digits")  # folders that some apps need


def plain_files(site: Path) -> list[Path]:
    """All files that are served, but compressed forms of others."""
    files = (p for p in sorted(site.rglob("*")) if p.is_file() and not p.name.startswith("."))
    return [p for p in files if p.suffix not in SMALLER]


def for_later(path: Path) -> bool:
    """Whether a tab fetches a file only when it needs it: NumPy, the kernels for where
    there is no WebGPU, the classes of the network, and digits.
    """
    return _need(path) in (NUMPY, "processor", *PARTS)


def sent(path: Path) -> int:
    """Bytes on the wire, as `page serve` sends the file."""
    forms = (path.with_name(path.name + suffix) for suffix in ("", *SMALLER))
    return min(form.stat().st_size for form in forms if form.is_file())


def _need(path: Path) -> str:
    """What a file is for, in the words of `App.needs`; "start" for what each tab with
    Python loads, "processor" for tabs without WebGPU.
    """
    if path.name.startswith(NUMPY):
        return NUMPY
    if path.parent.name.startswith("xnnpack"):
        return "processor"
    for part in PARTS:
        if path.parent.name.startswith(f"{part}-"):
            return part
    return (
        "start"
        if path.suffix in (".whl", ".tgz") or path.parent.name.startswith("pyodide")
        else "extractor"
    )


def worker_files(site: Path, package: Path) -> dict[str, dict[str, Any]]:
    """What a page fetches for its worker: {path from the app's folder: {sum, bytes,
    sent, need}}, see web/runtime/files.js. The site has no app's folder yet, but for
    the package.
    """
    others = [p for p in plain_files(site) if package.parent not in p.parents]
    return {
        Path(os.path.relpath(path, package.parent)).as_posix(): {
            "sum": sha256_of(path),
            "bytes": path.stat().st_size,
            "sent": sent(path),
            "need": _need(path),
        }
        for path in [*others, package]
        if path.suffix not in MODULES
    }


def write_service_worker(site: Path, app: str, script: str, kept: str) -> None:
    """sw.js, with the sums of all files that it is to keep. `script` and `kept`: the
    texts of web/runtime/sw.js and of kept.js, which goes into it.
    """
    sums: dict[bool, dict[str, str]] = {False: {}, True: {}}
    for path in plain_files(site):
        sums[for_later(path)][path.relative_to(site).as_posix()] = sha256_of(path)
    slots = {
        'APP = ""': f'APP = "{app}"',
        "FILES = {}": f"FILES = {json.dumps(sums[False])}",
        "LATER = {}": f"LATER = {json.dumps(sums[True])}",
        "// page build: kept.js": kept.replace("export ", ""),
    }
    for slot, text in slots.items():
        if script.count(slot) != 1:
            raise ValueError(f"sw.js has no place for {slot}")
        script = script.replace(slot, text)
    (site / "sw.js").write_text(script, encoding="utf-8")
