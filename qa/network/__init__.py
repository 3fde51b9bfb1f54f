"""A network as a file: written from torch, run without it; encoder and reader both are one."""

from __future__ import annotations

from qa.network.running import Network, Text, cores

__all__ = ["Network", "Text", "cores"]
