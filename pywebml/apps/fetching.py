"""How much has come of what lies at an address, as the commands show it."""

from __future__ import annotations

from collections.abc import Callable

from ..host.progress import Step
from ..vis.screens import Screen

Progress = Callable[[int, int | None], None]


def progress_of_fetching(screen: Screen, where: object) -> Progress | None:
    """What is told (bytes so far, bytes in all), and shows it; None for what does not
    come from the net.

    Example:
        >>> from pywebml.vis.screens import Recorder
        >>> screen = Recorder()
        >>> progress_of_fetching(screen, "https://host/net.zip")(500_000, 2_000_000)
        >>> screen.shown[0][1][:3], progress_of_fetching(screen, "net.zip")
        (('fetching', 500000, 2000000), None)
    """
    if not str(where).lower().startswith(("http://", "https://")):
        return None

    def progress(size: int, total: int | None) -> None:
        screen.progress(Step("fetching", size, total or 0, unit="bytes"))

    return progress
