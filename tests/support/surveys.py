"""What comes of broken model files: each loads, or is refused in a sentence."""

from __future__ import annotations

import json
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Iterable
from typing import Any

from pywebml.formats.loading import load_model
from pywebml.host.files import FormatError
from pywebml.host.shown import shown


class Result:
    """What came of many documents, while memory is traced."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.slowest: tuple[float, str] = (0.0, "")
        self.biggest: tuple[int, str] = (0, "")
        self.wrong: list[str] = []

    def load(self, what: str, files: dict[str, bytes]) -> None:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        start = time.process_time()  # other tests may run meanwhile
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                load_model(files)
            self.counts["loaded"] += 1
        except FormatError as e:
            self.counts["refused"] += 1
            if len(str(e)) > 900 or shown(str(e)) != str(e):
                self.wrong.append(f"{what}: not a sentence: {str(e)!r:.300}")
        except Exception as e:
            self.wrong.append(f"{what}: {e!r:.300}")
        finally:
            self.slowest = max(self.slowest, (time.process_time() - start, what))
            most = tracemalloc.get_traced_memory()[1] - before
            self.biggest = max(self.biggest, (most, what))


def loaded(documents: Iterable[tuple[str, Any]], files: dict[str, bytes]) -> Result:
    """Each in place of the files' model.json, in a process where memory is traced."""
    result = Result()
    for what, document in documents:
        result.load(what, {**files, "model.json": json.dumps(document).encode()})
    return result
