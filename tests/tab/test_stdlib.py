"""Python's standard library in a tab: what people import is there."""

from __future__ import annotations

from typing import Any

import pytest
from browser import ready, value

from pywebml.site import stdlib

pytestmark = pytest.mark.browser

COMMON = (
    "abc argparse array ast asyncio base64 bisect bz2 calendar cmath cmd code codecs "
    "collections.abc colorsys concurrent.futures configparser contextlib copy cProfile csv "
    "ctypes dataclasses datetime decimal difflib dis doctest email.message encodings.cp1252 "
    "enum filecmp fnmatch fractions functools gettext glob graphlib gzip hashlib heapq hmac "
    "html.parser http.client importlib.metadata importlib.resources inspect io ipaddress "
    "itertools json keyword linecache locale logging.config logging.handlers mailbox math "
    "mimetypes numbers operator optparse os.path pathlib pdb pickle pickletools pkgutil "
    "platform plistlib pprint profile pstats pydoc queue random re reprlib sched secrets "
    "shelve shlex shutil signal socket socketserver statistics string struct subprocess "
    "symtable sysconfig tarfile tempfile textwrap threading time timeit tokenize tomllib "
    "trace traceback types typing unicodedata unittest.mock urllib.parse urllib.request uuid "
    "warnings wave weakref xml.dom.minidom xml.etree.ElementTree zipfile zlib zoneinfo "
)
MISSING = """
import importlib
def missing(names):
    def is_there(name):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            return False
        return True
    return [name for name in names if not is_there(name)]
"""


def test_what_people_import_is_there(tab: Any, page_url: str) -> None:
    """And of NumPy, too, which may import what is left out."""
    left_out = [name for names in stdlib.LEFT_OUT.values() for name in names]
    tab.goto(f"{page_url}python.html?device=gpu")
    ready(tab)
    names = [*COMMON.split(), "numpy.testing", *left_out]
    assert value(tab, f"{MISSING}\nimport numpy\nmissing({names})") == left_out
