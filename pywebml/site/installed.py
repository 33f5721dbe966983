"""What a browser needs to install the pages as an app: the manifest, and by it the ways
in from outside: a picture that another app shares, a file that is opened with this one.
"""

from __future__ import annotations

from typing import Any

from .pages import GALLERY

FOLDER = "installed"
"""Of web/: icons and screenshots, which nobody fetches but who installs."""
SHARED = "share"
"""The address that browsers send shared files to. web/runtime/sw.js takes them, in the
browser; no host is to keep them.
"""
LANDS = "classify.html"
"""The page that what is shared, or opened, comes to."""
PICTURES = {
    "image/jpeg": [".jpg", ".jpeg"], "image/png": [".png"], "image/webp": [".webp"],
    "image/gif": [".gif"], "image/bmp": [".bmp"],
}  # fmt: skip
NETWORKS = {"application/zip": [".zip"], "application/x-hdf5": [".h5", ".keras"]}
_SHORTCUTS = {
    "teach.html": ("Teach", "Teach it your pictures"),
    "classify.html": ("What is in a picture?", "Show it a picture, or your camera"),
    "python.html": ("Python", "Write and run a program"),
}


def manifest(app: str) -> dict[str, Any]:
    """manifest.webmanifest of a page whose app's folder has this name."""
    folder = f"{app}/{FOLDER}"

    def icon(name: str, size: int, purpose: str) -> dict[str, str]:
        return {
            "src": f"{folder}/{name}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }

    def screenshot(name: str, sizes: str) -> dict[str, str]:
        return {
            "src": f"{folder}/{name}.jpg",
            "sizes": sizes,
            "type": "image/jpeg",
            "form_factor": name,
            "label": "A network says what is in a picture, and where",
        }

    drawn = {"src": f"{app}/shared/icon.svg", "sizes": "any", "type": "image/svg+xml"}
    return {
        "name": "pywebml",
        "short_name": "pywebml",
        "description": GALLERY["says"],
        "lang": "en",
        "categories": ["education", "developer"],
        "id": "./",
        "start_url": "./index.html",
        "scope": "./",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#1d4ed8",
        "icons": [
            {**drawn, "purpose": "any"},
            icon("icon-192", 192, "any"),
            icon("icon-512", 512, "any"),
            icon("maskable-512", 512, "maskable"),
        ],
        "screenshots": [screenshot("wide", "1280x800"), screenshot("narrow", "390x844")],
        "shortcuts": [
            {"name": name, "description": says, "url": f"./{page}"}
            for page, (name, says) in _SHORTCUTS.items()
        ],
        "share_target": {
            "action": f"./{SHARED}",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"files": [{"name": "shared", "accept": ["image/*"]}]},
        },
        "file_handlers": [{"action": f"./{LANDS}", "accept": {**PICTURES, **NETWORKS}}],
    }
