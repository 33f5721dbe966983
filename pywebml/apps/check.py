"""`check`: the sample cases of every op and every composite function on each host,
against their NumPy meaning in float64, and layers in small networks, against what
Keras gives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from .. import ops  # noqa: F401  (importing the ops registers them)
from ..core.choices import forced
from ..core.composite import COMPOSITES, Composite
from ..core.op import REGISTRY, Case, Op
from ..core.tensor import Variable, tensor
from ..device import Adapter, Device, get_device, make_device, run_sync, set_device
from ..host.awaited import Awaited
from ..host.progress import Step
from . import check_layers
from .app import App, Given, Outcome
from .check_layers import LAYERS, LayerCheck
from .options import Options, option

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np

HOSTS = ("reference", "native", "page", "page-cpu")
EPSILON = 9.8e-4  # float16: from 1 to the next larger number


DEFAULTS = {"auto": "reference,native", "cpu": "reference", "gpu": "native"}
"""What is checked for each --device."""


@dataclass(frozen=True)
class CheckOptions(Options):
    """Where the kernels are checked."""

    hosts: str | None = option(
        None,
        "reference (NumPy), native (the GPU, software too), page (a headless browser); the first"
        " two, if left out",
        metavar="HOST,...",
        form=False,
    )


Checked = type[Op] | Composite | LayerCheck


class Row(TypedDict):
    """One case on one host. `error` and `tolerance` are those of the worst element;
    `error` is None where the op raised.
    """

    kernel: str
    case: str
    host: str
    adapter: str
    error: float | None
    tolerance: float
    ok: bool


def check(
    hosts: Sequence[str] = ("reference", "native"),
    registry: Mapping[str, Checked] | None = None,
    listener: Callable[[Step], None] = lambda step: None,
) -> Iterator[tuple[Row, str]]:
    """Yields (row, what went wrong or "") for every case of every op, and every layer
    that is checked, on each host.

    The native host runs with the kernels' runtime checks on, so that an access out of
    bounds is a wrong number here and not a crash. Raises ValueError for a host that is
    not one of HOSTS, RuntimeError where it cannot start.
    """
    for host in hosts:
        if host not in HOSTS:
            raise ValueError(f"no host called {host!r}; the hosts are {', '.join(HOSTS)}")
    before = get_device()
    try:
        # a host that cannot start says so before any other runs
        for host, device in [(host, _device(host)) for host in hosts]:
            if device is None:
                from ..site.browser import check_in_browser

                yield from check_in_browser("cpu" if host == "page-cpu" else "gpu", listener)
                continue
            adapter = set_device(device).adapter
            cases = _cases(everything() if registry is None else registry, adapter)
            for i, (name, case) in enumerate(cases):
                yield run_sync(_row(host, adapter, name, case))
                listener(Step(f"check {host}", i + 1, len(cases)))
    finally:
        set_device(before)


async def check_here(host: str, op: str | None = None) -> AsyncIterator[tuple[Row, str, int, int]]:
    """(row, what went wrong or "", cases done, of) on the device in use; of one op or
    layer ("layers.LSTM") if named, or of all "layers". What the page runs in its tab.
    """
    adapter = get_device().adapter
    asked = {
        name: kind
        for name, kind in everything().items()
        if op in (None, name, name.partition(".")[0])
    }
    cases = _cases(asked, adapter)
    for i, (name, case) in enumerate(cases):
        row, trouble = await _row(host, adapter, name, case)
        yield row, trouble, i + 1, len(cases)


def everything() -> dict[str, Checked]:
    """What there is to check, by name: ops, functions made of them, and layers."""
    return {**REGISTRY, **COMPOSITES, **LAYERS}


def _cases(
    registry: Mapping[str, Checked], adapter: Adapter
) -> list[tuple[str, Case | LayerCheck]]:
    """(name, case) of all that is in it; a layer is a case itself."""
    layers = [(name, one) for name, one in registry.items() if isinstance(one, LayerCheck)]
    others = {name: one for name, one in registry.items() if not isinstance(one, LayerCheck)}
    return [*sample_cases(others, adapter), *layers]


async def _row(host: str, adapter: Adapter, name: str, case: Case | LayerCheck) -> tuple[Row, str]:
    """(what comes of a case on the device in use, what went wrong or "")."""
    if isinstance(case, LayerCheck):
        title, (error, tolerance, ok, trouble) = check_layers.CASE, await _run_layer(case)
    else:
        title, (error, tolerance, ok, trouble) = case.name, await _run(case)
    row = Row(
        kernel=name,
        case=title,
        host=host,
        adapter=adapter.name,
        error=error,
        tolerance=tolerance,
        ok=ok,
    )
    return row, trouble


def sample_cases(
    registry: Mapping[str, type[Op] | Composite], adapter: Adapter
) -> list[tuple[str, Case]]:
    """(name of the op, case) of all ops, by name; those that take float16 have each
    case in that, too, where the adapter has it, and the first case of every kind comes
    with NaN and infinity, too.

    A browser's software adapter would compile each tiled convolution for minutes, and
    never takes one: these are left out there.
    """
    has_halves = adapter.has_halves
    in_software = adapter.software and adapter.backend == "WebGPU"
    named: list[tuple[str, Case]] = []
    kinds: set[Any] = set()
    for name, op in sorted(registry.items()):
        for case in op.cases():
            if in_software and any(form.startswith("tiled") for _, form in case.forms):
                continue
            # an op that makes them says so in its attributes
            takes_halves = "float16" in repr(case.op) or any(
                np.asarray(a).dtype == np.float16 for a in case.inputs
            )
            if has_halves or not takes_halves:
                named.append((name, case))
                kind = (case.op.name, case.forms, *(getattr(case.op, a, None) for a in _EPILOGUE))
                other = not_finite(case)
                if kind not in kinds and other is not case and _promises(adapter, case):
                    kinds.add(kind)
                    named.append((name, other))
            if (
                has_halves
                and op.halves
                and any(np.asarray(a).dtype == np.float32 for a in case.inputs)
            ):
                named.append((name, halved(case)))
    return named


_OF_EXPONENTIALS = (
    "exp", "expm1", "log", "log1p", "sigmoid", "softplus", "elu", "selu", "swish",
    "celu", "glu", "basic_lstm_cell",
    "Softmax", "LogSoftmax", "SoftmaxCrossEntropy", "SparseSoftmaxCrossEntropy",
)  # fmt: skip


def _promises(adapter: Adapter, case: Case) -> bool:
    """Whether the adapter takes NaN and infinity as NumPy does. A browser's software
    adapter has an exp of NaN that is infinity and logarithms of negative numbers, and
    XNNPACK's products and convolutions cut NaN off when they limit a result, and its
    maximum passes over it.
    """
    if adapter.language == "numpy":
        return "XNNPACK" not in adapter.name or type(case.op).xnnpack is Op.xnnpack
    browsers_own = adapter.software and adapter.backend == "WebGPU"
    return not (browsers_own and case.op.name in _OF_EXPONENTIALS)


_EPILOGUE = ("activation", "join")


def not_finite(case: Case) -> Case:
    """The case with NaN, infinity and its negative among its float32 inputs: at three
    places of each where NumPy's meaning holds for them, or one where it is small. What
    is finite then is within the same tolerance; the others must be NumPy's.
    """
    draw, inputs, changed = np.random.default_rng(0), [], False
    for i, values in enumerate(case.inputs):
        array = np.asarray(values)
        takes = case.op.not_finite_inputs is None or i in case.op.not_finite_inputs
        if takes and array.dtype == np.float32 and array.size:
            array, changed = array.copy(), True
            count = max(1, min(3, array.size // 4))
            places = draw.integers(array.size, size=count)
            array.reshape(-1)[places] = [np.nan, np.inf, -np.inf][:count]
        inputs.append(array)
    if not changed:
        return case
    return case._replace(name=f"{case.name}, with nan and infinity", inputs=tuple(inputs))


def halved(case: Case) -> Case:
    """The case with float16 for float32: computed as before, but rounded to 11 bits at
    the end, or to 6e-5 near zero.
    """
    return case.in_float16()._replace(
        name=f"{case.name}, float16", atol=case.atol + 6.2e-5, rtol=case.rtol + EPSILON
    )


def _device(host: str) -> Device | None:
    """The device of a host; None for the page's two, which are in a browser."""
    if host.startswith("page"):
        return None
    if host == "reference":
        return make_device("cpu")
    from ..device.native import NativeDevice

    return NativeDevice(checks=True)


