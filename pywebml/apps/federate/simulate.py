"""`federate simulate`: the lesson on one machine, its pictures shared out among clients
that are made up.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ...data.split import split
from ...distributed.federated.lesson import Lesson
from ...distributed.federated.standing import Standing
from ...host.files import checked_place
from ...host.waiting import run_sync
from ...zoo import load_extractor
from ..alike import alike, taken
from ..app import Given, Outcome
from .common import looked_at
from .server import OUT, Told, ended, plan_of


def simulate(given: Given) -> Outcome:
    """Until all rounds are over, or somebody asks for the end."""
    from ...distributed.federated.flower import processes

    options, folder = given.options, given.inputs["folder"]
    if not folder:
        raise ValueError("a simulation needs pictures: federate simulate DIR, a folder per class")
    processes.quiet()
    out = checked_place(options.out or OUT)
    given.take_device()
    extractor = load_extractor(options.extractor)
    features, names, classes = looked_at(given, extractor, folder, 2)
    plan = plan_of(options, extractor, classes)
    lessons = run_sync(_lessons(given, extractor, features, names))
    for i, lesson in enumerate(lessons):
        given.screen.line(f"client {i + 1}: {lesson.says()}")
    from ...distributed.federated.flower.here import lead_here  # where it is asked for

    standing = lead_here(lessons, plan, Standing.start(plan), _Watch(given, plan))
    return ended(given, plan, standing, extractor, out)


async def _lessons(given: Given, extractor: Any, features: Any, names: list[str]) -> list[Lesson]:
    """One for each client, with its share of the pictures."""
    options, about = given.options, extractor.describe()
    classes = sorted(set(names))
    labels = [classes.index(name) for name in names]
    rows = features.values.reshape(len(names), -1)
    first = await alike(rows, labels, features.thumbnails)
    lessons = []
    for share in shared_out(labels, first, options.clients, options.shares, options.seed):
        mine, groups = [labels[i] for i in share], [first[i] for i in share]
        _, aside = split(mine, options.validation, options.seed, groups)
        some = [names[i] for i in share]
        lessons.append(Lesson(about, taken(rows, share), some, aside, options.fit))
    return lessons


def shared_out(
    labels: Sequence[int], first: Sequence[int], clients: int, how: str, seed: int
) -> list[list[int]]:
    """The rows that each client gets: of each class some ("mixed"), or all of a class
    or of several ("class"). Rows of one group (equal numbers in `first`), which show
    one picture, are one client's. ValueError where one would get none.

    Example:
        >>> shared_out([0, 0, 1, 1], [0, 1, 2, 3], 2, "class", seed=0)
        [[0, 1], [2, 3]]
    """
    shares: list[list[int]] = [[] for _ in range(clients)]
    groups: dict[tuple[int, int], list[int]] = {}
    for i, (label, group) in enumerate(zip(labels, first, strict=True)):
        groups.setdefault((label, group), []).append(i)
    turn = 0  # goes on from class to class, so that no client gets the odd picture of each
    for label in sorted(set(labels)):
        mine = [rows for (one, _), rows in groups.items() if one == label]
        random.Random(seed + label).shuffle(mine)
        for rows in mine:
            shares[(label if how == "class" else turn) % clients] += rows
            turn += 1
    if not all(shares):
        what = f"{len(set(labels))} classes" if how == "class" else f"{len(groups)} pictures"
        raise ValueError(f"{what} cannot be shared out among {clients} clients; give fewer")
    return [sorted(share) for share in shares]


class _Watch(Told):
    def waiting(self, here: int, of: int) -> None:
        """All are here from the beginning, so those that are missing were refused."""
        raise ValueError(
            "a client's training came to no numbers; give a smaller --learning-rate or --pace"
        )
