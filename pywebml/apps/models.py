"""`models`: the pretrained networks, what is here of them and whether it is what it
should be.
"""

from __future__ import annotations

from ..host.progress import Step
from .app import App, Given, Outcome, Takes


def run(given: Given) -> Outcome:
    """The `models` command; 2 where `verify` finds weights that are not the right ones."""
    from ..zoo import models_fetch, models_list, models_verify  # all networks, when a job runs

    action, name = given.inputs["action"], given.inputs["name"]

    def progress(done: int, of: int) -> None:
        given.screen.progress(Step("fetching", done, of))

    if action == "fetch":
        rows = models_fetch(name, progress)
    elif action == "verify":
        rows = models_verify(name)
    else:
        rows = models_list(name)
    for row in rows:
        given.screen.line(row.name, "title")
        given.screen.line(f"  status:   {row.status}")
        given.screen.line(f"  features: {row.features}")
        given.screen.line(f"  from:     {row.source} ({row.licence})")
        given.screen.line(f"  here:     {row.path}")
    wrong = action == "verify" and any(
        row.status != "verified" and "not there yet" not in row.status for row in rows
    )
    return Outcome(code=2 if wrong else 0)


APP = App(
    name="models",
    says="List, fetch or verify the pretrained networks.",
    run=run,
    takes=(
        Takes("action", choices=("list", "fetch", "verify"), optional=True, default="list"),
        Takes("name", "all of them, if left out", metavar="NAME", optional=True),
    ),
    shows=("models verify",),
    unmeasured="it lists what is there; `verify` compares hashes",
    json=False,
)