def expected(case: Case) -> list[np.ndarray]:
    """What the case's op means, in float64; for an op that writes in place, the new
    values of what it writes.
    """
    wide = []
    for values in case.inputs:
        array = np.asarray(values)
        if array.dtype == np.bool_:
            array = array.astype(np.uint32)
        # the values that a device gets
        if array.dtype.kind == "f":
            array = array.astype(np.float32).astype(np.float64)
        elif array.dtype.kind == "c":
            array = array.astype(np.complex64).astype(np.complex128)
        wide.append(array)
    with np.errstate(all="ignore"):
        got = case.op.numpy(*wide)
    return [_floats(a) for a in (got if isinstance(got, tuple) else (got,))]


def _floats(array: Any) -> Any:
    """In float64; complex numbers as pairs."""
    array = np.asarray(array)
    pairs = np.stack([array.real, array.imag], -1) if array.dtype.kind == "c" else array
    return pairs.astype(np.float64)


def compare(got: np.ndarray, want: np.ndarray, atol: float, rtol: float) -> tuple[float, float]:
    """(error, tolerance) of the element that is furthest out. Equal infinities and nan
    for nan are no error.
    """
    if got.shape != want.shape:
        raise ValueError(f"got shape {got.shape}, expected {want.shape}")
    if got.size == 0:
        return 0.0, atol
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.where(same, 0.0, np.abs(got - want))
        allowed = atol + rtol * np.where(np.isfinite(want), np.abs(want), 0.0)
        error = np.where(
            np.isnan(error), np.finfo(np.float64).max, np.minimum(error, np.finfo(np.float64).max)
        )
        worst = int(
            np.argmax((error - allowed).reshape(-1) if atol == 0 else (error / allowed).reshape(-1))
        )
    return float(error.reshape(-1)[worst]), float(allowed.reshape(-1)[worst])


