"""What the commands that take pictures share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..data.folders import Skipped
from ..host.progress import Pace, Step
from ..vis.screens import Screen
from .app import Takes

PICTURES = Takes(
    "pictures",
    "jpg, png, webp, heic, tiff or another format of pictures",
    metavar="PICTURE",
    many=True,
)
FEW = 16  # pictures that are done before anybody would want to see how far they are


def progress_of_pictures(screen: Screen) -> Callable[[int, int], None]:
    """Shows how many pictures are done and how fast it goes, where there are many."""
    pace = Pace("pictures")

    def progress(done: int, of: int) -> None:
        if of > FEW:
            screen.progress(Step("pictures", done, of, words=pace(done, of)))

    return progress


def reasons(skipped: Sequence[Skipped]) -> tuple[str, ...]:
    """Why each of them was left out."""
    return tuple(each.reason for each in skipped)
