"""What the machine or the browser tab gives: waiting, keeping, files, progress.

The only package that asks where it runs.
"""

from __future__ import annotations

import sys

IN_TAB = sys.platform == "emscripten"
"""Whether this Python runs in a browser tab."""