def _shown(tensor: Any) -> tuple[int, ...]:
    """The shape in which its values are read."""
    return (*tensor.shape, 2) if tensor.dtype == "complex64" else tensor.shape


async def _run(case: Case) -> tuple[float | None, float, bool, str]:
    try:
        want = expected(case)
        # `tensor` would make others of them
        narrow = {np.dtype(np.uint8): "uint8", np.dtype(np.float16): "float16"}
        ins: list[Any] = [
            tensor(a, dtype=narrow.get(getattr(a, "dtype", None))) for a in case.inputs
        ]
        ins = [Variable(t) if i in case.op.writes else t for i, t in enumerate(ins)]
        with forced(**dict(case.forms)):
            out = case.op(*ins)
        out = await out if isinstance(out, Awaited) else out
        outs = [ins[i] for i in case.op.writes]
        outs += out if isinstance(out, tuple) else [t for t in (out,) if t is not None]
        if len(outs) != len(want):
            raise ValueError(f"{len(outs)} outputs, expected {len(want)}")
        pairs = [
            compare(
                np.asarray(await o.data(), np.float64).reshape(_shown(o)), w, case.atol, case.rtol
            )
            for o, w in zip(outs, want, strict=True)
        ]
    except Exception as trouble:  # an op that raises is a miss of that op, not the end of the check
        return None, case.atol, False, f"{type(trouble).__name__}: {trouble}"
    error, tolerance = max(pairs, key=lambda p: p[0] - p[1])
    return error, tolerance, error <= tolerance, ""


async def _run_layer(case: LayerCheck) -> tuple[float | None, float, bool, str]:
    try:
        got = np.array(await case.run())
    except Exception as trouble:  # as above
        return None, check_layers.ATOL, False, f"{type(trouble).__name__}: {trouble}"
    want = np.array(case.numbers)
    error, tolerance = compare(got, want, check_layers.ATOL, check_layers.RTOL)
    return error, tolerance, error <= tolerance, ""


def by_kernel(rows: Iterable[Row]) -> list[list[Any]]:
    """One table line per kernel: its cases, then per host the error nearest to its
    tolerance.
    """
    table: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        table.setdefault(row["kernel"], {}).setdefault(row["host"], []).append(row)
    lines = []
    for kernel, hosts in table.items():
        line: list[Any] = [kernel, max(len(r) for r in hosts.values())]
        for cases in hosts.values():
            missed = sum(not r["ok"] for r in cases)
            errors = [r["error"] for r in cases if r["error"] is not None]
            line += [
                f"{max(errors):.1e}" if errors else "-",
                "ok" if not missed else f"MISS {missed}",
            ]
        lines.append(line)
    return lines


def run(given: Given) -> Outcome:
    """The `check` command; 1 where a case is outside its tolerance."""
    screen, rows = given.screen, []
    hosts = (given.options.hosts or DEFAULTS[given.device]).split(",")
    for row, trouble in check([h.strip() for h in hosts if h.strip()], listener=screen.progress):
        if not row["ok"]:
            why = trouble or f"error {row['error']:.2e}, tolerance {row['tolerance']:.2e}"
            screen.line(f"MISS {row['kernel']} ({row['case']}) on {row['host']}: {why}", "bad")
        rows.append(row)
    adapters = {row["host"]: row["adapter"] for row in rows}
    columns = ["kernel", "cases"]
    for host in adapters:
        columns += [f"{host}: error", ""]
    screen.table(columns, by_kernel(rows), right=[1, *range(2, len(columns), 2)])
    for host, adapter in adapters.items():
        screen.line(f"{host}: {adapter}")
    missed = sum(not row["ok"] for row in rows)
    screen.line(f"{len(rows)} cases, {missed} outside their tolerance", "bad" if missed else "good")
    return Outcome(rows, code=1 if missed or not rows else 0)


APP = App(
    name="check",
    says="Run every kernel's sample cases and some layers; compare with float64 and Keras.",
    run=run,
    title="Check this browser",
    card=(
        "Runs every kernel's sample cases on this device and compares the results with float64,"
        " and trains small networks."
    ),
    known_as=("self-test", "kernels", "WebGPU"),
    options=CheckOptions,
    shows=("check --hosts reference,native --json check.json",),
    unmeasured="each case has its own tolerance; the exit code says whether all are within theirs",
    page=True,
)
