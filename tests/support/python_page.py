"""Driving the Python page: programs go in, and what is in the output comes back."""

from __future__ import annotations

from typing import Any

LONG = 180_000  # milliseconds that a training may take on SwiftShader


def begin(page: Any, source: str | None = None) -> None:
    """Runs a program, or what is in the editor."""
    if source is not None:
        page.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(source)
    page.locator("#run").click()


def run(page: Any, source: str | None = None) -> str:
    """Runs a program to its end; gives what is in the output then."""
    from playwright.sync_api import expect

    begin(page, source)
    expect(page.locator("#run")).to_have_text("Run", timeout=LONG)
    return output(page)


def output(page: Any) -> str:
    return str(page.locator("#output").inner_text())
