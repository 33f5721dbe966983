"""The pages' words in other languages: each that a translated page can show is in every
table, with its values, and no table has one that no page shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pywebml.site import build, pages
from pywebml.site.build import web_folder

SHARED = web_folder() / "shared"
LANGUAGE = (SHARED / "language.js").read_text(encoding="utf-8")
TABLES = sorted((SHARED / "words").glob("*.js"))
TRANSLATED = re.findall(r'"(\w+)"', re.search(r"TRANSLATED = \[(.*?)\]", LANGUAGE)[1])  # type: ignore[index]
LABELS = {"aria-label", "title", "placeholder", "alt"}


class Texts(HTMLParser):
    """The texts between a page's tags, and what its labels say; programs are no words."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"pre", "code"}:
            self.inside.append(tag)
        self.texts |= {value for name, value in attrs if name in LABELS and value}

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.texts.add(" ".join(data.split()).removesuffix(" · pywebml"))


def templates(script: str) -> Iterator[str]:
    """The keys of a script's t`...`, those within others, too."""
    for start in (match.end() for match in re.finditer(r"(?<![\w$])t`", script)):
        key, values, i = "", 0, start
        while script[i] != "`":
            if script.startswith("${", i):
                key, values, i = f"{key}{{{values}}}", values + 1, _after_value(script, i + 2)
            else:
                key, i = key + script[i], i + 1
        yield key


def _after_value(script: str, i: int) -> int:
    """The place behind the brace that closes a value."""
    while script[i] != "}":
        if script[i] == "{":
            i = _after_value(script, i + 1)
        elif script[i] == "`":
            i = script.index("`", i + 1) + 1
        else:
            i += 1
    return i + 1


def counts(script: str) -> Iterator[str]:
    """The keys of counted(n, "picture")."""
    for one, many in re.findall(
        r'counted\([^,()]+(?:\([^()]*\))?,\s*"(.+?)"(?:,\s*"(.+?)")?\)', script
    ):
        yield from (f"1 {one}", f"{{0}} {many or one + 's'}")


def shown(site: Path) -> set[str]:
    """All keys of translated pages."""
    web = web_folder()
    pages.write_pages(web, site, {e["file"]: e["source"] for e in build._examples()})
    scripts = [*SHARED.glob("*.js"), *(web / "runtime").glob("*.js")]
    keys: set[str] = set()
    for name in TRANSLATED:
        scripts += (web / "pages" / name).rglob("*.js")
        html = Texts()
        html.feed((site / f"{'index' if name == 'gallery' else name}.html").read_text("utf-8"))
        keys |= {text for text in html.texts if re.search("[A-Za-z]", text)}
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        keys |= {*templates(text), *counts(text)}
        keys |= set(re.findall(r'stage\("\w+", "(.+?)"', text))
        if script.name in {"gpu.js", "worker.js"}:  # why there is no graphics card
            keys |= set(re.findall(r'new Error\("([A-Z].+?\.)"\)', text))
    for app in pages.apps_with_pages(web):
        if app["name"] in TRANSLATED:
            for option in app["options"]:
                names = [c for c in option["choices"] or () if isinstance(c, str)]
                keys |= {option["label"], option["help"], *names}
    return keys


def table(path: Path) -> dict[str, str]:
    """A table of words: a JavaScript object whose keys and texts are JSON's strings."""
    body = path.read_text(encoding="utf-8").split("export default ", 1)[1].rstrip().rstrip(";")
    body = re.sub(r"^\s*//.*$", "", body, flags=re.MULTILINE)
    body = re.sub(r"^(\s*)(\w+):", r'\1"\2":', body, flags=re.MULTILINE)
    read: dict[str, str] = json.loads(re.sub(r",(\s*})", r"\1", body))
    return read


def test_there_is_a_table_for_each_language() -> None:
    names = set(re.findall(r'^export const LANGUAGES = \{ en: "English", (.*) \};', LANGUAGE, re.M))
    (listed,) = names
    assert set(re.findall(r'"([\w-]+)": ', listed)) == {path.stem for path in TABLES}


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_word_is_in_it_and_none_too_many(path: Path, tmp_path: Path) -> None:
    keys, words = shown(tmp_path), table(path)
    missing = sorted(keys - words.keys())
    assert not missing, "not translated:\n" + "\n".join(missing)
    assert not words.keys() - keys, "no page shows these"


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_values_are_kept_and_words_are_of_that_language(path: Path) -> None:
    for key, text in table(path).items():
        values = sorted(set(re.findall(r"\{\d+\}", key)))
        assert sorted(set(re.findall(r"\{\d+\}", text))) == values, key
        if path.stem == "zh-Hans":
            assert text == key or re.search(r"[\u3000-\u9fff\uff00-\uffef]", text), key


def test_keys_are_read_from_scripts() -> None:
    script = 'say(t`Of ${a ? `x${b}` : f({ c })} and ${t`What`}`); counted(n.of(2), "box", "boxes")'
    assert [*templates(script)] == ["Of {0} and {1}", "What"]
    assert [*counts(script)] == ["1 box", "{0} boxes"]
