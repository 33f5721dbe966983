"""Follows every link of a built site: each file is there, and each anchor in it. Other
sites are left alone, since a build asks nobody.
"""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

REFERENCES = ("href", "src")


class Page(HTMLParser):
    """The anchors of a page, and what it refers to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.references: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value and tag != "meta":
                self.anchors.add(value)
            if name in REFERENCES and value is not None:
                self.references.add(value)


def broken(site: Path, without: str = "") -> list[str]:
    """A sentence for each link that leads nowhere. What lies in the folder `without` is
    not read, and what leads there is taken to be there if the folder is not.
    """
    ignored = site / without

    @cache
    def read(path: Path) -> Page:
        return Page(path.read_text(encoding="utf-8"))

    faults = []
    for path in sorted(site.rglob("*.html")):
        if without and ignored in path.parents:
            continue
        for reference in sorted(read(path).references):
            parts = urlsplit(reference)
            if parts.scheme or parts.netloc:
                continue
            place = (
                site / parts.path.lstrip("/") if parts.path[:1] == "/" else path.parent / parts.path
            )
            target = place.resolve() if parts.path else path
            if without and target.is_relative_to(ignored.resolve()):
                continue
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(parts.fragment)
            if not target.is_file():
                faults.append(f"{path.relative_to(site).as_posix()}: {reference} leads to no file")
            elif anchor and target.suffix == ".html" and anchor not in read(target).anchors:
                faults.append(
                    f"{path.relative_to(site).as_posix()}: {reference}, no such place on that page"
                )
    return faults
