"""`page`: builds the pages that run in a browser tab, and serves them."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .app import App, Given, Outcome, Takes
from .options import Options, option

TOGETHER = "#together"
"""Of the Teach page's address: shows how to take part in a federation."""


@dataclass(frozen=True)
class PageOptions(Options):
    """Where the page is, whose it is, and where it is served."""

    out: str = option("page", "the folder of the page", metavar="DIR")
    port: int = option(
        8000,
        "of `serve`, on 127.0.0.1; 0 takes a free one",
        low=0,
        high=65535,
        noun="a port",
    )
    open: bool = option(False, "open it in this machine's browser")
    model: str | None = option(
        None,
        "of `build`: what `teach` or the Teach page has saved, or Teachable Machine; DIR becomes a"
        " small page of that model alone, without Python",
        metavar="MODEL",
    )
    title: str = option("", "of the page of --model", metavar="TEXT")
    federation: str | None = option(
        None,
        "of `serve`: a Flower server, such as http://127.0.0.1:9092, in whose training visitors of"
        " the Teach page can take part; their calls are passed on to it",
        metavar="ADDRESS",
    )
    ca: str | None = option(
        None,
        "of `serve --federation https://...`: who signed the server's certificate",
        metavar="FILE",
    )


async def run(given: Given) -> Outcome:
    """The `page` command."""
    import webbrowser  # none of these is for a tab

    from ..site.build import build, is_current
    from ..site.sbom import bill_of_materials
    from ..site.serve import Server

    options: PageOptions = given.options
    out, screen = Path(options.out), given.screen
    if options.model is not None:
        return await _own_page(given, Path(options.model), out)
    if given.inputs["action"] == "sbom":
        print(json.dumps(bill_of_materials(), indent=2))
        return Outcome()
    handler = _handler(options)
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
        with Server(out, options.port, handler) as server:
            url = f"{server.url}teach.html{TOGETHER}" if options.federation else server.url
            screen.line(f"{url} (Ctrl-C ends it)")
            if options.open:
                webbrowser.open(url)
            with contextlib.suppress(KeyboardInterrupt):
                server.serve_forever()
    return Outcome()


async def _own_page(given: Given, model: Path, out: Path) -> Outcome:
    """A page of one model."""
    from ..site.own_page import build_own_page
    from ..zoo import load_classifier, load_described
    from ..zoo.own_page import plan_files
    from .predictors import read_head

    if given.inputs["action"] != "build":
        raise ValueError("--model is of `page build`; any static host serves what it makes")
    title = given.options.title
    if head := read_head(model):
        extractor = load_described(head.metadata["extractor"])
        # heads of before it was written down were taught on squashed pictures
        labels, fit = head.metadata["labels"], head.metadata.get("fit", "squash")
        plan = await plan_files(extractor, head.model, labels, fit, title)
    else:
        network = load_classifier(model)
        if network.classes is None:
            raise ValueError(f"{model} does not say what its classes are called")
        plan = await plan_files(network, None, network.classes, "crop", title)
    built = build_own_page(out, plan, title)
    given.screen.line(
        f"{out}: {built['files']} files; a first visit takes {built['start_bytes'] / 1e6:.1f} MB"
        " before it predicts",
        "title",
    )
    given.screen.line("any static host serves it, under any path")
    return Outcome()


def _handler(options: PageOptions) -> Any:
    """What answers the pages' requests."""
    from ..site.federation import passing_on
    from ..site.serve import Handler

    if options.ca is not None and not options.federation:
        raise ValueError("--ca says who signed a federation's certificate; add --federation")
    return passing_on(options.federation, options.ca) if options.federation else Handler


APP = App(
    name="page",
    says="Build the page that teaches in a browser tab, and serve it.",
    run=run,
    options=PageOptions,
    takes=(
        Takes(
            "action",
            "serve builds first where nothing is built yet, or by another pywebml; sbom prints"
            " what of the page others made, with licences and sums (CycloneDX)",
            choices=("build", "serve", "sbom"),
        ),
    ),
    shows=(
        "page serve --open",
        "page build --model hands.zip --out hands --title Hands",
        "page serve --federation http://127.0.0.1:9092",
    ),
    unmeasured="tests/site and tests/gallery open what it builds",
    json=False,
)
