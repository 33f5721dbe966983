"""Programs on pages: coloured, and otherwise as they are."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from hosts import ROOT

from pywebml.site import pages
from pywebml.site.highlight import highlighted

EXAMPLES = {
    path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.py")
}
ODD = {
    "two rows": 's = """a <b>\n  & "c" """  # d\n',
    "f-string": "print(f'{a!r:>{width}} {f\"{b}\"} </span>', 1e-3)\n",
    "wide": "naïve = 'ä€𝄞' + \"<\"  # 𝄞 then\nx = 0x1f\n",
    "no end": "async def f(): await g()",
    "blank": "\n\n\nclass A: pass\n",
    "empty": "",
    "joined": "a = 1 + \\\n    2\n",
}


def spans(html: str) -> list[tuple[str, str]]:
    return [
        (kind, unescape(text))
        for kind, text in re.findall(r'<span class="py-(\w+)">(.*?)</span>', html, re.DOTALL)
    ]


@pytest.mark.parametrize("source", [*EXAMPLES.values(), *ODD.values()], ids=[*EXAMPLES, *ODD])
def test_without_its_tags_it_is_the_program(source: str) -> None:
    html = highlighted(source)
    assert unescape(re.sub(r'<span class="py-\w+">|</span>', "", html)) == source
    assert not re.search(r"<(?!span class=\"py-\w+\">|/span>)|&(?!lt;|gt;|amp;)", html)


def test_kinds_of_words() -> None:
    assert spans(highlighted(ODD["no end"])) == [
        ("keyword", "async"),
        ("keyword", "def"),
        ("name", "f"),
        ("keyword", "await"),
    ]
    assert spans(highlighted(ODD["f-string"])) == [
        ("string", "f'{a!r:>{width}} {f\"{b}\"} </span>'"),
        ("number", "1e-3"),
    ]
    assert [kind for kind, _ in spans(highlighted(ODD["two rows"]))] == ["string", "comment"]


FOLD = '<details data-example="{{ example }}">{{ words }}<pre>{{ program }}</pre></details>'


def test_a_fold_holds_its_words_and_the_program() -> None:
    page = '<p>a</p><details data-example="sum">\n <p>It adds {{ x }}.</p>\n</details><p>b</p>'
    filled = pages.with_folds(page, FOLD, {"sum": "1 < 2\n"})
    assert filled.startswith('<p>a</p><details data-example="sum"><p>It adds {{ x }}.</p><pre>')
    assert filled.endswith("</pre></details><p>b</p>")
    assert unescape(re.sub("<.*?>", "", filled)) == "aIt adds {{ x }}.1 < 2b"


def test_a_page_shows_no_example_that_the_python_page_has_not() -> None:
    page = '<details data-example="another"></details>'
    with pytest.raises(ValueError, match=r"'another'.*page\.json does not list; it lists sum"):
        pages.with_folds(page, FOLD, {"sum": ""})


def test_every_fold_of_the_pages_is_the_example(tmp_path: Path) -> None:
    pages.write_pages(ROOT / "web", tmp_path, EXAMPLES)
    folds = 0
    for page in tmp_path.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        for name, rest in re.findall(
            r'<details[^>]* data-example="(\w+)">(.*?)</details>', html, re.S
        ):
            program = re.search(r'<pre class="program".*?><code>(.*?)</code></pre>', rest, re.S)
            assert program is not None, f"{page.name}: {name}"
            assert unescape(re.sub(r"<.*?>", "", program[1])) == EXAMPLES[name].strip()
            assert f'href="python.html#{name}"' in rest
            folds += 1
    assert folds
