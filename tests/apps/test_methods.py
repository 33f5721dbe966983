"""Methods of a page: what a tab answers, by the app that it serves, and what
docs/page.md says of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hosts import ROOT, shared_device

from pywebml.apps import APPS
from pywebml.device import run_sync, set_device
from pywebml.device.seam import DeviceLost, OutOfMemory
from pywebml.tab.methods import Host, methods_table
from pywebml.zoo import load_extractor
from pywebml.zoo.compact import compact_files


class Tab:
    """What the worker's JavaScript offers, without a GPU."""

    def gpu(self) -> None:
        return None

    async def loadNumpy(self) -> None:
        return None


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    set_device(shared_device("cpu"))
    yield
    set_device(shared_device("cpu"))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    set_device(shared_device("cpu"))
    return compact_files(load_extractor())


def call(host: Host, name: str, heard: list[Any] | None = None, **args: Any) -> Any:
    return run_sync(host.call(name, args, [].append if heard is None else heard.append))


def test_a_method_is_called_with_its_app_s_name_or_without(files: dict[str, bytes]) -> None:
    host = Host(Tab())
    info = run_sync(host.start(files))
    assert (info["app"], info["extractor"]["name"]) == ("teach", "efficientnet_lite0")
    classes = [{"key": "a", "name": "one"}]
    assert call(host, "teach.classes", classes=classes) == call(host, "classes", classes=classes)
    assert call(host, "run", source="6 * 7")["value"] == 42
    assert call(host, "memory")["buffers"] >= 0


def test_a_session_goes_on_where_its_device_is_opened_anew() -> None:
    """One that has to wait for that, too."""
    host = Host(Tab(), "text")
    run_sync(host.start())
    call(host, "read", text="the cat sat on the mat, the dog lay on the log. " * 9)
    call(host, "train", steps=3, units=8, length=8, batch=2)
    run_sync(host.start())
    assert call(host, "state")["steps"] == 3
    assert len(call(host, "write", count=5)["letters"]) == 5


def test_a_tab_answers_for_its_own_app_only(files: dict[str, bytes]) -> None:
    host = Host(Tab(), "python")
    info = run_sync(host.start())
    assert info["extractor"] is None, "what is not needed is not loaded"
    assert call(host, "run", source="1 + 1")["value"] == 2
    for name, said in [
        ("teach.state", "this tab serves 'python'"),
        ("state", "no method 'state'"),
        ("python.run", "no method 'python.run'"),
        ("teach.dance", "this tab serves 'python'"),
    ]:
        with pytest.raises(ValueError, match=said):
            call(host, name)
    with pytest.raises(ValueError, match=r"no app 'dance'; there are teach, .*python"):
        Host(Tab(), "dance")


def test_only_what_is_marked_can_be_called(files: dict[str, bytes]) -> None:
    host = Host(Tab())
    run_sync(host.start(files))
    for name in ("revive", "warm_up", "teach.revive", "_add", "start", "open", "call"):
        with pytest.raises(ValueError, match="no method"):
            call(host, name)
    with pytest.raises(TypeError, match="train has no argument 'extractor'"):
        call(host, "train", extractor="mobilenet_v2")


@pytest.mark.parametrize("error", [OutOfMemory("the device is full"), DeviceLost("it is gone")])
def test_what_fails_beside_the_start_does_not_fail_it(
    error: Exception, files: dict[str, bytes]
) -> None:
    host, asked = Host(Tab()), list[Exception]()
    run_sync(host.start(files))

    async def fails() -> None:
        asked.append(error)
        raise error

    host.session.warm_up = fails
    run_sync(host._warm_up())
    assert asked and call(host, "state")["samples"] == 0


def test_a_training_tells_how_far_it_is(files: dict[str, bytes]) -> None:
    host, heard = Host(Tab()), list[Any]()
    run_sync(host.start(files))
    call(host, "teach.classes", classes=[{"key": k, "name": k} for k in "ab"])
    rows = np.random.default_rng(0).normal(size=(10, 1280)).astype(np.float32)
    samples = [{"id": str(i), "key": "ab"[i % 2], "features": row} for i, row in enumerate(rows)]
    call(host, "teach.add_features", samples=samples)
    taught = call(host, "teach.train", heard, epochs=3.0, units=4)  # numbers as JavaScript has them
    assert taught["epochs"] == 3
    assert [message["epoch"] for message in heard] == [1, 2, 3]
    assert {"epochs", "loss", "accuracy", "val_loss", "seconds"} <= set(heard[0])


def test_names_of_every_tab_are_no_app_s() -> None:
    """Or a bare name would mean two methods."""
    common = set(Host(Tab())._common)
    for app in APPS:
        assert not common & set(app.methods), app.name


def test_the_documentation_has_the_methods_as_they_are_declared() -> None:
    """If not, put there what tab/methods.py's `methods_table()` says."""
    assert methods_table() in (ROOT / "docs" / "page.md").read_text(encoding="utf-8")
