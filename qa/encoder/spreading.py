"""Embedding over many cores or machines, with Ray Data: the encoder goes to the workers, texts out, vectors back."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.encoder.running import Encoder
from qa.errors import EncoderError, MissingExtra


@dataclass(frozen=True, slots=True)
class Workers:
    """Say who embeds: so many processes, of this machine or of the Ray cluster at an address.

    The machines of a cluster need qa installed, and nothing else: the encoder is sent to them. A worker that dies is
    replaced, and its batch embedded again. Vectors are those of a single process where the processors are alike, since
    every text is read alone.
    """

    count: int
    address: str = ""
    """Such as ray://head:10001, or auto; empty for this machine."""

    def spread(self, exported: Path) -> Callable[[object, Iterable[Sequence[str]]], Iterator[NDArray[np.float32]]]:
        """Return what embeds batches of texts with the encoder in a folder, in order.

        Raises MissingExtra without Ray, EncoderError where the cluster isn't there or the workers fail.
        """

        def run(_: object, batches: Iterable[Sequence[str]]) -> Iterator[NDArray[np.float32]]:
            waiting = [{"texts": list(batch)} for batch in batches]
            if not waiting:
                return
            ray = self._started()
            paths = (path for path in sorted(exported.rglob("*")) if path.is_file())
            files = ray.put({path.relative_to(exported).as_posix(): path.read_bytes() for path in paths})
            try:
                ray.data.DataContext.get_current().execution_options.preserve_order = True
                done = ray.data.from_items(waiting, override_num_blocks=len(waiting)).map(
                    _Worker,
                    fn_constructor_args=(files,),
                    compute=ray.data.ActorPoolStrategy(size=min(self.count, len(waiting))),
                )
                for row in done.iter_rows():
                    yield np.asarray(row["vectors"], dtype=np.float32)
            except ray.exceptions.RayError as error:
                raise EncoderError(
                    f"The workers gave up: {error}. What they had done is kept; run it again."
                ) from error

        return run

    def _started(self) -> Any:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
        try:
            import ray
            import ray.data
        except ImportError:
            raise MissingExtra("ray[data]", "ray") from None
        if not ray.is_initialized():
            self._knock()
            where = {"address": self.address} if self.address else {"num_cpus": self.count, "include_dashboard": False}
            try:
                ray.init(logging_level=logging.ERROR, log_to_driver=False, **where)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise EncoderError(f"No Ray cluster at {self.address or 'this machine'}: {error}") from error
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        ray.data.DataContext.get_current().enable_progress_bars = False
        return ray

    def _knock(self) -> None:
        """Raise EncoderError where nothing listens at the address; Ray itself would wait for minutes."""
        host, _, port = self.address.removeprefix("ray://").rpartition(":")
        if not port.isdigit():
            return
        try:
            socket.create_connection((host, int(port)), timeout=10).close()
        except OSError as error:
            raise EncoderError(f"No Ray cluster at {self.address}: {error}. Start one with `ray start`.") from error


class _Worker:
    """Embed batches in a process of Ray's."""

    def __init__(self, files: Any) -> None:
        import ray

        self._folder = tempfile.TemporaryDirectory(prefix="qa-worker-")
        held: Mapping[str, bytes] = ray.get(files)
        for name, content in held.items():
            file = Path(self._folder.name, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self._encoder = Encoder.open(self._folder.name, threads=1)

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {"vectors": self._encoder.encode_passages(list(row["texts"]))}
