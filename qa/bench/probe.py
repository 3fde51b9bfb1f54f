"""Run a command; print its status, the seconds to its first line, its peak memory. A program of its own, and small.

Linux counts towards a process's peak memory what its parent held when it was started, so a large process can't
measure a small one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from time import perf_counter


def main(command: list[str]) -> None:
    """Print ``{"status", "seconds", "peak"}`` on stdout; the peak is in megabytes, or null where none is known."""
    begun = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603
    seconds = None
    for _ in process.stdout or ():
        seconds = seconds or perf_counter() - begun
    peak = None
    if hasattr(os, "wait4"):
        _, code, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        peak = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    status = process.wait()
    print(json.dumps({"status": status, "seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1:])
