"""What a program does to the Python page: it is stopped, asks, prints for ever, breaks
off, and never costs the visitor a program.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser import READY, START, desk_tab, eventually, overflow
from PIL import Image
from python_page import begin, output, run

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
# without a limit of its own, since how deep the browser's stack is differs
TOO_DEEP = (
    "import sys\nsys.setrecursionlimit(10**9)\n"
    "class A:\n    def __repr__(self): return repr(self)\nrepr(A())"
)


@pytest.fixture(scope="module")
def page(known_profile: Any, page_url: str) -> Iterator[Any]:
    with desk_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}python.html?device=cpu")
        page.locator(READY).wait_for(timeout=START)
        yield page


def focus(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


def scrolled(page: Any) -> float:
    """How far above its end the output is, in pixels."""
    return float(
        page.evaluate(
            "(() => { const o = document.getElementById('output');"
            " return o.scrollHeight - o.scrollTop - o.clientHeight; })()"
        )
    )


def stop(page: Any) -> str:
    page.locator("#stop").click()
    page.locator("#run", has_text=re.compile("^Run$")).wait_for()
    return output(page)


@pytest.mark.parametrize(
    "program",
    ["while True: pass", "import asyncio\nawait asyncio.sleep(1000)",
     "import time\ntime.sleep(1000)",
     "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0.01)\n"
     "task = asyncio.create_task(f())", "input('name? ')"],
    ids=["loop", "await", "sleep", "task", "input"],
)  # fmt: skip
def test_stop_ends_whatever_runs_and_the_next_program_runs(page: Any, program: str) -> None:
    begin(page, f"print('begun')\n{program}")
    page.locator("#output", has_text="begun").wait_for()
    said = stop(page)
    assert "variables of earlier programs are gone" in said
    assert focus(page) == "run"
    assert page.locator("#stop").is_hidden()
    assert page.locator("#output form").count() == 0
    assert run(page, "6 * 7").strip() == "42"
    until(page, f"{STATE} === 'done'")


def test_stop_while_python_is_loading(browser: Any, page_url: str) -> None:
    page = browser.new_page()
    waits: list[Any] = []
    page.route("**/pyodide.asm.wasm*", lambda route: waits.append(route))
    page.goto(f"{page_url}python.html?device=cpu")
    begin(page, "print('not yet')")
    page.get_by_text("Waiting for Python").wait_for()
    assert "Stopped before it began" in stop(page)
    assert page.evaluate(STATE) == "loading"
    for route in waits:
        route.continue_()
    page.locator(READY).wait_for(timeout=START)
    assert run(page, "'later'").strip() == "'later'"
    page.close()


def test_endless_printing_leaves_the_page_alive(page: Any) -> None:
    begin(page, "n = 0\nwhile True:\n    print('line', n)\n    n += 1")
    page.wait_for_timeout(1500)
    worst = page.evaluate("""() => new Promise((resolve) => {
        let last = performance.now(), worst = 0;
        const end = last + 1500;
        const frame = (now) => {
          worst = Math.max(worst, now - last);
          last = now;
          if (now < end) requestAnimationFrame(frame); else resolve(worst);
        };
        requestAnimationFrame(frame);
    })""")
    said = stop(page)
    # a page that draws all lines stands still for many seconds; another browser test
    # takes the processor for some hundred ms
    assert worst < 2000, f"{worst:.0f} ms between two frames"
    assert page.locator("#output .line").count() <= 2001
    left_out = re.match(r"([\d,]+) earlier lines", said)
    assert left_out is not None, said[:200]
    # none is lost without being counted
    first = re.search(r"line (\d+)\n", said)
    assert first is not None
    assert abs(int(left_out[1].replace(",", "")) - int(first[1])) <= 1


def test_output_follows_unless_the_reader_has_scrolled_up(page: Any) -> None:
    program = "import asyncio\nfor i in range(60):\n    print(i)\n    await asyncio.sleep(0.02)"
    run(page, program)
    assert scrolled(page) < 5
    begin(page, program)
    page.locator("#output", has_text="444546").wait_for()  # three lines
    page.evaluate("document.getElementById('output').scrollTop = 0")
    page.locator("#run", has_text=re.compile("^Run$")).wait_for()
    assert page.evaluate("document.getElementById('output').scrollTop") == 0
    run(page, program)
    assert scrolled(page) < 5, "a new program is followed again"


def test_input_is_a_field_in_the_output(page: Any) -> None:
    begin(page, "name = input('Name? ')\nage = int(input())\nprint(f'{name} is {age + 1}')")
    field = page.get_by_role("textbox", name="Name?")
    field.wait_for()
    assert field.evaluate("(field) => field === document.activeElement")
    page.keyboard.type("Zoë 🐍")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="line of text").fill("41")
    page.get_by_role("button", name="Enter").click()
    page.locator("#output", has_text="is 42").wait_for()
    assert output(page).split("\n")[:3] == ["Name? Zoë 🐍", "41", "Zoë 🐍 is 42"]
    assert focus(page) != "BODY"
    begin(page, "import sys\nprint(sys.stdin.readline().upper())")
    page.locator("#output input").fill("from a line")
    page.locator("#output input").press("Enter")
    page.locator("#output", has_text="FROM A LINE").wait_for()


def test_where_python_cannot_wait_input_says_what_to_do(page: Any) -> None:
    said = run(
        page,
        "import pywebml.tab.console as console\ncan, console.can_wait = console.can_wait,"
        " lambda: False\ntry:\n    input('x')\nfinally:\n    console.can_wait = can",
    )
    assert "EOFError: this browser cannot wait for input() inside Python: open the page" in said


def test_tracebacks_show_the_program_alone(page: Any) -> None:
    source = "import pywebml as pw\n\n\ndef make(n):\n    return pw.layers.Dense(n)\n\n\nmake(-1)"
    said = run(page, source)
    assert said.split("\n")[:5] == [
        "Traceback (most recent call last):",
        "  line 8, in <module>",
        "    make(-1)",
        "  line 5, in make",
        "    return pw.layers.Dense(n)",
    ]
    assert "ValueError: Dense: units" in said
    assert not re.search(r"\.py|<page", said)
    said = run(page, "import json\njson.loads('{')")
    assert said.count("line ") == 2, said  # the program's, and the one json complains of
    assert ".py" not in said
    # what an earlier program defined keeps its own lines
    run(page, "def earlier(a):\n    return a / 0")
    said = run(page, "x = 'another text'\n\nearlier(1)")
    assert "return a / 0" in said
    assert "earlier program" in said


def test_a_syntax_error_has_a_caret(page: Any) -> None:
    said = run(page, "a = 1\nprint(a b)")
    lines = [line.rstrip() for line in said.rstrip().split("\n")]
    assert lines[0].strip() == "line 2"
    assert lines[1:3] == ["    print(a b)", "          ^^^"]
    assert lines[3].startswith("SyntaxError: invalid syntax")


@pytest.mark.parametrize(
    ("program", "said", "state"),
    [
        ("print('a')\nexit()\nprint('b')", "a", "done"),
        ("import sys\nsys.exit('no luck')", "no luck", "failed"),
        ("raise SystemExit(3)", "ended with exit code 3", "failed"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", "failed"),
        ("import asyncio\nasync def f():\n    return 1 / 0\nt = asyncio.create_task(f())\n"
         "await asyncio.sleep(0.1)", "line 3, in f", "done"),
        ("import asyncio\nasync def f():\n    await asyncio.sleep(0.2)\n    print('late')\n"
         "t = asyncio.create_task(f())\nprint('main')", "main\nlate", "done"),
        ("def f(n): return f(n + 1)\nf(0)", "RecursionError", "failed"),
        ("bytearray(2**32)", "Error", "failed"),
        ("[0] * 2**30", "MemoryError", "failed"),
        ("import threading\nthreading.Thread(target=print).start()", "no threads", "failed"),
        ("import multiprocessing\nmultiprocessing.Process(target=print).start()",
         "no further processes", "failed"),
        ("import pandas", "other packages cannot be installed", "failed"),
        ("print('\\ud800 ä 漢字 🐍 \\0x')", "ä 漢字 🐍", "done"),
        ("import time\ntime.sleep(0.1)\nprint('slept')", "slept", "done"),
        ("import asyncio\nasync def main():\n    print('in main')\nasyncio.run(main())",
         "in main", "done"),
        ("print('x' * 300_000)", "xxx", "done"),
        ("import pywebml as pw\npw.zeros((2000, 2000))", "Tensor(shape=(2000, 2000)", "done"),
        ("import pywebml as pw\npw.tensor([1.0, 2.5]).data()", "[1.0, 2.5]", "done"),
        ("list(range(100_000))", "characters more", "done"),
        ("print('50 %\\r100 %')\nprint('\\x1b[31mred\\x1b[0m')", "100 %\nred", "done"),
    ],
)  # fmt: skip
def test_how_programs_end(page: Any, program: str, said: str, state: str) -> None:
    shown = run(page, program)
    assert said in shown
    assert page.evaluate(STATE) == state
    assert "bridge.py" not in shown
    assert "\x1b" not in shown
    assert run(page, "1 + 1").strip() == "2"


@pytest.mark.parametrize(
    ("program", "words"),
    [(TOO_DEEP, "more deeply than this browser can"), ("import os\nos.abort()", "Aborted")],
    ids=["deep", "abort"],
)
def test_python_that_breaks_off_is_started_anew(
    known_profile: Any, page_url: str, program: str, words: str
) -> None:
    """Pyodide itself cannot go on, and says so in the console."""
    page = known_profile.new_page()
    page.goto(f"{page_url}python.html?device=cpu")
    page.locator(READY).wait_for(timeout=START)
    assert words in run(page, program)
    assert "variables of earlier programs are gone" in output(page)
    assert page.locator(".notices p").count() == page.locator(".notices p.info").count()
    assert run(page, "6 * 7").strip() == "42"
    page.close()


def test_tables_keep_their_columns(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    source = (
        "import pywebml as pw\nlayers = [pw.layers.Input((4,)), pw.layers.Dense(3)]\n"
        "pw.Sequential(layers).summary()"
    )
    run(page, source)
    heights = page.evaluate("""() => [...document.querySelectorAll('#output .line')]
        .map((line) => line.getBoundingClientRect().height)""")
    assert len(heights) >= 4
    assert max(heights) < 1.5 * min(heights), "no line wraps"
    assert overflow(page) <= 0
    page.set_viewport_size({"width": 1280, "height": 800})


def options(page: Any) -> list[str]:
    return [str(text) for text in page.locator("#examples option").all_inner_texts()]


def shown(page: Any) -> str:
    return "\n".join(page.locator(".cm-line").all_inner_texts())


def test_no_program_is_lost_to_an_example(page: Any) -> None:
    run(page, "mine = 'first'")
    assert page.locator("#examples").input_value() == ""
    example = "A layer of your own"  # short enough that the editor draws all of it
    page.locator("#examples").select_option(label=example)
    assert "first" not in shown(page)
    original = shown(page)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nmine = 'second'")
    assert page.locator("#examples").input_value() == "", "it is the visitor's own now"
    own = [name for name in options(page) if name.startswith("My program")]
    assert len(own) >= 2
    page.locator("#examples").select_option(label=example)
    assert shown(page) == original, "the example is as it was"
    page.reload()
    page.locator(READY).wait_for(timeout=START)
    texts = {}
    for name in own:
        page.locator("#examples").select_option(label=name)
        texts[name] = shown(page)
    assert any("mine = 'second'" in text for text in texts.values())
    assert any("mine = 'first'" in text for text in texts.values())
    # what was typed can be undone, and brings the example back
    page.locator("#examples").select_option(label=example)
    page.locator(".cm-content").click()
    page.keyboard.type("x")
    page.keyboard.press("Control+z")
    assert page.locator("#examples option:checked").inner_text() == example


def test_plots_are_dark_in_the_dark(page: Any) -> None:
    run(page, "import pywebml as pw\npw.plot([3, 2, 1])")

    def brightness() -> int:
        shot = page.locator("#output img").screenshot()
        return int(Image.open(io.BytesIO(shot)).convert("L").resize((1, 1)).getpixel((0, 0)))

    page.emulate_media(color_scheme="light")
    eventually(page, lambda: brightness() > 200, True)
    page.emulate_media(color_scheme="dark")
    eventually(page, lambda: brightness() < 80, True)
    page.emulate_media(color_scheme="light")


def test_a_fault_is_found_and_a_function_is_measured(page: Any) -> None:
    """On the line of the program, without NumPy, which it does not import."""
    said = run(
        page,
        "import pywebml as pw\n"
        "x = pw.ops.ones((4, 4))\n"
        "profile = await pw.profile(lambda: pw.ops.softmax(x @ x))\n"
        "print(profile.kernel_names, (await pw.time(lambda: x @ x)).wall_ms > 0)\n"
        "with pw.debug():\n"
        "    1.0 / (x - 1.0)\n",
    )
    assert "['MatMul', 'Softmax'] True" in said
    assert re.search(r"div made 16 infinite .*:6 \(1\.0 / \(x - 1\.0\)\); input 0", said)
