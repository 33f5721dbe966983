"""What TensorFlow.js has: each of its ops is here, or docs/ops.md says why it is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hosts import ROOT
from in_node import HERE

from tools.tensorflow_ops import ABSENT, NAMES, absent, ours

TYPES = HERE / "node_modules/@tensorflow/tfjs-core/dist/ops"
OF_NO_TENSORS = {"op"}


def exported(file: Path) -> set[str]:
    """What a d.ts hands on of its own: declarations, and lists of names."""
    text = file.read_text("utf-8")
    lists = re.findall(r"^export \{ (.*?) \};", text, re.MULTILINE)
    declared = re.findall(r"^export declare (?:const|function) (\w+)", text, re.MULTILINE)
    return {*declared, *(name for names in lists for name in names.split(", "))}


def in_the_package() -> set[str]:
    text = (TYPES / "ops.d.ts").read_text("utf-8")
    lists = re.findall(r"^export \{ (.*?) \} from", text, re.MULTILINE)
    names = {name for several in lists for name in several.split(", ")}
    for file in re.findall(r"^export \* from '\./(\w+)'", text, re.MULTILINE):
        names |= exported(TYPES / f"{file}.d.ts")
    spaces = re.findall(r"^declare const (\w+): \{\n(.*?)^\};", text, re.MULTILINE | re.DOTALL)
    for space, body in spaces:
        names |= {f"{space}.{name}" for name in re.findall(r"^    (\w+): ", body, re.MULTILINE)}
    names |= {f"fused.{name}" for name in exported(TYPES / "fused_ops.d.ts")}
    types = {name for name in names if name.rpartition(".")[2][0].isupper()}
    return names - types - OF_NO_TENSORS


@pytest.mark.tfjs
def test_the_names_are_all_that_the_package_exports() -> None:
    if not TYPES.is_dir():
        pytest.skip("TensorFlow.js is not installed in tests/node")
    assert set(NAMES) == in_the_package()


def test_no_op_is_here_and_said_to_be_absent() -> None:
    assert not [name for name in ABSENT if ours(name)]
    assert set(ABSENT) <= set(NAMES)


def test_the_page_lists_what_is_absent_with_the_reason() -> None:
    page = (ROOT / "docs/ops.md").read_text("utf-8")
    for name, reason in absent().items():
        assert f"| `tf.{name}` | {reason} |" in page
