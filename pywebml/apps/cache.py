"""`cache`: the features of pictures that are kept between runs."""

from __future__ import annotations

from ..host.settings import FEATURES
from .app import App, Given, Outcome, Takes


def run(given: Given) -> Outcome:
    """The `cache` command."""
    from ..zoo.kept_features import CEILING, KeptFeatures, where  # SQLite, which a tab has not

    path, screen = where(), given.screen
    if not path.exists():
        screen.line(f"no features are kept yet; they would go to {path}")
        return Outcome({"path": str(path), "bytes": 0, "networks": []})
    store = KeptFeatures()
    networks, nbytes = store.kept(), store.nbytes()
    data = {"path": str(path), "bytes": nbytes, "networks": [each._asdict() for each in networks]}
    if given.inputs["action"] == "clear":
        store.clear()
        screen.line(f"cleared: {nbytes / 1e6:.1f} MB of features")
        return Outcome(data)
    store.close()
    rows = [
        (each.words, f"{each.pictures:,}", f"{each.nbytes / 1e6:.1f}", _ago(each.days))
        for each in networks
    ]
    screen.table(["network", "pictures", "MB", "last used"], rows, right=[1, 2])
    screen.line(f"{nbytes / 1e6:.1f} MB of at most {CEILING / 1e6:,.0f} in {path}")
    return Outcome(data, hints=("cache clear",))


def _ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


APP = App(
    name="cache",
    says="Show or clear the features of pictures that are kept between runs.",
    run=run,
    takes=(Takes("action", choices=("list", "clear"), optional=True, default="list"),),
    shows=("cache", "cache clear"),
    unmeasured=f"it lists what is there; {FEATURES.name}=0 keeps nothing",
)
