"""How fast it is on this machine: start, indexing, each stage of a question, memory, at several sizes.

Nothing here is compared with a stored figure: machines differ, and the same machine differs from hour to hour. Compare
what one run prints.
"""

from __future__ import annotations

from qa.bench.measure import bench
from qa.bench.present import present
from qa.bench.results import Bench

__all__ = ["Bench", "bench", "present"]
