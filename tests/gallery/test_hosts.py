"""The pages on hosts as they are: without headers, with caches that hold on for minutes,
half-way through a deploy, with no room on the visitor's disk, and on a port that was
another program's yesterday.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import PATIENCE, hold_python, ready, value, watch
from hosts import ROOT
from shares import ALL, share
from static_host import Host, hosted

from pywebml.site import build as building
from pywebml.site import sources
from pywebml.site.archive import python_of
from pywebml.site.browser import served, until
from pywebml.site.build import web_folder
from pywebml.site.pages import apps_with_pages, file_of

pytestmark = pytest.mark.browser

ASKED_ANEW = 1500  # milliseconds after which the service worker asks whose address this is
SERVED_BY_US = "() => navigator.serviceWorker.ready.then(({ active }) => active.state)"


ASKS_FOR_UPDATES = """navigator.serviceWorker.getRegistration().then((registration) =>
  registration.update())"""
HAS_SAMPLES = """caches.open("pywebml:/").then(async (cache) => {
  const sw = await (await fetch("sw.js", { cache: "no-store" })).text();
  const sum = sw.match(/"samples\\/%s.json": "(\\w+)"/)[1];
  return Boolean(await cache.match(`${location.origin}/kept/${sum}`));
})"""
NAMES_OF_SAMPLES = """fetch("samples/%s.json").then((answer) => answer.json()).then(
  (samples) => Object.keys(samples), () => null)"""
STATUS = """(async (path) =>
  fetch(path, { cache: "no-store" }).then((answer) => answer.status, () => "failed"))"""


@pytest.fixture(scope="module")
def next_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the next version: each page says so, and so does a script; and it has
    other drawn samples.
    """
    folder = tmp_path_factory.mktemp("next")
    web = folder / "web"
    shutil.copytree(building.web_folder(), web)
    script = web / "shared" / "opening.js"
    script.write_text(script.read_text() + "\nglobalThis.nextBuild = true;\n")
    frame = web / "shared" / "frame.html"
    frame.write_text(frame.read_text().replace("</footer>", "<p>next build</p></footer>"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "web_folder", lambda: web)
        samples = building._samples
        patch.setattr(building, "_samples", lambda folder: {**samples(folder), "next": []})
        # the host here sends none of the compressed forms
        patch.setattr(building, "compress_all", lambda site: None)
        building.build(folder / "page")
    return folder / "page"


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def visit(page: Any, host: Host, name: str = "check.html", device: str = "gpu") -> None:
    """Opens a page, and waits until it will start without a connection."""
    page.goto(f"{host.url}{name}?device={device}")
    ready(page)
    page.evaluate(SERVED_BY_US)
    until(page, "navigator.serviceWorker.controller")


def app_of(folder: Path) -> str:
    (app,) = folder.glob("app-*")
    return app.name


def is_next(page: Any) -> bool:
    return bool(page.evaluate("globalThis.nextBuild === true"))


def active(app: str) -> str:
    """JavaScript: whether the service worker of the build with this folder has taken over."""
    return f"""caches.open("pywebml:/").then(async (cache) =>
      Boolean(await cache.match(`${{location.origin}}/kept/list-{app}`)) &&
      navigator.serviceWorker.getRegistration().then(({{ installing, waiting }}) =>
        !installing && !waiting))"""


def test_a_deploy_reaches_a_returning_visitor_whole(
    page: Any, built_page: Path, next_build: Path
) -> None:
    """Also where the host lets browsers keep old files for ten minutes; an older tab goes
    on with its own files; and the way back is the same.
    """
    with hosted(built_page) as host:
        visit(page, host)
        deploys = [(next_build, True), (built_page, False), (next_build, True)]
        for folder, expected in deploys if ALL else deploys[:2]:
            before, host.folder = app_of(host.folder), folder
            page.reload()  # still the build that is kept
            ready(page)
            assert is_next(page) is not expected
            until(page, active(app_of(folder)))
            # this tab is still the older build's, whose files are gone from the host
            older = f"{STATUS}('{before}/assets.json')"
            assert page.evaluate(older) == 200
            page.reload()
            ready(page)
            assert is_next(page) is expected
            # it has started, so the older one's files may go
            until(page, f"{older}.then((status) => status === 404)")
            page.context.set_offline(True)
            page.reload()
            ready(page)
            assert is_next(page) is expected
            page.context.set_offline(False)


def test_half_a_deploy_changes_nothing(page: Any, built_page: Path, next_build: Path) -> None:
    """The new sw.js is there before all of what it names; then the rest comes, one after
    the other: what was there once is kept, so nothing that came goes missing again.
    """
    with hosted(built_page) as host:
        visit(page, host)
        host.folder = next_build
        coming = ["app-", "teach.html", "index.html"]
        while coming:
            host.missing = set(coming)
            page.reload()
            ready(page)
            assert not is_next(page), coming
            said = page.evaluate(
                """async () => {
                  const registration = await navigator.serviceWorker.getRegistration();
                  return registration.update().then(() => "updated", () => "refused").then(
                    () => new Promise((done) => setTimeout(() =>
                      done(Boolean(registration.waiting)), 1500)));
                }"""
            )
            assert said is False, coming
            coming.pop(0)
        page.reload()
        ready(page)
        assert not is_next(page)
        host.missing = set()
        # more than once: the last visit's own attempt may be under way still, and failing
        until(page, f"{ASKS_FOR_UPDATES}.then(() => {active(app_of(next_build))})")
        page.reload()
        ready(page)
        assert is_next(page)


def test_what_another_program_puts_into_the_caches_is_not_answered(
    page: Any, built_page: Path
) -> None:
    """Neither under a page's own address nor in the place of a kept file."""
    with hosted(built_page) as host:
        visit(page, host)
        page.evaluate(
            """async () => {
              const forged = () => new Response("<title>forged</title>forged",
                { headers: { "Content-Type": "text/html" } });
              for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) await cache.put(request, forged());
                for (const path of ["", "index.html", "check.html", "planted.html"])
                  await cache.put(new URL(path, location.origin), forged());
              }
            }"""
        )
        for path in ("", "index.html", "check.html"):
            page.goto(host.url + path)
            assert "forged" not in page.content()
            assert "pywebml" in page.title()
        assert page.goto(f"{host.url}planted.html").status == 404
        page.goto(f"{host.url}check.html?device=gpu")
        assert ready(page)["snapshot"] is False  # a forged one is not taken, either


def test_another_program_on_the_port_is_left_alone(page: Any, built_page: Path) -> None:
    """On a port whose pages the browser itself keeps no copies of, as `page serve` has
    it.
    """
    with hosted(built_page, max_age=0) as host:
        visit(page, host)
        page.wait_for_timeout(ASKED_ANEW)
        host.other = True
        for path in ("", "index.html", "check.html", "anything/else"):
            page.goto(host.url + path)
            assert page.title() == "another"
        host.other = False
        page.goto(f"{host.url}check.html?device=gpu")
        assert ready(page)["webgpu"] is True


def test_a_deploy_without_its_sw_js_for_a_moment(page: Any, built_page: Path) -> None:
    """Is no other program: the pages go on."""
    with hosted(built_page) as host:
        visit(page, host)
        host.missing = {"sw.js", "app-"}
        page.goto(f"{host.url}check.html?device=gpu")
        assert ready(page)["webgpu"] is True
        page.wait_for_timeout(ASKED_ANEW)
        host.missing = {""}  # all of it
        assert page.goto(host.url).status == 404


def test_with_no_room_the_pages_work_all_the_same(page: Any, built_page: Path) -> None:
    with hosted(built_page) as host:
        page.goto(host.url)
        devtools = page.context.new_cdp_session(page)
        quota = {"origin": host.url, "quotaSize": 100_000}
        devtools.send("Storage.overrideQuotaForOrigin", quota)
        for _ in range(2):
            page.goto(f"{host.url}check.html?device=cpu")
            assert ready(page)["webgpu"] is False
            assert value(page, "import numpy; int(numpy.arange(4).sum())") == 6


def test_with_no_room_left_later_files_still_come(page: Any, built_page: Path) -> None:
    """The service worker is there; what it would keep of NumPy no longer fits."""
    with hosted(built_page) as host:
        visit(page, host)
        used = page.evaluate("navigator.storage.estimate().then(({ usage }) => usage)")
        devtools = page.context.new_cdp_session(page)
        quota = {"origin": host.url, "quotaSize": used + 1000}
        devtools.send("Storage.overrideQuotaForOrigin", quota)
        assert value(page, "import numpy; int(numpy.arange(4).sum())") == 6


def test_a_deploy_brings_what_was_used_and_no_more(
    page: Any, built_page: Path, next_build: Path
) -> None:
    """Teach has used its drawn samples, and nobody those of another page: offline the
    next build has its own of the one, and none of the other.
    """
    with hosted(built_page) as host:
        visit(page, host, "teach.html")
        until(page, HAS_SAMPLES % "index")
        host.folder = next_build
        page.reload()
        ready(page)
        until(page, active(app_of(next_build)))
        page.context.set_offline(True)
        page.reload()
        assert ready(page)["extractor"]["features"] == 1280
        assert is_next(page)
        assert page.evaluate(NAMES_OF_SAMPLES % "index")[-1] == "next"
        assert page.evaluate(NAMES_OF_SAMPLES % "rock_paper_scissors") is None


@pytest.mark.parametrize("device", share(["cpu", "gpu"], 2))
def test_offline_after_one_visit(page: Any, built_page: Path, device: str) -> None:
    """On a host whose files no browser may keep; examples of the Python page, with NumPy,
    which was used before, or without.
    """
    with hosted(built_page, max_age=0) as host:
        visit(page, host, "python.html", device)
        assert value(page, "import numpy; int(numpy.arange(4).sum())") == 6
        until(page, "fetch(document.querySelector('script[type=module]').src).then(() => true)")
        kept_numpy = """caches.open("pywebml:/").then(async (cache) => {
          for (const request of await cache.keys())
            if ((await (await cache.match(request)).blob()).size === SIZE) return true;
          return false;
        })"""
        (numpy,) = built_page.glob("pyodide-*/numpy*.whl")
        until(page, kept_numpy.replace("SIZE", str(numpy.stat().st_size)))
        page.context.set_offline(True)
        page.reload()
        ready(page)
        # those of other pages may want what only these fetch, and take their time
        pages = {app["name"] for app in apps_with_pages(web_folder())}
        examples = [
            one
            for one in building._examples()
            if one["group"] == "Examples" and one["file"] not in {*pages, "write_text"}
        ]
        assert len(examples) >= 4
        for example in share(examples, 3):
            value(page, example["source"])


@pytest.mark.parametrize(("first", "others"), [("check.html", 0), ("teach.html", 2)])
def test_offline_whatever_was_visited(page: Any, built_page: Path, first: str, others: int) -> None:
    """Whichever page with Python that was: all others are there, but for those whose
    pretrained networks none has used.
    """
    apps = {file_of(app): app["needs"] for app in apps_with_pages(web_folder())}
    apps["bench.html"] = []  # which starts Python when asked to
    with hosted(built_page, max_age=0) as host:
        page.goto(f"{host.url}{first}?device=gpu")
        until(page, "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller)")
        page.context.set_offline(True)
        for file in share(sorted(built_page.glob("*.html")), 6, others):
            page.goto(f"{host.url}{file.name}?device=gpu")
            without = {"extractor", "classes"} & {*apps.get(file.name, ())} - {*apps[first]}
            until(page, "!['', 'loading'].includes(document.documentElement.dataset.state ?? '')")
            state = page.evaluate("document.documentElement.dataset.state")
            assert state == ("failed" if without else "ready"), file.name
            if without:
                page.get_by_text("without a connection there is what was used before").wait_for()


@pytest.mark.parametrize("name", ["teach", "playground"])
def test_a_first_visit_transfers_what_the_readme_says(
    page: Any, built_page: Path, name: str
) -> None:
    """With all that comes until the page works offline, each file once; here nothing is
    compressed, so what compression would spare is taken off.
    """
    from pywebml.site.listing import sent

    words = r"first visit to Teach takes about ([\d.]+) MB.*and take ([\d.]+) MB with what"
    said = re.search(words, (ROOT / "README.md").read_text(), re.DOTALL)
    assert said is not None
    with hosted(built_page) as host:
        visit(page, host, f"{name}.html")
        asked = -1
        while asked < len(host.asked):  # until no more comes
            asked = len(host.asked)
            page.wait_for_timeout(500)
        files = [host.file(path) for path in host.asked]
        nbytes = sum(sent(file) for file in files if file)
    big = [f.name for f in files if f and f.stat().st_size > 1_500_000]
    assert len(big) == len(set(big)), "a file came twice"
    assert not [path for path in host.asked if path.endswith((".gz", ".br"))]
    print(f"{nbytes:,} bytes")
    most = float(said[1 if name == "teach" else 2])
    if python_of(sources.PYTHON) is None:  # source alone, which is smaller than compiled
        assert most / 2 < nbytes / 1e6 < most
    else:
        assert nbytes / 1e6 == pytest.approx(most, rel=0.06)


def test_how_much_has_come_is_said_while_it_comes(page: Any, built_page: Path) -> None:
    """In MB of MB, on a line of 32 Mbit/s; the bar only grows."""
    with hosted(built_page) as host:
        host.rate = 4e6
        page.goto(f"{host.url}teach.html?device=gpu", wait_until="commit")
        until(page, "document.querySelector('.status .words')")
        seen, end = list[Any](), time.monotonic() + PATIENCE / 1000
        while page.evaluate("document.documentElement.dataset.state") == "loading":
            assert time.monotonic() < end, (seen, host.asked)
            line = page.evaluate(
                "[document.querySelector('.status .words')?.textContent,"
                " document.querySelector('.status progress')?.value]"
            )
            if line[0] and " MB" in line[0]:
                seen.append(line)
            page.wait_for_timeout(50)
    shares = [share for _, share in seen]
    assert len({text for text, _ in seen}) >= 8, seen
    assert shares == sorted(shares)
    assert shares[0] < 0.3
    assert shares[-1] > 0.8


def test_a_script_that_was_changed_is_not_run(page: Any, built_page: Path, tmp_path: Path) -> None:
    """Neither one that the page names itself nor one that is imported by it; a style sheet
    is not applied.
    """
    others = shutil.ignore_patterns("pyodide-*", "xnnpack-*", "digits-*", "samples", "*.br", "*.gz")
    shutil.copytree(built_page, tmp_path / "site", ignore=others)
    with hosted(tmp_path / "site", max_age=0) as host:
        for changed in ("pages/gallery/page.js", "shared/dom.js", "shared/style.css"):
            (file,) = host.folder.glob(f"app-*/{changed}")
            whole = file.read_text()
            file.write_text(f"{whole}\nglobalThis.changed = true;\n")
            page.goto(host.url)
            page.wait_for_timeout(500)
            assert page.evaluate("globalThis.changed ?? null") is None
            state = page.evaluate("document.documentElement.dataset.state")
            styled = page.evaluate("getComputedStyle(document.body).margin") == "0px"
            script = changed.endswith(".js")
            assert (state, styled) == ("failed" if script else "ready", script)
            assert page.get_by_text("This page could not start").is_visible() is script
            file.write_text(whole)


LATER = {
    "vendor/codemirror-view.js": "python.html",
    "vendor/crelt.js": "python.html",  # which others there import
    "pages/gallery/keeps.js": "index.html",
    "shared/inventory.js": "index.html",  # which that imports
}
"""{what is imported later, by name: the page that does}."""


@pytest.mark.browser_context_args(service_workers="block")  # which would have the whole ones
@pytest.mark.parametrize("changed", LATER)
def test_what_is_imported_by_name_is_not_run_changed(
    page: Any, built_page: Path, tmp_path: Path, changed: str
) -> None:
    """One byte more, and the page goes on without it, and says so."""
    shutil.copytree(built_page, tmp_path / "site", ignore=shutil.ignore_patterns("*.br", "*.gz"))
    (file,) = tmp_path.glob(f"site/app-*/{changed}")
    hold_python(page)
    with hosted(tmp_path / "site", max_age=0) as host:
        words = page.get_by_text("has not come as it was built. The rest works without it.")
        for whole in (True, False):
            if not whole:
                file.write_bytes(file.read_bytes() + b"\n")
            page.goto(f"{host.url}{LATER[changed]}")
            if changed.startswith("vendor"):
                page.locator(".cm-editor" if whole else "textarea").first.wait_for()
            else:
                page.locator("#kept summary").click()
                (page.get_by_text("Clear everything") if whole else words).first.wait_for()
            assert words.count() == (0 if whole else 1)
            assert not page.get_by_text("This page could not start").is_visible()


@pytest.mark.browser_context_args(service_workers="block")
def test_a_changed_language_is_not_taken(page: Any, built_page: Path, tmp_path: Path) -> None:
    """The page stays English, and is ready."""
    shutil.copytree(built_page, tmp_path / "site", ignore=shutil.ignore_patterns("*.br", "*.gz"))
    (file,) = tmp_path.glob("site/app-*/shared/words/zh-Hans.js")
    with hosted(tmp_path / "site", max_age=0) as host:
        page.goto(host.url)
        page.evaluate("localStorage.setItem('pywebml-language', 'zh-Hans')")
        for language in ("zh-Hans", "en"):
            page.goto(host.url)
            until(page, "document.documentElement.dataset.state === 'ready'")
            english = page.get_by_role("heading", name="Machine learning, in this tab")
            assert bool(english.count()) is (language == "en")
            file.write_bytes(file.read_bytes() + b"\n")


def test_every_page_opens_with_its_sums(page: Any, built_page: Path, page_url: str) -> None:
    """On `page serve`; the browser has nothing to say against a sum, the map or the policy."""
    hold_python(page)
    wrong = watch(page, page_url)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for file in sorted(built_page.glob("*.html")):
        page.goto(f"{page_url}{file.name}")
        until(page, "globalThis.pywebml || document.documentElement.dataset.state === 'ready'")
        assert not page.get_by_text("This page could not start").is_visible(), file.name
    assert not wrong
    assert not [text for text in said if re.search("integrity|import ?map", text, re.I)]


def test_a_page_lets_in_its_import_map_alone(page: Any, built_page: Path, tmp_path: Path) -> None:
    """No script that somebody put into it runs, and no other map counts."""
    shutil.copytree(built_page, tmp_path / "site", ignore=shutil.ignore_patterns("*.br", "*.gz"))
    file = tmp_path / "site" / "index.html"
    html = file.read_text()
    other = '<script type="importmap">{"imports": {"other": "./sw.js"}}</script>'
    mark = "<title>"
    file.write_text(html.replace(mark, f"<script>globalThis.ran = 1</script>{other}{mark}"))
    with served(tmp_path / "site") as url:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(url)
        until(page, "document.documentElement.dataset.state === 'ready'")
        assert page.evaluate("globalThis.ran ?? null") is None
        assert page.evaluate("import('other').then(() => 'in', () => 'refused')") == "refused"
    assert sum("Content Security Policy" in text for text in refused) >= 2


FROM_TEXT = """
document.body.innerHTML = "<b>x</b>"
document.body.outerHTML = "<b>x</b>"
document.body.insertAdjacentHTML("beforeend", "<b>x</b>")
document.write("<b>x</b>")
document.createRange().createContextualFragment("<b>x</b>")
new DOMParser().parseFromString("<b>x</b>", "text/html")
document.createElement("iframe").srcdoc = "<b>x</b>"
document.createElement("script").src = "/sw.js"
document.createElement("script").text = "ran(N)"
document.createElement("script").textContent = "ran(N)"
new Worker("/sw.js")
new Worker(URL.createObjectURL(new Blob(["1"])))
new SharedWorker("/sw.js")
navigator.serviceWorker.register("/sw.js")
setTimeout("ran(N)")
eval("ran(N)")
new Function("ran(N)")()
trustedTypes.createPolicy("pywebml", {})
trustedTypes.createPolicy("default", {})
document.body.setAttribute("onclick", "ran(N)")
import("data:text/javascript,ran(N)")
import(URL.createObjectURL(new Blob(["ran(N)"], { type: "text/javascript" })))
fetch("http://127.0.0.1:9/").then((answer) => answer.status)
new WebSocket("ws://127.0.0.1:9/")
navigator.sendBeacon("http://127.0.0.1:9/", "x") || refuse()
"""
REFUSED = """async () => {
  const ran = (globalThis.ran = (n) => allowed.push(`${n} ran`));
  const refuse = () => { throw new Error("refused"); };
  const allowed = [];
  const attempts = [%s];
  for (const attempt of attempts) {
    // in a task of the page's own: what a test evaluates may itself evaluate
    const outcome = new Promise((done) => setTimeout(() => {
      try { Promise.resolve(attempt()).then(() => done("done"), () => done("")); }
      catch { done(""); }
    }));
    // no error, and no word of the policy
    const said = new Promise((done) => {
      document.addEventListener("securitypolicyviolation", done, { once: true });
      setTimeout(done, 300, null);
    });
    if (await outcome && !(await said)) allowed.push(String(attempt));
    await said;
  }
  return [allowed, document.querySelectorAll("b, iframe").length];
}"""


def test_a_page_says_its_policy_where_the_host_does_not(page: Any, built_page: Path) -> None:
    """No text becomes a script, a script's address or a page, nothing goes elsewhere; also
    in a worker from a blob, as the page's own is, which takes the policy along.
    """
    with hosted(built_page) as host:
        page.goto(f"{host.url}check.html?device=gpu")
        ready(page)
        lines = enumerate(FROM_TEXT.strip().splitlines())
        attempts = ", ".join(f"() => {line.replace('(N)', f'({n})')}" for n, line in lines)
        assert page.evaluate(REFUSED % attempts) == [[], 0]
        assert page.workers[0].url.startswith("blob:")
