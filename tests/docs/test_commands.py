"""Every command of the documentation runs, in a folder of its own that has the files which
it names, and with a home of its own. One that takes minutes does less, told by more words;
one that nothing shortens runs with all tests (PYWEBML_TESTS=all), which take all whole.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from app_pages import SHORT
from documented import CLASSES, Command, commands, photos, prepare
from hosts import ROOT, shared_device
from shares import ALL, share

import pywebml as pw
from pywebml.apps import APPS
from pywebml.cli import main
from pywebml.distributed.federated.flower.processes import Address, free_port

OURS = "python -m pywebml"
LESS = {
    rf"{OURS} bench matmul.*": "--quick",
    rf"{OURS} embedding_map --digits.*": "--digits 100 --iterations 60",
    rf"{OURS} playground.*": "--epochs 10",
    rf"{OURS} rock_paper_scissors.*": "--best-of 1",
    rf"{OURS} sound.*": "--epochs 2",
    r"python tools/faults\.py --count.*": "--count 1",
    r"python tools/fuzz\.py --count.*": "--count 1 --processes 1",
    r"python tools/fuzz\.py onnx.*": "--count 2 --processes 1",
} | {
    f"{OURS} {name}.*": " ".join(f"--{word.replace('=', ' ')}" for word in settings.split("&"))
    for name, settings in SHORT.items()
}
"""{commands, as a pattern: the words with which they do least}."""
LATER = {
    OURS: "tests/cli/test_commands.py, the main job",
    rf"{OURS} bench(?! matmul).*": "tests/apps/test_bench*.py, each subject in small",
    rf"{OURS} check.*": "tests/apps/test_check.py, and each case by the tests of its op",
    rf"{OURS} federate.*": "tests/distributed/test_federate.py, a server and three clients",
    rf"{OURS} models verify": "tests/zoo, which load each network",
    rf"{OURS} notebooks.*": "tests/site/test_notebooks.py",
    rf"{OURS} page build --out.*": "the fixture `built_page`",
    rf"{OURS} teach .*--ray": "tests/distributed/test_features.py",
    r"python tests/.*": "itself, as a test",
    r"python tools/graph_models\.py.*": "tests/formats/graphs, beside TensorFlow.js",
} | {f"{OURS} {app.shows[0]}": "tests/gallery/test_apps.py" for app in APPS if app.reaches}
"""{commands that run with all tests, as a pattern: what does the same in each run}."""
SERVING = r".*(page serve|http\.server|federate server).*"
JOINING = r".*federate client.*"  # runs beside its server
LONG = 3600  # seconds

EVERY = commands()


def fits(patterns: Mapping[str, str], command: Command) -> str:
    """What is said of a command, or ""."""
    said = (text for pattern, text in patterns.items() if re.fullmatch(pattern, command.line))
    return next(said, "")


def those(pattern: str) -> list[Command]:
    """Of the commands that run in this run of the tests, those of a pattern."""
    return [
        command
        for command in EVERY
        if command.runs and (ALL or not fits(LATER, command)) and re.match(pattern, command.line)
    ]


def ids(commands: list[Command]) -> list[str]:
    return [f"{command.place} {command.line.removeprefix(f'{OURS} ')}" for command in commands]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, built_page: Path) -> Iterator[Path]:
    """A home in which a model is taught, as `taught`; the page is built already."""
    folder = tmp_path_factory.mktemp("home")
    taught = folder / "taught"
    photos(taught / "photos")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(folder))
        patch.delenv("PYWEBML_FEATURES")  # what is kept is kept there
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("BROWSER", "true")  # for --open: a program that does nothing
        patch.chdir(taught)
        words = "teach photos --out hands.zip --export teachable-machine --epochs 2 --device cpu"
        assert main(words.split()) == 0
        (folder / "page").symlink_to(built_page)
        yield folder


@pytest.fixture
def folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    pw.set_device(shared_device("cpu"))


def words_of(command: Command) -> list[str]:
    return command.words + ([] if ALL else fits(LESS, command).split())


def test_those_that_do_not_run_install_or_are_other_people_s() -> None:
    for command in EVERY:
        if not command.runs:
            assert re.match(r"(\S*pip|npm) |cd |.* -m (venv|pytest)|\w+=.* s3://", command.line)


@pytest.mark.parametrize("patterns", [LESS, LATER], ids=["less", "later"])
def test_what_is_said_is_said_of_a_command(patterns: Mapping[str, str]) -> None:
    for pattern in patterns:
        assert any(re.fullmatch(pattern, command.line) for command in EVERY), pattern


HERE = [
    command
    for command in those(re.escape(OURS))
    if not re.match(rf"{SERVING}|{JOINING}", command.line)
]


@pytest.mark.parametrize("command", HERE, ids=ids(HERE))
def test_a_command_of_ours_runs(
    command: Command, home: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In this process, since to start one takes longer than most of them; where it is
    one of hours, in its own.
    """
    prepare(folder, command, home / "taught")
    words = words_of(command)
    if fits(LATER, command):
        done = subprocess.run([sys.executable, *words[1:]], timeout=LONG, check=False)
        assert done.returncode == 0, capfd.readouterr().err
    else:
        assert main(words[3:]) == 0, capfd.readouterr().err
    said = capfd.readouterr()
    assert said.out.strip() and "Traceback" not in said.err
    if target := re.search(r"--(?:out|json|save) (\S+)", command.line):
        assert (folder / target[1]).exists()


