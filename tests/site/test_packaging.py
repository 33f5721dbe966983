"""A release: wheel and sdist are the same each time, hold what git has, install on a
clean Python, and bring everything outside the checkout.
"""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hosts import ROOT
from shares import ALL

import pywebml
from pywebml.host import version
from pywebml.site.sbom import bill_of_materials

CHECKOUT = (ROOT / ".git").exists()
INSIDE = {"kernels": "pywebml/kernels", "web": "pywebml/web", "examples": "pywebml/examples"}
"""{folder of the checkout: where it lies in the wheel}."""
NOT_PACKED = re.compile(r"\.ci/|\.git|\.pre-commit|\.prettierrc")
"""What git has and no release needs."""


def built(folder: Path, *words: str, **env: str) -> Path:
    """What the `build` frontend makes: an sdist, and a wheel from it, or what `words`
    say. Its backend is that of this Python, so nothing is downloaded.
    """
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, *words, ROOT]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **env})
    return folder


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("release"), SOURCE_DATE_EPOCH="1798761600")


@pytest.fixture(scope="module")
def wheel(release: Path) -> Path:
    (wheel,) = release.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def sdist(release: Path) -> Path:
    (sdist,) = release.glob("*.tar.gz")
    return sdist


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment that has pywebml from the wheel. Its
    dependencies are those of this Python, whose own pywebml it does not see.
    """
    return fresh_python(tmp_path_factory.mktemp("installed"), wheel)


def fresh_python(folder: Path, package: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", paths))
    parents = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (site / "parent.pth").write_text("\n".join(sorted(parents)), encoding="utf-8")
    python = Path(sysconfig.get_path("scripts", "venv", paths)) / Path(sys.executable).name
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed"]
    subprocess.run([*pip, "install", "-q", *offline, package], check=True, capture_output=True)
    return python


def run(python: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [python, *words],
        cwd=cwd,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )


def packed(archive: Path) -> dict[str, bytes]:
    """{name: content} of a wheel, or of an sdist without the folder that holds it all."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if not member.isdir()]
        assert all(member.isfile() for member in members), "a link would lead out"
        files = {member.name: tar.extractfile(member) for member in members}
        return {name.split("/", 1)[1]: file.read() for name, file in files.items() if file}


