"""The gallery's pages, and the settings in the address with which a job of minutes is
done in seconds.
"""

from __future__ import annotations

from shares import ALL

from pywebml.site.build import web_folder
from pywebml.site.pages import apps_with_pages, file_of

APPS = {app["name"]: app for app in apps_with_pages(web_folder())}
PAGES = {"gallery": "", **{name: file_of(app) for name, app in APPS.items()}}
PART = {
    "bench": "only=dispatch",
    "check": "op=Softmax",
    "digits": "network=dense&epochs=1",
    "embedding_map": "digits=100&iterations=60",
}
if not ALL:  # the commands reach what these declare: tests/gallery/test_apps.py
    PART |= {"dates": "epochs=1&examples=400", "text": "steps=20&units=16"}
    PART["face_points"] = "epochs=1&faces=100&blocks=1"
