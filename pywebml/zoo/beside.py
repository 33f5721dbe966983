"""The default network in a tab that is not pywebml's own page: its files lie beside the
wheel that pywebml was installed from, in the form of compact.py.
"""

from __future__ import annotations

from urllib.parse import urljoin

from ..host.page import place
from .compact import load_compact
from .extractor import Extractor

FILES = ("model.json", "weights.bin")


async def extractor_beside(name: str) -> Extractor:
    """The network in the folder NAME beside the wheel. FileNotFoundError where there is
    none, FormatError where it is not whole.
    """
    from pyodide.http import pyfetch  # type: ignore[import-not-found]

    files, wheel = {}, place()
    for file in FILES:
        response = await pyfetch(urljoin(wheel, f"{name}/{file}")) if wheel else None
        if response is None or not response.ok:
            raise FileNotFoundError(
                f"{name}/{file} does not lie beside pywebml's wheel, where a tab takes networks"
                " from; `python -m pywebml notebooks` makes a site that has it"
            )
        files[file] = await response.bytes()
    return load_compact(files)
