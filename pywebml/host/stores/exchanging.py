"""A folder's files change places with new ones: all of them, or none.

Names change one by one, and the process may end between two of them. So the new files
come into the folder first, as a folder MOVING, by one change of a name: from then on
they count, and `standing` finds them there. Whoever writes next moves what is left.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..files import MOVING, UNDONE, alone, discard, make_folder, sync


def put_in_place(fresh: Path, folder: Path, names: list[str], only: bool = False) -> None:
    """Moves what is in `fresh`, a folder on the same disk, into `folder`: at once where
    that is new, else by `names`, one by one in that order, and back again where one of
    them cannot. What stood there goes to the folder "old" beside `fresh`; with `only`,
    whatever else is in `folder` goes in the end.
    """
    if _is_new(fresh, folder):
        sync(folder.parent)
        return
    with alone(folder):
        settle(folder)
        _exchange(names, fresh, folder, fresh.with_name("old"))
        for path in folder.iterdir() if only else ():
            if path.name not in names and not path.name.startswith(UNDONE):
                discard(path)
        for changed in {(folder / name).parent for name in names}:
            sync(changed)


def _is_new(fresh: Path, folder: Path) -> bool:
    """Whether there was no folder, and `fresh` is it now."""
    try:
        if not folder.exists():
            os.replace(fresh, folder)
            return True
    except OSError:  # somebody else has made it
        if not folder.is_dir():
            raise
    return False


def standing(folder: Path, name: str) -> Path:
    """Where a file of the folder is, which may be on its way."""
    moving = folder / MOVING / name
    return moving if os.path.isfile(moving) else folder / name  # False for impossible names


def moving_names(folder: Path) -> Iterator[str]:
    """Of the files that are on their way."""
    for path in (folder / MOVING).rglob("*"):
        if path.is_file():
            yield path.relative_to(folder / MOVING).as_posix()


def settle(folder: Path) -> None:
    """Moves what a process that was killed has not moved any more."""
    moving = folder / MOVING
    if not moving.is_dir():
        return
    for name in list(moving_names(folder)):
        make_folder((folder / name).parent)
        os.replace(moving / name, folder / name)
    sync(folder)
    discard(moving)


def _exchange(names: list[str], fresh: Path, folder: Path, old: Path) -> None:
    """Moves files and folders of `fresh` into `folder`, and those that stood there to
    `old`; back again where one move fails.
    """
    for name in names:
        if (folder / name).is_dir() and not (fresh / name).is_dir():
            raise IsADirectoryError(
                f"{folder / name} is a folder; a file of that name was to go there"
            )
        make_folder((folder / name).parent)
    undo: list[tuple[Path, Path]] = []
    moving = fresh
    try:
        if len(names) > 1:
            moving = folder / MOVING
            os.replace(fresh, moving)
            undo.append((moving, fresh))
            sync(folder)
        for name in names:
            target, before = folder / name, old / name
            if target.exists():
                before.parent.mkdir(parents=True, exist_ok=True)
                _keep(target, before)
                undo.append((before, target))
            os.replace(moving / name, target)
            undo.append((target, moving / name))
    except OSError:
        for place, origin in reversed(undo):
            os.replace(place, origin)
        raise
    discard(moving)


def _keep(target: Path, before: Path) -> None:
    """The file under a second name: the first stays until the new one takes its place,
    whenever this process ends.
    """
    try:
        os.link(target, before)
    except (AttributeError, OSError):  # a tab; a folder, or a disk without links
        os.replace(target, before)
