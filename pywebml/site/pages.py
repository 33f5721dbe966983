"""The HTML pages: web/shared/frame.html around each web/pages/NAME/page.html.

No template language: a frame has a few slots, `{{ name }}`, and each must be filled. A
`<details data-example="NAME">` becomes web/shared/fold.html around examples/NAME.py, so
that what a page says of its program is the program that runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ..host.version import VERSION
from .highlight import highlighted
from .policy import META_POLICY

_SLOT = re.compile(r"\{\{ (\w+) \}\}")
_FOLD = re.compile(r'<details data-example="([^"]*)">(.*?)</details>', re.DOTALL)
# of a file beside the pages, not an address with a scheme, a query or an anchor
REFERENCE = re.compile(r'\b(src|href)="(?:\./)?([^"#?:]+)"')

GALLERY = {
    "name": "gallery",
    "title": "Machine learning in this tab",
    "says": "Pages that learn on your own device, in Python and WebGPU. Nothing is uploaded.",
}
# links to apps' pages beside the gallery, in the navigation of every page
FIRST = {"teach": "Teach", "python": "Python"}
FURTHER = {"check": "Check this browser", "bench": "Time this browser"}  # in the footer
KEPT = {"index.html#kept": "What this browser keeps"}

App = Mapping[str, Any]
"""An entry of web/apps.json."""
Examples = Mapping[str, str]
"""{file: source} of the programs that the Python page offers."""


def apps_with_pages(web: Path) -> list[App]:
    """What web/apps.json says of the apps that have a page, in the gallery's order."""
    apps: list[App] = json.loads((web / "apps.json").read_text(encoding="utf-8"))
    return [app for app in apps if app["page"]]


def write_pages(web: Path, site: Path, examples: Examples) -> None:
    """All HTML pages, into the folder of the site."""
    apps = apps_with_pages(web)
    cards = "\n    ".join(_card(web, app) for app in apps)
    _write(web, site / "index.html", GALLERY, apps, examples, {"cards": cards})
    for app in apps:
        _write(web, site / file_of(app), app, apps, examples, {})


def file_of(app: App) -> str:
    """The file of an app's page: teach.html."""
    return f"{app['name']}.html"


def _write(
    web: Path,
    path: Path,
    app: App,
    apps: Sequence[App],
    examples: Examples,
    slots: Mapping[str, str],
) -> None:
    """The page of web/pages/NAME in its frame. Its references are those of web/."""
    folder = web / "pages" / app["name"]
    sheets = (sheet.relative_to(web).as_posix() for sheet in sorted(folder.rglob("*.css")))
    page = {
        "policy": META_POLICY,
        "version": VERSION,
        "title": escape(app["title"]),
        "says": escape(app["says"]),
        "styles": "\n  ".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in sheets),
        "script": f"pages/{app['name']}/page.js",
        "navigation": _links({"index.html": "Gallery"} | _files(apps, FIRST), path.name),
        "app": app["name"],
        "main": with_folds(
            fill(_read(folder / "page.html"), slots), _read(web / "shared" / "fold.html"), examples
        ),
        "further": _links(_files(apps, FURTHER) | KEPT, path.name),
    }
    path.write_text(fill(_read(web / "shared" / "frame.html"), page), encoding="utf-8")


def _card(web: Path, app: App) -> str:
    """An app's card in the gallery."""
    marks = {"offline": "works offline once opened"} if app["offline"] else {}
    marks |= {
        need: f"uses your {need}" for need in ("camera", "microphone") if need in app["needs"]
    }
    slots = {
        "app": app["name"],
        "words": escape(" ".join(app["known_as"])),
        "file": file_of(app),
        "title": escape(app["title"]),
        "says": escape(app["says"]),
        "picture": f"pages/{app['name']}/picture.svg",
        "marks": "".join(_mark(icon, words) for icon, words in marks.items()),
    }
    return fill(_read(web / "pages" / "gallery" / "card.html"), slots)


def _mark(icon: str, words: str) -> str:
    picture = f'<svg class="icon" aria-hidden="true"><use href="#i-{icon}"></use></svg>'
    return f"<li>{picture}{escape(words)}</li>"


def _files(apps: Sequence[App], links: Mapping[str, str]) -> dict[str, str]:
    """{file: words} of {name: words}, for the apps that have a page."""
    return {file_of(app): links[app["name"]] for app in apps if app["name"] in links}


def _links(pages: Mapping[str, str], current: str) -> str:
    """A link to each page, {file: words}; the current one says that it is."""
    lines = []
    for file, words in pages.items():
        here = ' aria-current="page"' if file == current else ""
        lines.append(f'<a href="{file}"{here}>{escape(words)}</a>')
    return "\n    ".join(lines)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def fill(frame: str, slots: Mapping[str, str]) -> str:
    """The frame with its slots filled. ValueError where a slot is left empty, or a
    filling has no slot.
    """
    names = set(_SLOT.findall(frame))
    if names != slots.keys():
        odd = ", ".join(sorted(names ^ slots.keys()))
        raise ValueError(f"the slots of a frame and what fills them differ in: {odd}")
    return _SLOT.sub(lambda match: slots[match[1]], frame)


def with_folds(html: str, fold: str, examples: Examples) -> str:
    """The page with a fold in place of each `<details data-example="NAME">`: what is in
    there, then the program. ValueError where the Python page does not offer it.
    """

    def filled(match: re.Match[str]) -> str:
        name, words = match[1], match[2].strip()
        if name not in examples:
            raise ValueError(
                f"a page shows the example {name!r}, which examples/page.json does not list; "
                f"it lists {', '.join(examples)}"
            )
        program = highlighted(examples[name].strip())
        return fill(fold, {"example": name, "words": words, "program": program})

    return _FOLD.sub(filled, html)


def moved(html: str, exists: Callable[[str], bool], folder: str) -> str:
    """The page with its references to files that lie in the app's folder pointing
    there.
    """

    def there(match: re.Match[str]) -> str:
        attribute, path = match.groups()
        return f'{attribute}="{folder}/{path}"' if exists(path) else match[0]

    return REFERENCE.sub(there, html)
