"""The way to a Milvus server, and what its errors mean.

pymilvus itself repeats a call that found the server too busy; where there is none, it gives up at the first attempt to
connect again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any, TypeVar

from qa.errors import IndexUnusable, MissingExtra, StoreUnavailable
from qa.index.milvus.address import Address

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds that a call may take, and that a server may be away."""
_ALIAS_UNKNOWN = (100, 1600)  # of Milvus Lite; of the server
_AWAY = ("UNAVAILABLE", "Retry timeout", "Retry run out", "Fail connecting", "No channel")


class Connection:
    """Reach a server; a connection that broke is made anew with the next call. Many threads may share it."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._client: Any = None
        self._connecting = Lock()

    def call(self, work: Callable[[Any], T]) -> T:
        """Return what work with pymilvus's client does; it must bear to be done twice.

        While no server answers it is tried again, less and less often. Raises StoreUnavailable where none answers
        within PATIENCE, IndexUnusable where one refuses, MissingExtra without pymilvus.
        """
        try:
            from grpc import RpcError
            from pymilvus import MilvusException
        except ImportError:
            raise MissingExtra("pymilvus", "milvus") from None
        ends, pause = monotonic() + PATIENCE, 0.1
        while True:
            try:
                return work(self._connected())
            except (MilvusException, RpcError) as error:
                said = str(getattr(error, "message", "") or error).strip().splitlines()[0]
                if not isinstance(error, RpcError) and not any(sign in said for sign in _AWAY):
                    raise IndexUnusable(f"{self.address}: {said}") from error
                self._client = None
                if monotonic() + pause > ends:
                    raise StoreUnavailable(f"{self.address} doesn't answer: {said}. Is the server running?") from error
            sleep(pause)
            pause *= 2

    def collection(self) -> str | None:
        """Return the name of the collection that the index is now; None where there is none."""

        def described(client: Any) -> str | None:
            from pymilvus import MilvusException

            try:
                return str(client.describe_alias(self.address.name, timeout=PATIENCE)["collection_name"])
            except MilvusException as error:
                if error.code in _ALIAS_UNKNOWN:
                    return None
                raise

        return self.call(described)

    def count(self, collection: str) -> int:
        """Return how many rows a collection has."""
        (row,) = self.call(lambda client: client.query(collection, output_fields=["count(*)"], timeout=PATIENCE))
        return int(row["count(*)"])

    def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Any:
        from pymilvus import MilvusClient

        with self._connecting:
            if self._client is None:
                for name in ("pymilvus", "grpc._server"):  # every error is raised as well; Milvus Lite is a server
                    logging.getLogger(name).setLevel(logging.CRITICAL)
                if (file := Path(self.address.uri)).is_absolute():
                    file.parent.mkdir(parents=True, exist_ok=True)
                token = os.environ.get("MILVUS_TOKEN", "")
                self._client = MilvusClient(self.address.uri, token=token, timeout=PATIENCE)
            return self._client
