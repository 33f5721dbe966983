"""Plays a session of `>>>` prompts, as the interpreter would: what the documentation's
Run buttons send to Python in the tab, ahead of the session itself.
"""

import ast
import inspect
import traceback

SCOPES = {}
BEFORE = (
    "import numpy as np\nimport pywebml as pw\nfrom pywebml import layers, ops\n"
    "np.set_printoptions(precision=4, suppress=True)\n"
)


def scope(number, anew=False):
    """The names of a session; those of a new one are what the tests begin with."""
    if anew or number not in SCOPES:
        SCOPES[number] = names = {"__name__": "__main__"}
        exec(BEFORE, names)
        names["pw"].set_seed(0)
        names["pw"].layers.reset_names()
    return SCOPES[number]


def statements(session):
    """The sources behind the prompts, one by one."""
    sources = []
    for line in session.splitlines():
        if line.startswith(">>>"):
            sources.append(line[4:])
        elif line.startswith("...") and sources:
            sources[-1] += "\n" + line[4:]
    return sources


async def play(session, names):
    """Runs a session; each value and each error is printed, and it goes on."""
    for source in statements(session):
        try:
            # an empty line ends a block
            code = compile(source + "\n", "<example>", "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            value = eval(code, names)
            if inspect.iscoroutine(value):
                await value
        except Exception as error:
            print("Traceback (most recent call last):")
            print("".join(traceback.format_exception_only(error)).rstrip())
