"""A page for each job, of what it declares: its commands, its page in the tab, its
settings with their limits, the program behind it.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from pywebml.apps import APPS
from pywebml.apps.app import App, Reaches
from pywebml.apps.options import Option

ROOT = Path(__file__).parents[2]
PROGRAM = "python -m pywebml"


def pages() -> dict[str, str]:
    """{file: Markdown} of all jobs."""
    return {"how-to/index.md": overview(), **{file_of(app): page_of(app) for app in APPS}}


def file_of(app: App) -> str:
    return f"how-to/{app.name}.md"


def overview() -> str:
    """Cards of those with a page, then the other commands."""
    cards = [
        f'<a class="card" href="{app.name}/"><img src="../assets/apps/{app.name}.svg" alt="">'
        f"<strong>{escape(app.describe()['title'])}</strong>"
        f"<span>{escape(app.describe()['says'])}</span></a>"
        for app in APPS
        if app.page
    ]
    rows = [f"| [`{a.name}`]({a.name}.md) | {cell(a.says)} |" for a in APPS if not a.page]
    return "\n".join(
        [
            "# How to",
            "",
            "Each job is a command; those with a picture are a page in the tab, too.",
            "",
            f'<div class="cards">{"".join(cards)}</div>',
            "",
            "## Commands without a page",
            "",
            "| command | what it does |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def page_of(app: App) -> str:
    title = app.title or app.says.rstrip(".")
    lines = [f"---\ntitle: {title if app.page else app.name}\n---", "", f"# {title}", ""]
    if app.page:
        lines += [f"![](../assets/apps/{app.name}.svg){{ .app-picture }}", ""]
    lines += [app.card or app.says, ""]
    if app.page:
        lines += [
            f'<p class="needs-runtime"><a class="md-button md-button--primary"'
            f' href="../../run/{app.name}.html">Open it in this tab</a></p>',
            "",
        ]
    if app.run is not None:
        commands = "\n".join(f"{PROGRAM} {words}" for words in app.shows)
        lines += ["## In a terminal", "", f"{app.says}", "", "```sh", commands, "```", ""]
        lines += options_table(app)
    if bounds := [words(bound) for bound in app.reaches]:
        lines += ["## What it reaches", "", "The tests hold the first command, and the page, to:"]
        lines += ["", *(f"- {bound}" for bound in bounds), ""]
    program = ROOT / "examples" / f"{app.name}.py"
    if program.exists():
        source = program.read_text("utf-8")
        lines += ["## The program behind it", "", "``` { .python .run }", source, "```", ""]
    if app.known_as:
        lines += [f"Also known as: {', '.join(app.known_as)}.", ""]
    return "\n".join(lines)


def options_table(app: App) -> list[str]:
    rows = [f"| `{each.name}` | {cell(each.help or '')} | |" for each in app.takes]
    rows += [
        f"| `--{option.word}` | {cell(option.help)} | {default_of(option)} |"
        for option in app.options.declared()
    ]
    rows.append("| `--device` | auto (a graphics card if there is one), gpu or cpu | `auto` |")
    if app.json:
        rows.append("| `--json` | a file for the results | |")
    return ["| word | what it says | if left out |", "|---|---|---|", *rows, ""]


def default_of(option: Option) -> str:
    plain = option.required or option.default is None or option.kind == "bool"
    return "" if plain else f"`{option.default}`"


def words(bound: Reaches) -> str:
    """A bound as a sentence."""
    name = bound.name.replace("_", " ")
    above = "" if bound.above is None else f" above {bound.above:g}"
    below = "" if bound.below is None else f" below {bound.below:g}"
    seconds = "" if bound.seconds is None else f", within {bound.seconds:g} s on two cores"
    return f"{name}{above}{below}{seconds}"


def cell(text: str) -> str:
    return re.sub(r"([|*\[\]])", r"\\\1", text.replace("<", "&lt;"))
