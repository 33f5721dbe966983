"""The gallery's pages, and the settings in the address with which a job of minutes is
done in seconds.
"""

from __future__ import annotations

from shares import ALL

from pywebml.site.build import web_folder
from pywebml.site.pages import apps_with_pages, file_of

APPS = {app["name"]: app for app in apps_with_pages(web_folder())}
PAGES = {"gallery": "", **{name: file_of(app) for name, app in APPS.items()}}
SETTINGS = {
    "digits": "network=dense&epochs=1",
    "embedding_map": "digits=100&iterations=60",
}
SHORT = {
    "dates": "epochs=1&examples=400", "text": "steps=20&units=16",
    "face_points": "epochs=1&faces=100&blocks=1", "cart_pole": "iterations=3&games=8",
}  # fmt: skip
"""Those with which a page does no more than show that it works."""
if not ALL:  # the commands reach what these declare: tests/gallery/test_apps.py
    SETTINGS |= SHORT
ONLY = {"bench": "only=dispatch", "check": "op=Softmax"}
"""A page that is opened so shows less of itself."""
PART = SETTINGS | ONLY
SOONER_STILL = {"playground": "#data=gauss&epochs=10"}
SOONER = {} if ALL else SOONER_STILL
"""What a page's address says so that it reaches what its app declares within seconds."""
