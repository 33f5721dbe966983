"""`page`: builds the pages that run in a browser tab, and serves them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from .app import App, Given, Outcome, Takes
from .options import Options, option


@dataclass(frozen=True)
class PageOptions(Options):
    """Where the page is, and where it is served."""

    out: str = option("page", "the folder of the page", metavar="DIR")
    port: int = option(
        8000,
        "of `serve`, on 127.0.0.1; 0 takes a free one",
        low=0,
        high=65535,
        noun="a port",
    )
    open: bool = option(False, "open it in this machine's browser")


def run(given: Given) -> Outcome:
    """The `page` command."""
    import webbrowser  # none of these is for a tab

    from ..site.build import build, is_current
    from ..site.serve import Server

    options: PageOptions = given.options
    out, screen = Path(options.out), given.screen
    there = (out / "sw.js").is_file()
    if given.inputs["action"] == "build" or not there or not is_current(out):
        if there and given.inputs["action"] == "serve":
            screen.line(f"{out} is of another pywebml than this one, so it is built anew")
        built = build(out, screen.line)
        screen.line(
            f"{out}: {built['files']} files, {built['bytes'] / 1e6:.1f} MB; a first visit takes"
            f" {built['start_bytes'] / 1e6:.1f} MB",
            "title",
        )
    if given.inputs["action"] == "serve":
        with Server(out, options.port) as server:
            screen.line(f"{server.url} (Ctrl-C ends it)")
            if options.open:
                webbrowser.open(server.url)
            with contextlib.suppress(KeyboardInterrupt):
                server.serve_forever()
    return Outcome()


APP = App(
    name="page",
    says="Build the page that teaches in a browser tab, and serve it.",
    run=run,
    options=PageOptions,
    takes=(
        Takes(
            "action",
            "serve builds first where nothing is built yet, or by another pywebml",
            choices=("build", "serve"),
        ),
    ),
    shows=("page serve --open",),
    unmeasured="tests/site and tests/gallery open what it builds",
    json=False,
)
