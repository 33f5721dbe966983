"""Rock, paper, scissors: the game's rules, the command with pictures in folders, and the
session that the page talks to.
"""

from __future__ import annotations

import inspect
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hosts import shared_device

from pywebml.apps.app import Given, Outcome
from pywebml.apps.frame import Picture
from pywebml.apps.rock_paper_scissors import APP
from pywebml.apps.rock_paper_scissors.command import GameOptions, network_for
from pywebml.apps.rock_paper_scissors.rules import BEATS, GESTURES, play, winner
from pywebml.apps.rock_paper_scissors.session import GameSession
from pywebml.data.pictures import load_picture
from pywebml.data.samples import sample_folder
from pywebml.device import run_sync, set_device
from pywebml.models import KNNClassifier
from pywebml.vis.screens import Recorder
from pywebml.zoo import Extractor, load_extractor, registry
from pywebml.zoo.compact import compact_files, load_compact

HANDS = sample_folder("rock_paper_scissors")


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    set_device(shared_device("cpu"))
    yield
    set_device(shared_device("cpu"))


# --- the game


def test_who_wins() -> None:
    for yours in GESTURES:
        assert {winner(yours, other) for other in GESTURES} == {"you", "computer", ""}
        assert winner(yours, yours) == ""
        assert winner(yours, BEATS[yours]) == "you"
        assert winner(BEATS[yours], yours) == "computer"


def hands(*shown: str) -> list[tuple[str, str, dict[str, float]]]:
    return [(gesture, gesture, {gesture: 1.0}) for gesture in shown]


def test_the_computer_chooses_before_it_looks() -> None:
    """Whatever is shown it plays the same, and each gesture equally often."""
    games = [play(hands(*[gesture] * 3), 99, seed=4) for gesture in GESTURES]
    shortest = min(len(game) for game in games)
    moves = [[round_["computers"] for round_ in game[:shortest]] for game in games]
    assert moves[0] == moves[1] == moves[2]
    counts = [sum(m == gesture for m in moves[0]) / shortest for gesture in GESTURES]
    assert all(0.2 < count < 0.5 for count in counts), counts


@pytest.mark.parametrize("best_of", [1, 2, 3, 5, 9, 99])
def test_a_game_ends_when_more_than_half_is_won(best_of: int) -> None:
    rounds = play(hands(*GESTURES), best_of, seed=best_of)
    wins = [r["winner"] for r in rounds]
    assert max(wins.count("you"), wins.count("computer")) == best_of // 2 + 1
    assert wins[-1] and wins.count(wins[-1]) == best_of // 2 + 1
    assert rounds == play(hands(*GESTURES), best_of, seed=best_of)
    assert all(r["winner"] == winner(r["yours"], r["computers"]) for r in rounds)


# --- the command


def played(folder: Path | None, **options: Any) -> tuple[Outcome, Recorder]:
    screen = Recorder()
    assert APP.run is not None
    outcome: Any = APP.run(
        Given({"folder": folder}, APP.options(**options), screen, lambda: False, "cpu")
    )
    return run_sync(outcome) if inspect.iscoroutine(outcome) else outcome, screen


def some_of(folder: Path, each: int) -> Path:
    for gesture in GESTURES:
        (folder / gesture).mkdir(parents=True)
        for picture in sorted((HANDS / gesture).glob("*.jpg"))[:each]:
            shutil.copy(picture, folder / gesture)
    return folder


def test_it_plays_with_pictures_in_folders(tmp_path: Path) -> None:
    outcome, screen = played(some_of(tmp_path / "mine", 5), best_of=3, seed=2)
    assert outcome.data["taught"] == {"rock": 3, "paper": 3, "scissors": 3}
    assert outcome.data["tested"] == 6
    assert outcome.data["accuracy"] >= 0.5
    assert max(outcome.data["score"].values()) == 2
    (table,) = [what for kind, what in screen.shown if kind == "table"]
    assert len(table) == 1 + len(outcome.data["rounds"])
    assert not outcome.hints


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("missing", r"expected folders rock, paper and scissors, got paper, rock"),
        ("another", r"expected folders rock, paper and scissors, got lizard"),
        ("single", r"rock has 1 picture, expected 2 at least"),
    ],
)
def test_folders_that_it_cannot_play_with(tmp_path: Path, change: str, says: str) -> None:
    """Said before the network is loaded."""
    mine = some_of(tmp_path / "mine", 2)
    if change == "missing":
        shutil.rmtree(mine / "scissors")
    elif change == "another":
        shutil.copytree(mine / "rock", mine / "lizard")
    else:
        (mine / "rock" / "01.jpg").unlink()
    with pytest.raises(ValueError, match=says):
        played(mine)


def test_it_plays_with_hands_that_the_page_saved(extractor: Extractor, tmp_path: Path) -> None:
    """Every picture in the folder is one to play with then; nothing else is taken."""
    saved = tmp_path / "hands.zip"
    saved.write_bytes(run_sync(saved_by(extractor)))
    mine = some_of(tmp_path / "mine", 1)
    outcome, _ = played(mine, hands=str(saved), best_of=3)
    assert outcome.data["taught"] == dict.fromkeys(GESTURES, 1)
    assert (outcome.data["tested"], outcome.data["accuracy"]) == (3, 1.0), "the very same pictures"
    with pytest.raises(FileNotFoundError, match=r"no\.zip"):
        played(mine, hands=str(tmp_path / "no.zip"))
    saved.write_bytes(b"no zip")
    with pytest.raises(ValueError, match=r"hands\.zip"):
        played(mine, hands=str(saved))


