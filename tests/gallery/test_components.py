"""The pages' components (web/shared) on their own: each makes its element, can stand
twice, and says what happens by events.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import accessibility_faults, script_url

from pywebml.site.browser import until

pytestmark = pytest.mark.browser


@pytest.fixture
def show(tab: Any, page_url: str) -> Any:
    """Evaluates JavaScript in the gallery, with `load(name)` for a module of web/shared
    and `put(...elements)` for an otherwise empty <main>.
    """
    tab.goto(page_url)
    shared = script_url(tab, "shared/")

    def evaluate(action: str) -> Any:
        return tab.evaluate(
            f"""async (shared) => {{
              const load = (name) => import(`${{shared}}${{name}}.js`);
              const title = Object.assign(document.createElement("h1"), {{ textContent: "Parts" }});
              const put = (...elements) =>
                document.querySelector("main").replaceChildren(title, ...elements);
              return ({action})({{ load, put }});
            }}""",
            shared,
        )

    return evaluate


def test_two_lists_of_bars_are_two(show: Any, tab: Any) -> None:
    show("""async ({ load, put }) => {
      const { Bars } = await load("bars");
      const [one, two] = [new Bars("One"), new Bars("Two")];
      put(one.element, two.element);
      const rows = [{ key: "a", name: "cat", hue: 20 }, { key: "b", name: "dog", hue: 200 }];
      one.list(rows);
      two.list(rows);
      one.show(new Map([["a", 0.25], ["b", 0.75]]), "b");
      two.list(rows.slice(1));
    }""")
    one, two = tab.locator(".bars").all()
    assert one.locator(".bar-value").all_inner_texts() == ["25\u00a0%", "75\u00a0%"]
    assert one.locator(".best").inner_text().startswith("dog")
    assert [m.get_attribute("aria-valuenow") for m in one.locator("[role=meter]").all()] == [
        "25",
        "75",
    ]
    assert two.locator(".bar").count() == 1
    assert not accessibility_faults(tab)


OPTIONS = """[
  { name: "epochs", label: "Epochs", help: "how often", kind: "int", default: 20, low: 1,
    choices: [10, 20, 40] },
  { name: "rate", label: "Rate", help: "how far a step goes", kind: "float", default: null,
    above: 0, choices: null },
  { name: "optimizer", label: "Optimizer", help: "how", kind: "choice", default: "adam",
    choices: ["sgd", "adam"] },
  { name: "fast", label: "Fast", help: "or not", kind: "bool", default: false },
]"""


def test_a_form_of_options_keeps_their_limits(show: Any, tab: Any) -> None:
    """What may be taken is told; what is wrong stands beside its field."""
    show(f"""async ({{ load, put }}) => {{
      const {{ Settings }} = await load("settings");
      const [one, two] = [new Settings({OPTIONS}), new Settings({OPTIONS})];
      window.heard = [];
      one.addEventListener("change", (event) => heard.push(event.detail));
      one.recommend("rate", 0.00001);
      two.show({{ epochs: 15, rate: 0.5, optimizer: "sgd", fast: true }});
      put(one.element, one.help, two.element);
    }}""")
    one, two = tab.locator(".settings").all()
    rate = one.get_by_label("Rate")
    assert rate.get_attribute("placeholder") == "0.00001"
    rate.fill("-1")
    rate.blur()
    assert one.get_by_text("Expected a number above 0.").is_visible()
    assert rate.get_attribute("aria-invalid") == "true"
    assert tab.evaluate("heard") == []
    rate.fill("0.02")
    rate.blur()
    one.get_by_label("Epochs").select_option("40")
    one.get_by_label("Optimizer").select_option("sgd")
    one.get_by_label("Fast").check()
    assert one.locator(".error:visible").count() == 0
    assert tab.evaluate("heard") == [
        {"name": "rate", "value": 0.02},
        {"name": "epochs", "value": 40},
        {"name": "optimizer", "value": "sgd"},
        {"name": "fast", "value": True},
    ]
    # a number that is not among those offered, as from a file
    assert two.get_by_label("Epochs").locator("option").all_inner_texts() == [
        "10",
        "15",
        "20",
        "40",
    ]
    assert two.get_by_label("Epochs").input_value() == "15"
    assert two.get_by_label("Rate").input_value() == "0.5"
    assert tab.get_by_text("Epochs: how often. Rate: how far a step goes.").is_visible()
    assert not accessibility_faults(tab)


def test_charts_and_matrices_say_what_they_show(show: Any, tab: Any) -> None:
    show("""async ({ load, put }) => {
      const [{ LineChart }, { Matrix }] = await Promise.all([load("charts"), load("matrix")]);
      const look = { note: "lower is better", lines: ["trained", "held"], words: ["a", "others"] };
      const [one, two] = ["Loss", "Error"].map((name) => new LineChart({ ...look, name }));
      const matrix = new Matrix("Nothing yet.");
      put(one.element, two.element, matrix.element, new Matrix("Nothing yet.").element);
      one.draw([[2, 1, 0.5], [2.5]], 4);
      matrix.show(["cat", "dog"], [[3, 1], [0, 4]]);
    }""")
    one, two = tab.locator("figure.chart").all()
    said = "Loss: 2.00 after the first epoch, 0.50 after epoch 3, 2.50 on others"
    assert one.get_by_role("img").get_attribute("aria-label") == said
    assert one.locator("polyline").count() == 2
    assert two.get_by_role("img").get_attribute("aria-label") == "Error: nothing yet"
    assert tab.locator(".confusion tbody td").all_inner_texts() == ["3", "1", "0", "4"]
    assert tab.locator(".confusion .miss").count() == 1
    assert tab.get_by_text("Nothing yet.").count() == 1
    assert not accessibility_faults(tab)


def test_a_question_is_answered(show: Any, tab: Any) -> None:
    tab.evaluate("window.answers = []")
    ask = """async ({ load }) => {
      const { ask } = await load("dialogs");
      ask("Start over?", "All will be deleted.", "Start over").then((yes) => answers.push(yes));
    }"""
    show(ask)
    dialog = tab.get_by_role("dialog", name="Start over?")
    assert dialog.get_by_text("All will be deleted.").is_visible()
    dialog.get_by_role("button", name="Cancel").click()
    until(tab, "answers.length === 1")
    show(ask)
    tab.get_by_role("dialog").get_by_role("button", name="Start over").click()
    until(tab, "answers.length === 2")
    assert tab.evaluate("answers") == [False, True]
