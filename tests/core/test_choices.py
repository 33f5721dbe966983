"""Choices among kernels: the rule, what was measured, what is forced; and that sample
cases run every candidate.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pywebml import ops  # noqa: F401  (importing the ops registers them)
from pywebml.apps.check import sample_cases
from pywebml.core import choices
from pywebml.core.choices import CHOICES, Choice, forced, keep, shape_class, watched
from pywebml.core.op import REGISTRY, lower
from pywebml.core.spec import Spec
from pywebml.device import Adapter, measured
from pywebml.ops.linalg.matmul import MatMul

REAL = Adapter(
    "a GPU",
    "wgsl",
    "Vulkan",
    driver="1.0",
    features=frozenset({"f16", "subgroups"}),
    max_workgroup_bytes=48 << 10,
)
SQUARE = (Spec((512, 512)), Spec((512, 512)))


class Size(NamedTuple):
    m: int
    n: int
    flag: bool = False


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of the test's own, from which what is measured is read."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PYWEBML_TUNED", "1")
    choices.reload()
    yield tmp_path / "pywebml" / "measured"
    choices.reload()


def program(adapter: Adapter = REAL) -> str:
    return lower(MatMul(), SQUARE, (Spec((512, 512)),), adapter).launches[0].program.name


def test_shapes_of_a_class() -> None:
    assert shape_class(Size(7, 1000)) == "m=7 n=1024" == shape_class(Size(7, 1100))
    assert shape_class(Size(49, 100, True)) == "m=48 n=96 flag"
    assert shape_class(Size(16, 17)) == "m=16 n=16" and shape_class(Size(1, 30)) == "m=1 n=32"
    assert [shape_class(Size(1, n)) for n in (79, 80, 111, 112)] == [
        "m=1 n=64",
        "m=1 n=96",
        "m=1 n=96",
        "m=1 n=128",
    ]


def test_what_was_measured_goes_before_the_rule(store: Path) -> None:
    before = program()
    keep(REAL, {"matmul": {"batches=1 m=512 n=512 k=512 words": "128x64x16 8x4"}})
    assert before != "dense.128x64x16 8x4" == program()
    assert program(dataclasses.replace(REAL, name="another GPU")) == before
    assert len(list(store.iterdir())) == 1
    choices.reload()  # as in a new process: read from the file
    assert program() == "dense.128x64x16 8x4"
    # adds to what was there
    keep(REAL, {"matmul": {"batches=1 m=1024 n=512 k=512 words": "registers"}})
    assert program() == "dense.128x64x16 8x4"
    assert measured.forget(REAL) and not measured.forget(REAL)
    choices.reload()
    assert program() == before


def test_what_does_not_hold_any_more_is_ignored(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = program()
    keep(REAL, {"matmul": {"batches=1 m=512 n=512 k=512 words": "128x64x16 8x4"}})
    updated = dataclasses.replace(REAL, driver="2.0")
    assert program(updated) == before
    monkeypatch.setenv("PYWEBML_TUNED", "0")
    choices.reload()
    assert program() == before
    monkeypatch.setenv("PYWEBML_TUNED", "1")
    choices.reload()
    assert program() == "dense.128x64x16 8x4"
    # the kernels' text is another one
    monkeypatch.setattr(CHOICES["matmul"], "kernels", ("dense/frame",))
    choices.reload()
    assert program() == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"adapter": "a GPU"}', "\xff"])
def test_a_file_that_cannot_be_read_is_no_measurement(store: Path, text: str) -> None:
    before = program()
    keep(REAL, {"matmul": {"batches=1 m=512 n=512 k=512 words": "128x64x16 8x4"}})
    (path,) = store.iterdir()
    path.write_text(text, encoding="latin-1")
    choices.reload()
    assert program() == before


@pytest.mark.parametrize(
    "kept",
    [
        3,
        {"matmul": 3},
        {"matmul": {}},
        {"matmul": {"kernels": CHOICES["matmul"].version, "forms": ["x"]}},
    ],
)
def test_what_another_release_may_have_kept_does_no_harm(store: Path, kept: object) -> None:
    before = program()
    measured.change(REAL, lambda before: {"choices": kept})
    choices.reload()
    assert program() == before
    keep(REAL, {"matmul": {"batches=1 m=512 n=512 k=512 words": "128x64x16 8x4"}})
    assert program() == "dense.128x64x16 8x4"


def test_a_candidate_that_is_gone_or_does_not_fit_is_not_taken(store: Path) -> None:
    before = program()
    for name in ("a form of last year", "registers 9"):
        keep(REAL, {"matmul": {"batches=1 m=512 n=512 k=512 words": name}})
        assert program(dataclasses.replace(REAL, max_workgroup_bytes=16384)) == before


def test_forcing_ends_with_the_block() -> None:
    before = program()
    with forced(matmul="registers"):
        assert program() == "dense.registers"
        with (
            pytest.raises(ValueError, match="no choice called 'speed'; there are"),
            forced(speed="fast"),
        ):
            pass
        assert program() == "dense.registers"
    assert program() == before


def test_every_choice_names_its_rule_among_the_candidates() -> None:
    with watched() as asked:
        for _, case in sample_cases(REGISTRY, REAL):
            ins = tuple(
                Spec(tuple(x.shape), "bool" if x.dtype == bool else str(x.dtype))
                for x in case.inputs
            )
            for software in (False, True):
                lower(
                    case.op,
                    ins,
                    case.op.outputs(*ins),
                    dataclasses.replace(REAL, software=software),
                )
    assert {a.choice.name for a in asked} == set(CHOICES)
    assert all(a.default in a.candidates for a in asked)


def test_sample_cases_run_every_candidate() -> None:
    """`check` compares them with float64 then, on every host."""
    ran: dict[str, set[str]] = {name: set() for name in CHOICES}
    offered: dict[str, set[str]] = {name: set() for name in CHOICES}
    for _, case in sample_cases(REGISTRY, REAL):
        ins = tuple(
            Spec(tuple(x.shape), "bool" if x.dtype == bool else str(x.dtype)) for x in case.inputs
        )
        for software in (False, True):
            with watched() as asked, forced(**dict(case.forms)):
                lower(
                    case.op,
                    ins,
                    case.op.outputs(*ins),
                    dataclasses.replace(REAL, software=software),
                )
            for a in asked:
                offered[a.choice.name] |= {*a.candidates}
                wanted = dict(case.forms).get(a.choice.name)
                ran[a.choice.name].add(wanted if wanted in a.candidates else a.default)
    assert {name: offered[name] - ran[name] for name in CHOICES if offered[name] - ran[name]} == {}


def test_a_choice_is_asked_by_name() -> None:
    choice = Choice(
        "pick", ("dense/frame",), lambda adapter, shape: ("a", "b"), lambda adapter, shape: "a"
    )
    try:
        assert choice(REAL, Size(1, 1)) == "a"
        with forced(pick="b"), watched() as asked:
            assert choice(REAL, Size(1, 1)) == "b"
        assert asked == [(choice, Size(1, 1), ("a", "b"), "a")]
    finally:
        del CHOICES["pick"]