def in_git() -> set[str]:
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    command = [*git, "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    return {name for name in names.decode().split("\0") if name and (ROOT / name).is_file()}


def test_a_release_is_the_same_each_time(release: Path, tmp_path: Path) -> None:
    """From the sdist or from the checkout, in another time zone and with other rights
    for new files; and the day is no part of it.
    """
    again = built(tmp_path, "--sdist", "--wheel", SOURCE_DATE_EPOCH="1798761600", TZ="Asia/Tokyo")
    names = sorted(path.name for path in release.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    assert names == [
        f"pywebml-{version.VERSION}-py3-none-any.whl", f"pywebml-{version.VERSION}.tar.gz",
    ]  # fmt: skip
    for name in names:
        assert (release / name).read_bytes() == (again / name).read_bytes(), name


def test_the_sdist_is_what_git_has(sdist: Path) -> None:
    files = packed(sdist)
    if CHECKOUT:
        missing = {name for name in in_git() - files.keys() if not NOT_PACKED.match(name)}
        assert (files.keys() - in_git(), missing) == ({"PKG-INFO"}, set())
    for name, content in files.items():
        assert name == "PKG-INFO" or content == (ROOT / name).read_bytes(), name
        assert len(content) < 1_000_000, name
    assert sdist.stat().st_size < 6_000_000


def test_the_wheel_is_pure_python_with_all_that_it_reads(wheel: Path) -> None:
    """Each file of the package, the kernels, the pages and the examples as it is; no
    compiled one, no tests.
    """
    files = packed(wheel)
    (about,) = (name for name in files if name.endswith(".dist-info/WHEEL"))
    said = email.message_from_bytes(files[about])
    assert (said["Root-Is-Purelib"], said["Tag"]) == ("true", "py3-none-any")
    expected = {}
    for folder, place in {"pywebml": "pywebml", **INSIDE}.items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
                expected[name] = path.read_bytes()
    others = {Path(name).name for name in files.keys() - expected.keys()}
    assert others == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE", "NOTICE"}
    assert {name: files[name] for name in expected} == expected
    assert wheel.stat().st_size < 3_600_000


def test_its_metadata_are_complete(wheel: Path) -> None:
    files = packed(wheel)
    (about,) = (name for name in files if name.endswith("/METADATA"))
    said = email.message_from_bytes(files[about])
    assert said["Version"] == version.VERSION
    assert (said["License-Expression"], said["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    assert said.get_all("License-File") == ["LICENSE", "NOTICE"]
    for name in ("Summary", "Keywords", "Description-Content-Type", "Classifier"):
        assert said[name], name
    pytest.importorskip("trove_classifiers")  # hatchling's own
    from trove_classifiers import classifiers

    assert {*said.get_all("Classifier", [])} <= classifiers


def test_the_version_stands_in_one_place(built_page: Path) -> None:
    """In the module, which the build reads; all else says what stands there."""
    about = re.compile(rf'version["\']?\s*[:=]\s*["\']{re.escape(version.VERSION)}["\']', re.I)
    places = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "pyproject.toml", *(ROOT / "pywebml").rglob("*.py"))
        if about.search(path.read_text(encoding="utf-8"))
    ]
    assert places == ["pywebml/host/version.py"]
    assert pywebml.__version__ == version.VERSION
    bill: dict[str, Any] = bill_of_materials()
    assert bill["metadata"]["component"]["version"] == version.VERSION
    for page in built_page.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert f'name="generator" content="pywebml {version.VERSION}"' in html
        assert f"<code>{version.VERSION}</code>" in html
    assets = json.loads(next(built_page.glob("app-*/assets.json")).read_text(encoding="utf-8"))
    assert assets["version"] == version.VERSION


def test_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed, "-c", "import pywebml; print(pywebml.__file__)", cwd=tmp_path)
    assert where.returncode == 0, where.stderr
    assert Path(where.stdout.strip()).is_relative_to(installed.parents[1])
    said = run(installed, "-m", "pywebml", "--version", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (0, f"pywebml {version.VERSION}\n")
    command = subprocess.run(
        [installed.with_name("pywebml"), "devices"], check=True, capture_output=True
    )
    assert b"NumPy" in command.stdout


def test_teaches_the_drawn_samples(installed: Path, tmp_path: Path) -> None:
    """What somebody does first who installed it; the model says which version it was."""
    samples = "import pywebml; print(pywebml.__path__[0])"
    package = Path(run(installed, "-c", samples, cwd=tmp_path).stdout.strip())
    words = ["teach", str(package / "data/up_down_left_right"), "--epochs", "3", "--out", "m.zip"]
    done = run(installed, "-m", "pywebml", *words, "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "model saved: m.zip" in done.stdout
    with zipfile.ZipFile(tmp_path / "m.zip") as model:
        assert f"pywebml {version.VERSION}".encode() in model.read("model.json")


@pytest.mark.skipif(not ALL, reason="16 s; the wheel has the checkout's files, see above")
def test_builds_the_page(sdist: Path, tmp_path: Path) -> None:
    """Installed from the sdist, as systems do that build all themselves."""
    python = fresh_python(tmp_path / "venv", sdist)
    done = run(python, "-m", "pywebml", "page", "build", "--out", "page", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "page" / "sw.js").is_file()


def test_check_passes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "-m", "pywebml", "check", "--hosts", "reference", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 outside their tolerance" in done.stdout


@pytest.mark.gpu
def test_kernels_are_read_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "import pywebml as pw, numpy as np; pw.set_device('gpu'); a = np.arange(6,"
        " dtype='float32').reshape(2, 3);print(np.abs(pw.ops.matmul(a, a.T).numpy() - a @"
        " a.T).max())"
    )
    done = run(installed, "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1e-4


def test_the_sample_set_is_small() -> None:
    files = [p for p in (ROOT / "pywebml/data/up_down_left_right").rglob("*") if p.is_file()]
    assert files
    assert sum(p.stat().st_size for p in files) <= 1_000_000
