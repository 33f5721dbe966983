"""The Python page: programs that run in the visitor's tab. It has no command; that is
Python itself.
"""

from __future__ import annotations

from .app import App

APP = App(
    name="python",
    says=(
        "Write Python with pywebml: the same code that runs on the desktop, on this device's"
        " graphics card."
    ),
    title="Python, in this tab",
    page=True,
    known_as=("editor", "code", "notebook", "Keras", "Pyodide"),
    unmeasured="it runs what a visitor writes; tests/gallery runs every example",
)