def test_squeezenet_plays_where_its_weights_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert APP.options().extractor is None
    for there, name in ((True, "squeezenet_v1.1"), (False, "efficientnet_lite0")):
        monkeypatch.setattr(registry, "at_hand", lambda name, there=there: there)
        assert network_for(GameOptions()) == name
        assert network_for(GameOptions(hands="hands.zip")) == "efficientnet_lite0"


# --- the page's session


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    set_device(shared_device("cpu"))
    return load_compact(compact_files(load_extractor()))


def hand(gesture: str, index: int) -> Picture:
    pixels = load_picture(HANDS / gesture / f"{index:02d}.jpg", 224)
    return Picture(memoryview(pixels.tobytes()), *pixels.shape[:2])


async def taught(extractor: Extractor, each: int = 4) -> GameSession:
    session = GameSession(extractor)
    for gesture in GESTURES:
        for i in range(each):
            said = await session.add_example(gesture, hand(gesture, i))
    assert said == {"counts": dict.fromkeys(GESTURES, each)}
    return session


def test_it_predicts_at_once_and_after_every_change(extractor: Extractor) -> None:
    async def work() -> None:
        session = GameSession(extractor)
        with pytest.raises(ValueError, match="no examples yet"):
            await session.predict(hand("rock", 0))
        await session.add_example("rock", hand("rock", 0))
        said = await session.predict(hand("paper", 0))
        assert (said["label"], said["confidences"]["rock"]) == ("rock", 1.0)
        await session.add_example("paper", hand("paper", 0))
        said = await session.predict(hand("paper", 0), neighbours=1)
        assert said["label"] == "paper"
        assert list(said["confidences"]) == [*GESTURES]
        assert sum(said["confidences"].values()) == pytest.approx(1)
        assert session.clear("paper") == {"counts": {"rock": 1, "paper": 0, "scissors": 0}}
        assert session.clear("scissors")["counts"]["rock"] == 1  # nothing to forget
        assert (await session.predict(hand("paper", 0)))["label"] == "rock"
        for wrong in ("lizard", "", 3):
            with pytest.raises(ValueError, match=r"no gesture .*; there are rock, paper, scissors"):
                await session.add_example(wrong, hand("rock", 1))  # type: ignore[arg-type]

    run_sync(work())


def test_what_it_has_learned_survives_a_file_and_a_lost_device(extractor: Extractor) -> None:
    async def work() -> None:
        session = await taught(extractor)
        asked = [hand(gesture, i) for gesture in GESTURES for i in (14, 17)]

        async def answers(one: GameSession) -> list[Any]:
            said = [await one.predict(picture) for picture in asked]
            return [(each["label"], each["confidences"]) for each in said]

        before = await answers(session)
        assert sum(label == GESTURES[i // 2] for i, (label, _) in enumerate(before)) >= 4
        saved = await session.save()
        other = GameSession(extractor)
        assert await other.load(saved) == {"counts": dict.fromkeys(GESTURES, 4)}
        assert await answers(other) == before
        other.revive(extractor)
        assert await answers(other) == before
        session.revive(extractor)
        assert await answers(session) == before

    run_sync(work())


def test_a_file_is_the_classifier_s_own(extractor: Extractor, tmp_path: Path) -> None:
    """KNNClassifier.load takes it, labels and all."""
    (tmp_path / "hands.zip").write_bytes(run_sync(saved_by(extractor)))
    knn = KNNClassifier.load(tmp_path / "hands.zip")
    assert knn.get_class_example_count() == dict.fromkeys(GESTURES, 1)
    assert knn.labels == [*GESTURES]


async def saved_by(extractor: Extractor) -> bytes:
    return await (await taught(extractor, 1)).save()


def changed(saved: bytes, **files: bytes | None) -> bytes:
    """The zip with other files, by their names' stems."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = files.get(name.split(".")[0], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def test_other_files_are_refused_and_nothing_is_forgotten(extractor: Extractor) -> None:
    async def work() -> None:
        session = await taught(extractor, 1)
        saved = await session.save()
        with zipfile.ZipFile(io.BytesIO(saved)) as archive:
            about = json.loads(archive.read("knn.json"))
        lizard = json.dumps({**about, "labels": ["rock", "paper", "lizard"]}).encode()
        for wrong in (
            b"",
            b"no zip",
            saved[: len(saved) // 2],
            changed(saved, knn=b"{}"),
            changed(saved, knn=lizard),
            changed(saved, examples=b"123"),
            changed(saved, extractor=b'{"name": "another"}'),
            changed(saved, extractor=b"[]"),
            changed(saved, extractor=b" " * 2000),
            changed(saved, extractor=None),
            changed(saved, knn=None),
        ):
            with pytest.raises(ValueError):
                await session.load(wrong)
            assert session._counts() == dict.fromkeys(GESTURES, 1)
            assert (await session.predict(hand("paper", 0), neighbours=1))["label"] == "paper"

    run_sync(work())
