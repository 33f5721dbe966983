"""What the pages may do, as a Content-Security-Policy: nothing but what comes from
where they themselves come from.

`page serve` sends it as a header. Each page says it in itself, too, for hosts where
nobody can set headers.
"""

from __future__ import annotations

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",  # a worker made of a blob has the policy of its page
    # where browsers have Trusted Types, no text becomes a script's address or a page
    # but in web/runtime/trusted.js
    "require-trusted-types-for": "'script'",
    "trusted-types": "pywebml",
    "connect-src": "'self' data: blob:",
    "img-src": "'self' data: blob:",
    "style-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADER_ONLY = {"frame-ancestors"}
"""What browsers pass over in a page: on hosts that set no header others may frame it."""

POLICY = "; ".join(f"{name} {value}" for name, value in DIRECTIVES.items())
"""The header."""

META_POLICY = "; ".join(
    f"{name} {value}" for name, value in DIRECTIVES.items() if name not in HEADER_ONLY
)
"""What each page says in itself."""
