"""The texts of kernels/: what goes before each, and that their heads say what is so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pywebml import ops  # noqa: F401  (importing the ops makes the choices)
from pywebml.core.choices import CHOICES
from pywebml.device import kernels
from pywebml.device.kernels import FOLDERS, all_texts, kernel_text, needs

KERNELS = {
    path.relative_to(FOLDERS[1]).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(Path(str(FOLDERS[1])).rglob("*.wgsl"))
}


def written(folder: Path, monkeypatch: pytest.MonkeyPatch, **texts: str) -> None:
    """These texts in place of kernels/; names with two underscores stand in a folder."""
    for name, text in texts.items():
        file = folder / f"{name.replace('__', '/')}.wgsl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(kernels, "FOLDERS", (folder,))


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    for clear in (kernels.kernel_text.cache_clear, kernels._file.cache_clear):
        clear()
    yield
    for clear in (kernels.kernel_text.cache_clear, kernels._file.cache_clear):
        clear()


def test_needs_go_before_a_text_and_each_stands_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(
        tmp_path,
        monkeypatch,
        top="// needs    left, right\nfn top() {}",
        left="// needs    low\nfn left() {}",
        right="// needs    low\nfn right() {}",
        low="// needs    nothing\nenable f16;\nfn low() {}",
    )
    text = kernel_text("top")
    assert text.startswith("enable f16;\n")
    places = [text.index(f"fn {name}()") for name in ("low", "left", "right", "top")]
    assert places == sorted(places)
    assert text.count("fn low()") == text.count("enable") == 1


def test_of_alternatives_one_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(
        tmp_path,
        monkeypatch,
        any="// needs    m/words | m/floats, frame\n",
        frame="// needs    m/words | m/floats\nframe",
        narrow="// needs    m/floats, frame\nnarrow",
        m__words="words",
        m__floats="floats",
    )
    assert needs("any") == [("m/words", "m/floats"), ("frame",)]
    assert kernel_text("frame", ("m/words",)).startswith("words\n")
    assert kernel_text("any", ("m/floats",)).startswith("floats\n")
    assert kernel_text("narrow").startswith("floats\n")  # which it needs whatever the host says
    with pytest.raises(
        ValueError,
        match=r"frame\.wgsl needs one of m/words, m/floats; name one .* got none",
    ):
        kernel_text("frame")
    with pytest.raises(
        ValueError, match=r"needs one of m/words, m/floats; .* got m/words, m/floats"
    ):
        kernel_text("narrow", ("m/words",))
    with pytest.raises(ValueError, match=r"narrow\.wgsl leaves no choice of other"):
        kernel_text("narrow", ("other",))
    assert set(all_texts("any")) == {"any", "frame", "m/words", "m/floats"}


def test_a_need_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, monkeypatch, a="// needs    parts/indx\n")
    with pytest.raises(
        ValueError, match=r"there is no kernels/parts/indx\.wgsl, which kernels/a\.wgsl needs"
    ):
        kernel_text("a")
    with pytest.raises(ValueError, match=r"there is no kernels/b\.wgsl$"):
        kernel_text("b")


def test_a_circle_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, monkeypatch, a="// needs    b\n", b="// needs    c\n", c="// needs    a\n")
    with pytest.raises(ValueError, match="in a circle: a -> b -> c -> a"):
        kernel_text("a")


def test_a_choices_version_changes_with_every_text_that_may_be_part_of_it() -> None:
    texts = all_texts(*CHOICES["matmul"].kernels)
    assert {"dense/vec4", "dense/scalar", "rows/subgroups", "parts/activation"} < set(texts)
    assert all(texts[name] == KERNELS[name] for name in texts)
    before = CHOICES["matmul"].version
    assert len(before) == 16
    assert before != CHOICES["reduce"].version


def test_every_need_exists() -> None:
    assert len(KERNELS) > 30
    for name in KERNELS:
        for need in (need for alternatives in needs(name) for need in alternatives):
            assert need in KERNELS, f"{name} needs {need}"
            assert need != name
