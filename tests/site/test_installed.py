"""What a browser reads to install the pages as an app."""

from __future__ import annotations

from PIL import Image

from pywebml.site import installed
from pywebml.site.build import web_folder
from pywebml.site.pages import apps_with_pages, file_of

PAGES = {f"./{file_of(app)}" for app in apps_with_pages(web_folder())} | {"./index.html"}


def test_all_that_it_names_is_there() -> None:
    """Pictures of the sizes that it says, pages by their addresses."""
    manifest = installed.manifest("app")
    drawn, *icons = manifest["icons"]
    assert (web_folder() / drawn["src"].removeprefix("app/")).is_file()
    for picture in (*icons, *manifest["screenshots"]):
        with Image.open(web_folder() / picture["src"].removeprefix("app/")) as image:
            assert f"{image.width}x{image.height}" == picture["sizes"]
            assert Image.MIME[image.format or ""] == picture["type"]
    named = {
        manifest["start_url"],
        *(shortcut["url"] for shortcut in manifest["shortcuts"]),
        *(handler["action"] for handler in manifest["file_handlers"]),
    }
    assert named <= PAGES


def test_browsers_offer_to_install_it() -> None:
    """What they ask for: icons of 192 and 512 pixels, one that may be cut to any shape."""
    manifest = installed.manifest("app")
    icons = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= icons
    assert {shot["form_factor"] for shot in manifest["screenshots"]} == {"wide", "narrow"}
    (files,) = manifest["share_target"]["params"]["files"]
    assert files == {"name": "shared", "accept": ["image/*"]}
    assert manifest["share_target"]["action"] == f"./{installed.SHARED}"


def test_an_icon_that_is_cut_to_a_circle_loses_nothing() -> None:
    """What is drawn lies within four fifths of the side; all else is the ground."""
    image = Image.open(web_folder() / "installed" / "maskable-512.png").convert("RGB")
    ground = image.getpixel((0, 0))
    drawn = [
        (x - 256, y - 256)
        for x in range(0, 512, 4)
        for y in range(0, 512, 4)
        if image.getpixel((x, y)) != ground
    ]
    assert drawn
    assert max(x * x + y * y for x, y in drawn) <= (0.8 * 256) ** 2
