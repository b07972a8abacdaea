"""A hundred thousand hostile calls: wrong types, strange values, random bytes, strangers, cut connections."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.benchmarks.conftest import Report
from tests.support.hostile import Hostile, calm, memory, targeted

pytestmark = [pytest.mark.bench, pytest.mark.root, pytest.mark.timeout(1800)]

WARM_UP, CALLS, STEPS = 50_000, 100_000, 4


def test_a_hundred_thousand_hostile_calls(sqlite_schema: Path, tmp_path: Path, report: Report) -> None:
    with targeted(tmp_path, sqlite_schema) as (bus, daemon):
        hostile = Hostile(bus)
        begin = calm(daemon)
        hostile.run(WARM_UP)
        before, seconds, most, after = calm(daemon), 0.0, 0, []
        for _ in range(STEPS):
            start = time.monotonic()
            hostile.run(CALLS // STEPS)
            seconds += time.monotonic() - start
            most = max(most, memory(daemon))
            after.append(calm(daemon))
        assert daemon.process is not None
        assert daemon.process.poll() is None, daemon.log()
        log = daemon.log()
    replies = {name.rpartition(".")[2] or "done": count for name, count in hostile.replies.items()}
    report(f"{CALLS} calls in {seconds:.0f} s, {CALLS / seconds:.0f} a second")
    report(f"calls: {dict(hostile.made)}; connections cut off: {hostile.cut_off}")
    report(f"replies: {replies}")
    report(f"memory: {begin >> 20} MB at the start, {before >> 20} MB after {WARM_UP} calls to warm up")
    report(f"more than that, in kB, after each {CALLS // STEPS}: {[(one - before) >> 10 for one in after]}")
    report(f"at most while they came: {(most - before) >> 10} kB more")
    report(f"the log has {len(log) >> 10} kB, and {log.count('Traceback')} tracebacks")
    assert "failed unexpectedly" not in log
    assert after[-1] - before < 1 << 20, "memory is flat"
