"""Does what of docs/releasing.md a program can do, and says what of it is not so yet.

    python tools/release_check.py                 what it built is in dist/
    python tools/release_check.py --out FOLDER

In the folder lie wheel and sdist, the bill of materials of what a page has of others,
and SHA256SUMS, which `sha256sum --check SHA256SUMS` compares.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from pywebml.host.version import VERSION  # noqa: E402
from pywebml.site.sbom import bill_of_materials  # noqa: E402

GENERATORS = ("apps_json.py", "stubs.py", "support_tables.py")
TESTS = ("tests/site/test_packaging.py", "tests/site/test_supplies.py", "tests/test_systems.py")


def version() -> Iterator[str]:
    """A number that no release has had, and what it changes."""
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", VERSION):
        yield f"version.py says {VERSION!r}, expected a number such as 1.2.3 or 1.2.3rc1"
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(VERSION)} \(\d{{4}}-\d\d-\d\d\)$", changes, re.MULTILINE):
        yield f"CHANGELOG.md has no section '## {VERSION} (YEAR-MONTH-DAY)'"
    if output("git", "tag", "--list", f"v{VERSION}"):
        yield f"there is a tag v{VERSION} already"


def tree() -> Iterator[str]:
    """All is committed, and what is written from the code is of this code."""
    for name in GENERATORS:
        subprocess.run([sys.executable, ROOT / "tools" / name], check=True, capture_output=True)
    if changed := output("git", "status", "--porcelain"):
        yield f"not committed: {', '.join(line[3:] for line in changed.splitlines())}"


def packages(out: Path) -> Iterator[str]:
    """Wheel, sdist and bill, and their sums."""
    shutil.rmtree(out, ignore_errors=True)
    epoch = output("git", "log", "-1", "--format=%ct")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    built = subprocess.run(
        build,
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if built.returncode:
        yield f"`{' '.join(build[1:])}` failed: {built.stderr.strip()[-500:]}"
        return
    bill = json.dumps(bill_of_materials(), indent=1)
    (out / f"pywebml-{VERSION}.cdx.json").write_text(bill, encoding="utf-8")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in listed(out)]
    (out / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    print("\n".join(sums))


def listed(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.startswith("pywebml-"))


def tests() -> Iterator[str]:
    """Those of a release, with all their cases: they build the page, too."""
    words = [sys.executable, "-m", "pytest", "-q", "-m", "not browser", *TESTS]
    env = {**os.environ, "PYWEBML_TESTS": "all"}
    if subprocess.run(words, cwd=ROOT, env=env, check=False).returncode:
        yield f"failed: PYWEBML_TESTS=all pytest {' '.join(TESTS)}"


def output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
    return done.stdout.rstrip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="emptied first (dist)")
    out = parser.parse_args().out
    if out.exists() and any(path not in listed(out) for path in out.glob("[!S]*")):
        parser.error(f"{out} holds something else than a release; name another folder")
    steps: dict[str, Callable[[], Iterator[str]]] = {
        "version": version, "tree": tree, "packages": lambda: packages(out), "tests": tests,
    }  # fmt: skip
    faults = []
    for name, step in steps.items():
        print(f"- {name}", flush=True)
        faults += [f"{name}: {fault}" for fault in step()]
    print(
        "\nready for the rest of docs/releasing.md" if not faults else "\nnot ready:",
        *faults,
        sep="\n  ",
    )
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
