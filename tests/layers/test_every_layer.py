"""No layer goes without a case."""

from __future__ import annotations

import pytest
from layer_cases import all_cases

from pywebml import layers
from pywebml.layers.support.registry import LAYERS

# with cells, which a case walks through sequences
COVERED = {type(part) for case in all_cases() for part in case.make()._all_layers()}
OTHERS = {type(make()) for make in all_cases("OTHER_LAYERS")}
"""Of what draws by chance, or works on texts: their files say what must hold."""
REGISTERED = {
    name: entry
    for name, entry in LAYERS.entries().items()
    if entry.__module__.startswith("pywebml.layers.")
}


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_every_layer_has_a_case(name: str) -> None:
    assert REGISTERED[name] in COVERED | OTHERS, (
        f"{name} has no LayerCase: add one to CASES in tests/layers/test_<family>.py"
    )


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_every_layer_is_public_and_says_what_it_does(name: str) -> None:
    layer = getattr(layers, name)
    assert layer is REGISTERED[name]
    assert ">>> " in (layer.__doc__ or ""), f"{name} has no Example in its docstring"


def test_every_public_layer_is_registered() -> None:
    public = [getattr(layers, name) for name in layers.__all__]
    classes = [c for c in public if isinstance(c, type) and issubclass(c, layers.Layer)]
    assert {c.__name__ for c in classes} - {"Layer", "Wrapper"} == set(REGISTERED)
