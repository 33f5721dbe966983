"""A page of one's own, as the command and the Teach page's session make it."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hosts import shared_device
from real_data import drawn_weights, real_data

from pywebml.apps.session import TeachSession
from pywebml.cli import main
from pywebml.device import run_sync, set_device
from pywebml.formats.heads import archive_bytes
from pywebml.host.files import sha256_of
from pywebml.host.stores.folders import Zip
from pywebml.site.own_page import LIBRARY, build_own_page, shell_files
from pywebml.zoo import Extractor, load_extractor
from pywebml.zoo.compact import compact_files, load_compact
from pywebml.zoo.heads import new_head
from pywebml.zoo.own_page import KERNELS, PLAN, WEIGHTS

LABELS = ["up", "down"]
PLANNED = {PLAN: b"{}", WEIGHTS: b"", KERNELS: b"{}"}


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    set_device(shared_device("cpu"))
    return load_compact(compact_files(load_extractor()))


def saved_head(extractor: Extractor) -> bytes:
    head = drawn_weights(new_head(extractor.features, 10, len(LABELS)))
    about = {"labels": LABELS, "extractor": extractor.describe(), "fit": "crop"}
    return archive_bytes(head, about)


def test_the_session_makes_the_page_that_the_command_makes(
    extractor: Extractor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same files; the tab's weights are the desktop's in 8 bits, rounded once more."""
    session = TeachSession(extractor)
    session.set_classes([{"key": name, "name": name} for name in LABELS])
    shell: dict[str, Any] = shell_files()
    assert run_sync(session.own_page(shell, "Which way?")) is None  # nothing is taught yet
    head = saved_head(extractor)
    session.load_head(head, LABELS)
    page = Zip(run_sync(session.own_page(shell, "Which <way>?")))
    (tmp_path / "head.zip").write_bytes(head)
    words = [
        "page",
        "build",
        "--model",
        str(tmp_path / "head.zip"),
        "--out",
        str(tmp_path / "page"),
    ]
    assert main([*words, "--title", "Which <way>?"]) == 0
    assert "MB before it predicts" in capsys.readouterr().out
    ours = {p.relative_to(tmp_path / "page").as_posix() for p in (tmp_path / "page").rglob("*.*")}
    assert set(page.names()) == ours
    html = page.read("index.html").decode()
    assert "<h1>Which &lt;way&gt;?</h1>" in html
    assert "{{" not in html
    listed = json.loads(page.read("sw.js").decode().split("FILES = ")[1].split(";")[0])
    (tmp_path / "one").write_bytes(page.read("model/plan.json"))
    assert listed["model/plan.json"] == sha256_of(tmp_path / "one")
    assert set(listed) == ours - {"sw.js"}
    plans = [
        json.loads(page.read("model/plan.json")),
        json.loads((tmp_path / "page/model/plan.json").read_text()),
    ]
    assert plans[0]["gpu"] == plans[1]["gpu"]
    assert plans[0]["cpu"] == plans[1]["cpu"]
    assert sum(len(page.read(name)) for name in page.names()) < 4_000_000


def test_what_a_script_imports_lies_beside_it() -> None:
    files = shell_files()
    scripts = [path for path in files if path.endswith(".js")]
    assert len(scripts) > 8
    for path in scripts:
        for name in re.findall(
            r'^[^/*\n]*(?:from|import) "(\./[^"]+)"', files[path].decode(), re.M
        ):
            assert str(PurePosixPath(path).parent / name) in files, (path, name)


def test_an_export_of_teachable_machine(tmp_path: Path) -> None:
    """A network with classes of its own, in a quarter of its bytes."""
    model = real_data("teachable_machine/image-model.zip")
    if model is None:
        pytest.skip("no data: teachable_machine/image-model.zip")
    assert main(["page", "build", "--model", str(model), "--out", str(tmp_path / "page")]) == 0
    plan = json.loads((tmp_path / "page" / "model" / PLAN).read_text())
    assert plan["labels"] == ["Class 1", "Class 2"]
    assert plan["picture"]["scale"] == pytest.approx([1 / 127] * 3)
    assert plan["gpu"] and plan["cpu"] and plan["softmax"]
    assert (tmp_path / "page" / "model" / WEIGHTS).stat().st_size < 600_000


def test_what_is_elsewhere_stays(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="holds something else than a page of a model"):
        build_own_page(mine, PLANNED)
    assert (mine / "thesis.txt").read_text() == "years of work"
    build_own_page(tmp_path / "page", PLANNED, "one")
    (tmp_path / "page" / "old.txt").write_text("of an older version")
    build_own_page(tmp_path / "page", PLANNED, "two")
    assert "<h1>two</h1>" in (tmp_path / "page" / "index.html").read_text()
    assert not (tmp_path / "page" / "old.txt").exists()
    assert (tmp_path / "page" / LIBRARY).stat().st_size < 140_000
    with pytest.raises(ValueError, match="is a file"):
        build_own_page(mine / "thesis.txt", PLANNED)


def test_only_build_takes_a_model(
    extractor: Extractor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "head.zip").write_bytes(saved_head(extractor))
    assert main(["page", "serve", "--model", str(tmp_path / "head.zip")]) != 0
    assert "--model is of `page build`" in capsys.readouterr().err
    assert main(["page", "build", "--model", str(tmp_path / "none.zip")]) != 0
    assert "no such model" in capsys.readouterr().err
