"""The plots of the pages: uPlot from npm, one file, as an ES module."""

from __future__ import annotations

from ..host.packages import Package, files_of

_SCRIPT = "dist/uPlot.iife.min.js"
UPLOT = Package(
    "uplot",
    "1.6.32",
    {
        _SCRIPT: "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
        "dist/uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
        "LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
    },
)


def plot_files() -> dict[str, bytes]:
    """{path in the app's folder: content}: the script, its style sheet and licence
    (MIT).

    Downloads them on first use, verified. ConnectionError where that fails.
    """
    script, sheet, licence = (files_of(UPLOT) / path for path in UPLOT.files)
    return {
        "vendor/uplot.js": script.read_bytes() + b"\nexport default uPlot;\n",
        "vendor/uplot.css": sheet.read_bytes(),
        "vendor/LICENSE-uplot.txt": licence.read_bytes(),
    }
