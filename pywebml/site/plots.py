"""The plots of the pages: uPlot from npm, one file, as an ES module."""

from __future__ import annotations

from ..host.packages import files_of
from ..host.supplies import supply


def plot_files() -> dict[str, bytes]:
    """{path in the app's folder: content}: the script, its style sheet and licence
    (MIT).

    Downloads them on first use, verified. ConnectionError where that fails.
    """
    uplot = supply("uplot")
    script, sheet, licence = (files_of(uplot) / path for path in uplot.files)
    return {
        "vendor/uplot.js": script.read_bytes() + b"\nexport default uPlot;\n",
        "vendor/uplot.css": sheet.read_bytes(),
        "vendor/LICENSE-uplot.txt": licence.read_bytes(),
    }
