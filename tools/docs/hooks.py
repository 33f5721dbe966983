"""What MkDocs asks while it builds the site: pages that are made of the code, and links
that lead out of docs/ in the repository, where the site has a page of its own.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tools.docs import howto, names, reference  # noqa: E402
from tools.docs.blocks import runnable  # noqa: E402

ADDED = {  # files of the repository's root that are pages of the site
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting.md",
    "CHANGELOG.md": "changelog.md",
}
PLACES = {**ADDED, "README.md": "index.md"}
PICTURES = sorted((ROOT / "web" / "pages").glob("*/picture.svg"))
ASSETS = {
    "assets/icon.svg": ROOT / "web" / "shared" / "icon.svg",
    **{f"assets/apps/{p.parent.name}.svg": p for p in PICTURES},
    **{f"assets/{p.name}": p for p in sorted((ROOT / "tools" / "docs" / "assets").glob("*.*"))},
}
NAME = re.compile(r"(?<!\[)`((?:pw|pywebml)(?:\.\w+)+)`(?!\])")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)")
GUIDES = "Guides"
MADE = ("api/", "how-to/")  # by tools/docs, examples and all


def on_files(files: Files, config: Any) -> Files:
    """Adds what is made of the code, and puts pages that the navigation does not name
    at the end of the guides.
    """
    texts = {name: (ROOT / file).read_text("utf-8") for file, name in ADDED.items()}
    made = {**reference.pages(), **howto.pages(), **names.pages()}
    for name, text in {**texts, **made}.items():
        files.append(File.generated(config, name, content=text))
    for name, path in ASSETS.items():
        files.append(File.generated(config, name, abs_src_path=str(path)))
    config.nav = navigation(config.nav, [file.src_uri for file in files.documentation_pages()])
    return files


def navigation(nav: list[Any], pages: list[str]) -> list[Any]:
    """The navigation with the pages that are made in their order, and all others."""
    api = ["api/index.md", *map(entry_of, reference.PAGES), "api/keras.md"]
    jobs = ["how-to/index.md", *(howto.file_of(app) for app in howto.APPS)]
    whole = {"API": api, "How-to": jobs}
    filled = [{name: whole.get(name, pages) for name, pages in section.items()} for section in nav]
    named = set(leaves(filled))
    for section in filled:
        if GUIDES in section:
            section[GUIDES] = section[GUIDES] + sorted(set(pages) - named)
    return filled


def entry_of(page: reference.Page) -> Any:
    """A page of the API in the navigation, or those of its topics."""
    if not page.split:
        return page.index
    topics = map(page.file_of, reference.by_topic(page))
    return {page.module: [page.index, *topics]}


def leaves(nav: Any) -> Iterator[str]:
    """The files that a navigation names."""
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from leaves(part)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links as the site has them, and examples that run; those of the API do already."""
    name = page.file.src_uri
    text = markdown if name.startswith(MADE) else runnable(markdown)
    return to_the_api(in_site(text, name), name)


def in_site(markdown: str, page: str) -> str:
    """The text of a page with links to other pages of the site; the words alone where
    the repository has a file that the site has not.
    """
    folder = "" if page in ADDED.values() else "docs"

    def link(match: re.Match[str]) -> str:
        words, target, anchor = match[1], match[2], match[3] or ""
        place = posixpath.normpath(posixpath.join(folder, posixpath.dirname(page), target))
        if place in PLACES:
            target = posixpath.relpath(PLACES[place], posixpath.dirname(page) or ".")
        elif folder == "" and place.startswith("docs/"):
            target = place.removeprefix("docs/")
        elif not place.startswith("docs/") and (ROOT / place).exists():
            return words
        return f"[{words}]({target}{anchor})"

    return LINK.sub(link, markdown)


def to_the_api(markdown: str, page: str) -> str:
    """The text with a link at each public name in it, but in headings and code."""
    folder = posixpath.dirname(page) or "."
    lines, code = [], False
    for line in markdown.split("\n"):
        code ^= line.lstrip().startswith("```")
        if not code and not line.startswith(("#", ":::", "    ")):
            line = NAME.sub(lambda match: linked(match, folder), line)
        lines.append(line)
    return "\n".join(lines)


def linked(match: re.Match[str], folder: str) -> str:
    """A public name's words as a link to its place; the words alone of any other."""
    place = places().get(match[1])
    return f"[{match[0]}]({posixpath.relpath(place, folder)})" if place else match[0]


@cache
def places() -> dict[str, str]:
    """{public name: page and anchor} of the whole API."""
    modules = {page.module: page.index for page in reference.PAGES}
    names = {
        name.public: f"{page.file_of(name.topic)}#{name.path}"
        for page in reference.PAGES
        for name in reference.names_of(page)
        if not name.alias_of
    }
    return {**names, **modules}
