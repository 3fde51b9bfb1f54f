"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Index = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index to ask.", show_default="embeddings/seeds")
]
Store = Annotated[
    str | None,
    typer.Option(
        help="Address of an index in Milvus instead: milvus://host:19530/name, or file:name.db.", show_default="none"
    ),
]
TopK = Annotated[int | None, typer.Option("--top-k", help="How many passages to read at most.", show_default="8")]
Careful = Annotated[bool, typer.Option("--careful", help="Read every passage, however sure the answer is before.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Reader = Annotated[
    str | None, typer.Option("--reader", help="Folder of the reader's weights.", show_default="those in the package")
]
Config = Annotated[Path | None, typer.Option("--config", help="TOML file of settings.", show_default="qa.toml")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="KEY=VALUE",
        help="Only documents with this metadata; may be given several times, for one key to allow several values.",
    ),
]
