from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PEERS = Path(__file__).parent / "peers"


@pytest.mark.model
def test_the_comparison_runs_and_qa_cites_exactly() -> None:
    command = [sys.executable, str(PEERS / "compare.py"), "--systems", "qa", "--limit", "6", "--repeat", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)
    assert result["cited"] == 1
    assert result["failed"] == 0
    assert result["f1"] >= 50
    assert 0 < result["start"] < 60
    assert 50 < result["peak"] < 2000
