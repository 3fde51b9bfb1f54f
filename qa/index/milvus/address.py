"""Where an index in Milvus is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from qa.errors import SettingsError

_NAME = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)
_SERVERS = {"milvus": "http", "milvus+tls": "https"}
PORT = 19530


@dataclass(frozen=True, slots=True)
class Address:
    """Hold the address of a server, or of a file of Milvus Lite, and the name of an index there."""

    spelled: str
    uri: str
    name: str
    folder: Path
    """Folder on this machine for the encoder, and for what a build that broke off had embedded."""

    def __str__(self) -> str:
        return self.spelled

    @classmethod
    def parse(cls, spelled: str, home: Path) -> Address:
        """Read ``milvus://host:port/name``, ``milvus+tls://...`` or ``file:path/name.db``.

        ``home`` is the folder that ``folder`` is to be in. Raises SettingsError.

        >>> Address.parse("milvus://db.example/news", Path("embeddings")).uri
        'http://db.example:19530'
        >>> Address.parse("file:embeddings/news.db", Path("embeddings")).name
        'news'
        """
        try:
            parts = urlsplit(spelled)
            host, port = parts.hostname, parts.port or PORT
        except ValueError as error:
            raise SettingsError(f"{spelled} is no address: {error}.") from None
        if parts.username or parts.password:
            raise SettingsError("The store's address holds a password. Set the variable MILVUS_TOKEN instead.")
        if parts.scheme in _SERVERS and host:
            name = parts.path.strip("/")
            uri = f"{_SERVERS[parts.scheme]}://{f'[{host}]' if ':' in host else host}:{port}"
        elif parts.scheme == "file" and not parts.netloc and parts.path.endswith(".db"):
            file = Path(unquote(parts.path))
            name, uri = file.stem, str(file.absolute())
        else:
            raise SettingsError(
                f"{spelled!r} is no address of a store. Write milvus://host:{PORT}/news, or file:path/news.db."
            )
        if not _NAME.fullmatch(name):
            raise SettingsError(f"{name!r} can't name an index in Milvus: letters, digits and _ can, 100 at most.")
        return cls(spelled, uri, name, home / f"{name}.milvus")
