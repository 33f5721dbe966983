"""The command line, made of what the apps declare (apps/__init__.py)."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from ..apps import APPS, FIRST
from ..apps.app import App, Takes
from ..apps.options import Option
from ..host.version import VERSION

PROGRAM = "python -m pywebml"
DEVICE: dict[str, Any] = {
    "choices": ("auto", "gpu", "cpu"),
    "help": "auto (the default) takes a real GPU, else the CPU",
}


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line, like everything else here."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"pywebml: {' '.join(message.split())}; see `{self.prog} --help`\n")


def build_parser() -> Parser:
    """The parser; what it has parsed has the `app` and a value per option and input."""
    parser = Parser(prog=PROGRAM, description=FIRST.says, epilog=_example(FIRST))
    parser.add_argument("--version", action="version", version=f"pywebml {VERSION}")
    parser.add_argument("--device", default="auto", **DEVICE)
    parser.set_defaults(app=FIRST)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for app in APPS:
        if app.run is not None:
            does = app.says[0].lower() + app.says[1:].rstrip(".")
            command = commands.add_parser(
                app.name, help=does, description=app.says, epilog=_example(app)
            )
            _fill(command, app)
    return parser


def _example(app: App) -> str:
    return f"example: {PROGRAM} {app.shows[0]}"


def _fill(command: Parser, app: App) -> None:
    """The words of one command."""
    command.set_defaults(app=app)
    command.add_argument("--device", default=argparse.SUPPRESS, **DEVICE)
    if app.json:
        command.add_argument("--json", metavar="FILE", help="write the results there as well")
    for takes in app.takes:
        command.add_argument(takes.name, **_positional(takes))
    for option in app.options.declared():
        command.add_argument(f"--{option.word}", dest=option.name, **_optional(option))


def _positional(takes: Takes) -> dict[str, Any]:
    about: dict[str, Any] = {"help": _plain(takes.help), "metavar": takes.metavar}
    if takes.choices:
        about["choices"] = takes.choices
    if takes.many:
        about["nargs"] = "*" if takes.optional else "+"
    elif takes.optional:
        about |= {"nargs": "?", "default": takes.default}
    return about


def _optional(option: Option) -> dict[str, Any]:
    if option.kind == "bool":
        return {"action": "store_true", "help": _plain(option.help)}
    about: dict[str, Any] = {"help": _plain(option.help), "metavar": option.metavar}
    if option.strict:
        about["choices"] = option.choices
    else:
        about["type"] = _reader(option)
        about["metavar"] = option.metavar or option.word.upper().replace("-", "_")
    if option.required:
        about["required"] = True
    else:
        about["default"] = option.default
        about["help"] += "" if option.default is None else _plain(f" ({option.default})")
    return about


def _plain(text: str | None) -> str | None:
    """A text whose % argparse is not to fill in."""
    return text and text.replace("%", "%%")


def _reader(option: Option) -> Any:
    def read(text: str) -> Any:
        try:
            return option.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read
