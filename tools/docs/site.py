"""Builds the documentation site: what `make docs` does.

    python -m tools.docs.site                  into build/docs, with Python for its examples
    python -m tools.docs.site --no-runtime     without it: no Run buttons, and done sooner
    python -m tools.docs.site --out FOLDER

MkDocs is strict: a warning ends it. Then every link and anchor of the pages as they came
out is followed, each page gets a Content-Security-Policy, and the site a file with the
licences of what others made of it (licences.py).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from pywebml.site.build import build as build_page  # noqa: E402
from tools.docs import licences, links, sealing  # noqa: E402

RUNTIME = "run"
"""The folder of the site in which the page is."""


def build(out: Path, page: Path | None = None) -> None:
    """Builds the site into `out`, with `page`, which `page build` has made, for its
    examples. SystemExit where MkDocs warns, or a link leads nowhere.
    """
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(out),
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    licences.write(out)
    app = ""
    if page:
        shutil.copytree(page, out / RUNTIME)
        app = next(out.glob(f"{RUNTIME}/app-*")).relative_to(out).as_posix()
    for path in sorted(out.rglob("*.html")):
        if (out / RUNTIME) not in path.parents:
            sealing.seal(path, out, app)
    if broken := links.broken(out, RUNTIME):
        raise SystemExit("\n".join(broken))


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds the documentation site.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "docs", metavar="FOLDER")
    parser.add_argument("--no-runtime", action="store_true", help="without Python for the examples")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = None if args.no_runtime else Path(folder) / "page"
        if page:
            build_page(page)
        build(args.out, page)
    print(
        f"{args.out}/index.html; to read it: {sys.executable} -m http.server --directory {args.out}"
    )


if __name__ == "__main__":
    main()
