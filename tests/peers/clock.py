"""Run a command; print its lines, when the first answer came, and its peak memory. Small: see qa/bench/probe.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from time import perf_counter


def main(command: list[str]) -> None:
    """Print one JSON object; leave with the command's own words where it fails."""
    begun = perf_counter()
    said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - ends with the process
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
    lines, first = [], None
    for line in process.stdout or ():
        if line.startswith("{"):
            lines.append(line)
            if first is None and '"id"' in line:
                first = perf_counter() - begun
    _, code, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode:
        said.seek(0)
        sys.exit(said.read())
    peak = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(json.dumps({"lines": lines, "first": first, "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1:])
