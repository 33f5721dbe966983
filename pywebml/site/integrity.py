"""Sums in the pages: a script or style sheet that is another than the one that was
built is not run, whoever put it there.

A page names the modules that its script imports, too: so all are asked for at once
rather than one after the other. The sums of those, and of what is imported later by
name (the editor, plots, other languages), are in its import map. A worker looks at no
such map: its files have their sums in assets.json, and all files theirs in sw.js.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from ..host.integrity import allowing, import_map, sum_of

_SHEET = re.compile(r'<link rel="stylesheet" href="([^":]+)"')
_SCRIPT = re.compile(r'<script type="module" src="([^":]+)"')
_IMPORT = re.compile(r'^(?:import|export|\})\s(?:[^"\';]*\bfrom\s)?\s*"(\.[^"]+)";', re.MULTILINE)
_LATER = re.compile(r'\blater\(new URL\("(\.[^"]+)"')
_FIRST = re.compile(r'<link rel="modulepreload"|<script type="module"')
NAMED = ("vendor", "shared/words")
"""Folders whose modules are imported by names that scripts put together."""


def sealed(html: str, site: Path) -> str:
    """The page with the sums of its style sheets, its scripts, and all that they
    import; its policy lets in the map of these. References are those of the site.
    """

    def seal(match: re.Match[str]) -> str:
        return f'{match[0]} integrity="{_sum(site / match[1])}"'

    def preloaded(match: re.Match[str]) -> str:
        links = (
            f'<link rel="modulepreload" href="{path}" integrity="{_sum(site / path)}">'
            for path in sorted(imported(match[1], site))
        )
        return "\n  ".join((*links, seal(match)))

    scripts = _SCRIPT.findall(html)
    modules = {path: _sum(site / path) for path in importable(scripts, site)}
    html = _SCRIPT.sub(preloaded, _SHEET.sub(seal, html))
    html = _FIRST.sub(lambda match: f"{import_map(modules)}\n  {match[0]}", html, count=1)
    return allowing(html, html)


def imported(script: str, site: Path) -> set[str]:
    """The modules that a script imports, and those that they do; by their paths in the
    site.
    """
    return _reached([script], site, _IMPORT) - {script}


def importable(scripts: Iterable[str], site: Path) -> set[str]:
    """The scripts, and whatever they may ever import: at once, later, or by a name."""
    folders = {script.split("/")[0] for script in scripts}
    named = (path for app in folders for name in NAMED for path in (site / app / name).glob("*.js"))
    begin = [*scripts, *(path.relative_to(site).as_posix() for path in named)]
    return _reached(begin, site, _IMPORT, _LATER)


def _reached(scripts: Iterable[str], site: Path, *ways: re.Pattern[str]) -> set[str]:
    """The scripts, and the modules that they import in these ways, and so on."""
    rest, modules = [*scripts], {*scripts}
    while rest:
        name = rest.pop()
        text = (site / name).read_text(encoding="utf-8")
        for path in (path for way in ways for path in way.findall(text)):
            module = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if module not in modules:
                modules.add(module)
                rest.append(module)
    return modules


def _sum(file: Path) -> str:
    return sum_of(file.read_bytes())
