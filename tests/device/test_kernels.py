"""The texts of kernels/: what goes before each, and that their heads say what is so."""

from __future__ import annotations

import re
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


HEAD = ("needs", "bind", "launch", "limits")
CONTINUED = "//          "
BINDING = re.compile(r"@group\(0\) @binding\((\d+)\) var<[\w, ]+> (\w+)")


def head(name: str) -> dict[str, str]:
    """The first comment of a kernel's text: {"formula": ..., "needs": ..., ...}."""
    parts, key = {"formula": ""}, "formula"
    for line in KERNELS[name].split("\n"):
        word = re.match(r"// (\w+) {2,}(.*)", line)
        if not line.startswith("//") or line == "//":
            break
        if word and word[1] in HEAD:
            key = word[1]
            parts[key] = word[2]
        elif key == "formula":
            parts[key] += line[2:]
        else:
            assert line.startswith(CONTINUED), f"{name}: {line}"
            parts[key] += "   " + line.removeprefix(CONTINUED)
    return parts


def bound(text: str) -> set[tuple[int, str]]:
    """(number, name) of what a text binds; a name for each of the types a buffer is read as,
    the uniform block by its type.
    """
    return {(int(n), "Params" if name == "p" else name) for n, name in BINDING.findall(text)}


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernels_head_has_its_five_lines_in_order(name: str) -> None:
    parts = head(name)
    assert tuple(parts) == ("formula", *HEAD)
    assert all(parts.values())
    assert "=" in parts["formula"], "what it computes, as a formula"
    assert len(re.findall(r"^// needs ", KERNELS[name], re.MULTILINE)) == 1


@pytest.mark.parametrize("name", KERNELS)
def test_what_a_kernels_head_binds_is_bound(name: str) -> None:
    line, own = head(name)["bind"], bound(KERNELS[name])
    named = {(int(n), word) for n, word in re.findall(r"(?:^| {3})(\d+) ([a-zA-Z]\w*)", line)}
    if named:
        assert named <= own
        assert {n for n, _ in named} == {n for n, _ in own} == set(range(len(named)))
    elif those := re.match(r"those of ([\w/]+)", line):
        assert not own
        assert any(bound(text) for text in all_texts(those[1]).values())
        assert those[1] in all_texts(name)
    else:
        assert line.startswith("none")
        assert not own


@pytest.mark.parametrize("name", KERNELS)
def test_lines_of_kernels_are_short_enough_to_read(name: str) -> None:
    for number, line in enumerate(KERNELS[name].split("\n"), 1):
        prose = line.lstrip().startswith("//") and not line.startswith("// needs")
        assert len(line) <= (88 if prose else 100), f"kernels/{name}.wgsl:{number}"
        indent = len(line) - len(line.lstrip())
        assert "\t" not in line and line == line.rstrip()
        assert indent % 2 == 0 or indent > 8, f"kernels/{name}.wgsl:{number}"


@pytest.mark.parametrize("name", KERNELS)
def test_who_asks_for_a_flat_index_leaves_the_size_of_workgroups_open(name: str) -> None:
    for entry in re.split(r"\n(?=@compute)", KERNELS[name])[1:]:
        size = re.match(r"@compute @workgroup_size\(([^)]*)\)", entry)
        assert size
        assert ("flat_index(" in entry) == (size[1] == "FLAT"), entry.split("{")[0]


def test_what_stands_in_parts_stands_nowhere_else() -> None:
    """Whole functions, and the ways to say them again."""
    again = {
        "parts/index": r"\.y \* [\w.]*\.x \+|num_workgroups",
        "parts/activation": r"\btanh\(|exp\(-",
        "parts/coordinates": r"p\.step_[hw]|p\.div_[hw]",
        "parts/nan": r"0x7f800000u",
        "parts/nan_element": r"\bFLOAT: u32",
        "parts/sampled": r"\bfn pixel_place\(",
        "parts/join": r"\bJOIN\b.*: u32 =",
    }
    codes = {name: re.sub(r"//.*", "", text) for name, text in KERNELS.items()}
    assert set(again) == {name for name in KERNELS if name.startswith("parts/")}
    for part, pattern in again.items():
        assert re.search(pattern, KERNELS[part]), part
        for function in re.findall(r"^fn (\w+)\(", KERNELS[part], re.MULTILINE):
            pattern += rf"|\bfn {function}\("
        copies = [n for n, code in codes.items() if n != part and re.search(pattern, code)]
        assert copies == [], f"{part} has it"
