"""How people write a date in English, and its characters as numbers."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

FIRST, LAST = date(1950, 1, 1), date(2050, 12, 31)
WAYS = (
    "{d} {mon} {y}",
    "{d} {month} {y}",
    "{th} {month} {y}",
    "{th} of {month} {y}",
    "the {th} of {month} {y}",
    "{dd}{mon}{y}",
    "{d}-{mon}-{y}",
    "{dd}-{mon}-{yy}",
    "{d} {mon} '{yy}",
    "{mon} {d} {y}",
    "{mon} {d}, {y}",
    "{mon}. {d}, {y}",
    "{mon} {th}, {y}",
    "{mon} {d}, '{yy}",
    "{month} {d} {y}",
    "{month} {d}, {y}",
    "{month} {th}, {y}",
    "{wday} {d} {mon} {y}",
    "{wday}, {mon} {d}, {y}",
    "{weekday} {d} {month} {y}",
    "{weekday}, {month} {th}, {y}",
    "{m}/{d}/{y}",
    "{mm}/{dd}/{y}",
    "{m}/{d}/{yy}",
    "{d}.{m}.{y}",
    "{dd}.{mm}.{y}",
    "{d}.{m}.{yy}",
    "{y}-{mm}-{dd}",
    "{y}/{m}/{d}",
    "{y}.{mm}.{dd}",
    "{y}{mm}{dd}",
    "{y} {mon} {d}",
    "{y}, {month} {d}",
)
"""Templates. Their fields, for 3 February 2021: d 3, dd 03, th 3rd, m 2, mm 02, mon
Feb, month February, y 2021, yy 21, wday Wed, weekday Wednesday. With slashes the month
comes first, as in the United States; with dots the day does. Two digits of a year are
of 1951 to 2049.
"""
UNUSUAL = (
    ("03 Feb, 2021", "2021-02-03"),
    ("3/Feb/2021", "2021-02-03"),
    ("year 2021, 3rd day of February", "2021-02-03"),
    ("February the third, 2021", "2021-02-03"),
    ("14 July 1789", "1789-07-14"),
    ("New Year's Day 1999", "1999-01-01"),
    ("31 February 2021", ""),
    ("tomorrow", ""),
)
"""What no training set has, and which date it means; "" where there is none."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ASIDE = 1000  # dates that no training set has in any way
LONGEST = 40  # characters that are read of a date

PADDING, UNKNOWN = 0, 1
LETTERS = " ',-./0123456789abcdefghijklmnopqrstuvwxyz"  # capitals are read as small ones
NUMBERS = {letter: i for i, letter in enumerate(LETTERS, UNKNOWN + 1)}
SIGNS = "0123456789-"
START = len(SIGNS)  # what the decoder reads before its first sign
ISO = 10  # signs of an ISO date


class Written(NamedTuple):
    """A date as somebody wrote it, the ISO date that it means, and which of WAYS it is
    written in.
    """

    text: str
    iso: str
    way: int


def written(day: date, way: int) -> Written:
    """A date in one of WAYS.

    Example:
        >>> written(date(2021, 2, 3), 4)
        Written(text='the 3rd of February 2021', iso='2021-02-03', way=4)
    """
    month, weekday = MONTHS[day.month - 1], WEEKDAYS[day.weekday()]
    text = WAYS[way].format(
        d=day.day,
        dd=f"{day.day:02}",
        th=f"{day.day}{_ending(day.day)}",
        m=day.month,
        mm=f"{day.month:02}",
        mon=month[:3],
        month=month,
        y=day.year,
        yy=f"{day.year % 100:02}",
        wday=weekday[:3],
        weekday=weekday,
    )
    return Written(text, day.isoformat(), way)


def _ending(day: int) -> str:
    if 10 < day < 20:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def examples(count: int, seed: int = 0) -> tuple[list[Written], list[Written]]:
    """(`count` dates to learn from, ASIDE others to test on), each in a way that is
    drawn. No date of the second list is in the first, in whichever way.
    """
    random = Random(seed)
    days = [FIRST + timedelta(i) for i in range((LAST - FIRST).days + 1)]
    random.shuffle(days)
    learnt = [_drawn(random, random.choice(days[ASIDE:])) for _ in range(count)]
    return learnt, [_drawn(random, day) for day in days[:ASIDE]]


def _drawn(random: Random, day: date) -> Written:
    while True:
        way = random.randrange(len(WAYS))
        if "{yy}" not in WAYS[way] or FIRST.year < day.year < LAST.year:
            return written(day, way)


def numbers(texts: Sequence[str], width: int = LONGEST) -> array[int]:
    """The texts' characters by number, `width` of each, padded behind. ValueError for
    one that is longer.

    Example:
        >>> numbers(["3 Feb"], 6).tolist()
        [11, 2, 23, 22, 19, 0]
    """
    values = array("i")
    for text in texts:
        if len(text) > width:
            raise ValueError(
                f"{text[:60]!r} has {len(text)} characters; expected a date of at most {width}"
            )
        values.extend(NUMBERS.get(letter, UNKNOWN) for letter in text.lower())
        values.extend([PADDING] * (width - len(text)))
    return values


def signs(dates: Sequence[str]) -> array[int]:
    """ISO dates by number, ISO signs of each."""
    return array("i", [SIGNS.index(sign) for iso in dates for sign in iso])


def exists(iso: str) -> bool:
    """Whether there is such a day.

    Example:
        >>> exists("2021-02-28"), exists("2021-02-31")
        (True, False)
    """
    try:
        return date.fromisoformat(iso).isoformat() == iso
    except ValueError:
        return False
