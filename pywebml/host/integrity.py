"""Sums by which a browser knows the scripts of a page again (Subresource Integrity): in
tags, and in an import map, which has those of modules that other modules import.

An import map stands in the page itself, where a Content-Security-Policy lets no script
stand but one that it names by its sum (`allowing`). The map is JSON, which is no
JavaScript: whatever takes it for a script, nothing of it runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping

_MAP = re.compile('<script type="importmap">([^<]*)</script>')
_SCRIPTS = "script-src 'self'"


def sum_of(data: bytes) -> str:
    """As tags, import maps and policies write it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def import_map(sums: Mapping[str, str]) -> str:
    """The element for a page of {path from the page: sum}. It must stand before all
    modules.
    """
    paths = {f"./{path}": digest for path, digest in sorted(sums.items())}
    text = json.dumps({"integrity": paths}, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="importmap">{text}</script>'


def allowing(policy: str, html: str) -> str:
    """A policy, or a text with one in it, that lets in the import map of a page, and so
    no other script that stands in it.
    """
    sums = " ".join(f"'{sum_of(text.encode())}'" for text in _MAP.findall(html)[:1])
    return policy.replace(_SCRIPTS, f"{_SCRIPTS} {sums}", 1) if sums else policy
