"""What each page of the site may do, said in itself as a Content-Security-Policy: its
own files, and the few scripts that the theme writes into its pages, by their sums.

Trusted Types, which our pages ask for, are left out: the theme's search makes its
results of texts.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
ALIGNED = re.compile(r'style="text-align: (\w+);"')  # of a table's column
HEAD = '<meta charset="utf-8">'
SEARCH = '<div class="md-search" data-md-component="search" role="dialog"'
"""The theme's field, which it gives no name."""


def seal(path: Path, site: Path, app: str) -> None:
    """Writes the policy into a page, and where the runtime's folder `app` is, if any. No
    element has a style of its own, as the policy wants it.
    """
    html = path.read_text(encoding="utf-8")
    sums = sorted({f"'sha256-{digest(script)}'" for script in INLINE.findall(html)})
    policy = (
        f"default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {' '.join(sums)};"
        " worker-src 'self' blob:; connect-src 'self' data: blob:; img-src 'self' data: blob:;"
        " style-src 'self';"
        " manifest-src 'self'; base-uri 'none'; form-action 'none'"
    )
    metas = [f'<meta http-equiv="Content-Security-Policy" content="{policy}">']
    if app:
        up = "../" * (len(path.relative_to(site).parts) - 1)
        metas.append(f'<meta name="pywebml-runtime" content="{up}{app}/">')
    html = ALIGNED.sub(r'class="\1"', html)
    html = html.replace(SEARCH, f'{SEARCH} aria-label="Search"', 1)
    html = html.replace(HEAD, "\n".join([HEAD, *metas]), 1)
    path.write_text(html, encoding="utf-8")


def digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
