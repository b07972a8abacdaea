"""The rule for needrestart, read as needrestart reads it: a piece of Perl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

RULE = Path(__file__).resolve().parents[2] / "packaging/needrestart/engramd.conf"
#: As in needrestart: each file of conf.d is evaluated in turn, and the first pattern that fits a unit counts.
_ASK = r"""
my ($file, $unit) = @ARGV;
our %nrconf = (override_rc => {qr(^dbus) => 0});
open(my $in, '<', $file) or die $!;
eval do { local $/; <$in> };
die "$file: $@" if $@;
for my $re (keys %{$nrconf{override_rc}}) { if ($unit =~ /$re/) { print $nrconf{override_rc}{$re}; exit } }
print 'restarts';
"""


@pytest.mark.skipif(not shutil.which("perl"), reason="perl is not installed")
@pytest.mark.parametrize(
    ("unit", "said"), [("engramd.service", "0"), ("engramd-mqtt.service", "restarts"), ("dbus.service", "0")]
)
def test_needrestart_leaves_the_daemon_alone_and_only_it(unit: str, said: str) -> None:
    done = subprocess.run(
        ["perl", "-w", "-e", _ASK, str(RULE), unit], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