TOOLS = share(those(r"python (tools|tests)/"), 2, 1)


@pytest.mark.parametrize("command", TOOLS, ids=ids(TOOLS))
def test_a_tool_runs(command: Command, home: Path, folder: Path) -> None:
    prepare(folder, command, home / "taught")
    program, *words = words_of(command)[1:]
    done = subprocess.run(
        [sys.executable, str(ROOT / program), *words],
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


# --- servers


@contextmanager
def started(words: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A program in a process of its own, which is then ended."""
    process = subprocess.Popen(
        [sys.executable, "-u", *words[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


SERVERS = those(r".*(page serve|http\.server)")


@pytest.mark.parametrize("command", SERVERS, ids=ids(SERVERS))
def test_a_server_answers(command: Command, home: Path, folder: Path) -> None:
    """At any free port: another program may have the usual one."""
    for name in ("page", "site"):  # no server builds anew what is built
        (folder / name).symlink_to((home / "page").resolve())
    port = free_port()
    words = [*command.words, *(["--port"] if OURS in command.line else []), str(port)]
    with started(words):
        assert b"<!doctype html>" in answer(f"http://127.0.0.1:{port}/").lower()


def answer(url: str, seconds: float = 60) -> bytes:
    """Of a server that may not have started yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return response.read()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


LESSONS = those(r".*federate server")
CLIENTS = [command for command in EVERY if re.match(JOINING, command.line)]


@pytest.mark.skipif(not ALL, reason=LATER[rf"{OURS} federate.*"])
@pytest.mark.parametrize("number", range(len(LESSONS)), ids=ids(LESSONS))
def test_a_lesson_is_held(number: int, home: Path, folder: Path) -> None:
    """A server, and as many clients as it waits for, each by the words of a page that
    shows one, but for the address.
    """
    lesson, client = LESSONS[number], CLIENTS[number % len(CLIENTS)]
    prepare(folder, client, home / "taught")
    taught = lesson.words[lesson.words.index("--classes") + 1].split(",")
    for name in set(CLASSES) - set(taught):
        shutil.rmtree(folder / "photos" / name)
    several = re.search(r"--clients (\d+)", lesson.line)
    count = int(several[1]) if several else 2
    port = free_port()
    joins = re.sub(r"--server \S+", f"--server 127.0.0.1:{port}", client.line).split()
    server = subprocess.Popen([sys.executable, *lesson.words[1:], "--port", str(port)])
    clients: list[subprocess.Popen[bytes]] = []
    try:
        while server.poll() is None and Address("127.0.0.1", port).answers(None):
            time.sleep(0.3)  # clients wait for no server
        clients = [subprocess.Popen([sys.executable, *joins[1:]]) for _ in range(count)]
        assert [each.wait(LONG) for each in clients] == [0] * count
        assert server.wait(60) == 0
    finally:
        for each in (server, *clients):
            each.kill()
    assert (folder / "federated.zip").exists()
