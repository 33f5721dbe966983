"""Sums in the pages: a script or style sheet that is another than the one that was
built is not run, whoever put it there.

A page names the modules that its script imports, too: so each has its sum, and all are
asked for at once rather than one after the other. Left out are those that are imported
later, by name: the editor, plots, other languages. The worker's files have their sums
in assets.json, and all files theirs in sw.js.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from pathlib import Path

_SHEET = re.compile(r'<link rel="stylesheet" href="([^":]+)"')
_SCRIPT = re.compile(r'<script type="module" src="([^":]+)"')
_IMPORT = re.compile(r'^(?:import|export|\})\s(?:[^"\';]*\bfrom\s)?\s*"(\.[^"]+)";', re.MULTILINE)


def sealed(html: str, site: Path) -> str:
    """The page with the sums of its style sheets, of its script, and of what that
    imports. References are those of the site.
    """

    def seal(match: re.Match[str]) -> str:
        return f'{match[0]} integrity="{_sum(site / match[1])}"'

    def preloaded(match: re.Match[str]) -> str:
        links = (
            f'<link rel="modulepreload" href="{path}" integrity="{_sum(site / path)}">'
            for path in sorted(imported(match[1], site))
        )
        return "\n  ".join((*links, seal(match)))

    return _SCRIPT.sub(preloaded, _SHEET.sub(seal, html))


def imported(script: str, site: Path) -> set[str]:
    """The modules that a script imports, and those that they do; by their paths in the
    site.
    """
    rest, modules = [script], {script}
    while rest:
        name = rest.pop()
        for path in _IMPORT.findall((site / name).read_text(encoding="utf-8")):
            module = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if module not in modules:
                modules.add(module)
                rest.append(module)
    return modules - {script}


def _sum(file: Path) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
