"""What the daemon lacks (the conditions), and what it finds when a person asks `doctor`."""

from engramd.pipeline.checks.doctor import Doctor
from engramd.pipeline.checks.lacks import Checks
from engramd.pipeline.findings import Finding

__all__ = ["Checks", "Doctor", "Finding"]
