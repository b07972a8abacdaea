"""Objects as the bus tells of them."""

from __future__ import annotations

from typing import Any

from engramd.bus import names

DRIVE = f"{names.ROOT}/drives/ENG1"
JOB = f"{names.ROOT}/jobs/7"
NOON = 1_796_126_400_000_000


def drive(**values: Any) -> dict[str, Any]:
    found = {
        "Name": "left",
        "Device": "/dev/sr0",
        "Vendor": "ACME",
        "Model": "Reader",
        "Serial": "ENG1",
        "Port": "usb-1",
        "State": "busy",
        "Media": "dvd",
        "VolumeLabel": "THE_SHOW_D1",
        "Job": JOB,
        "FreeAt": NOON,
        "LastEvent": "a disc was inserted",
        "LastDecision": "",
        "Policy": {},
    }
    return found | values


def job(**values: Any) -> dict[str, Any]:
    found = {
        "Id": 7,
        "State": "ripping",
        "Headline": "The Show, disc 1: ripping, 1 of 3 titles done",
        "Progress": 0.25,
        "Rate": 9_000_000,
        "WaitingFor": "",
    }
    return found | values


def manager(**values: Any) -> dict[str, Any]:
    found = {
        "Version": "1.2.3",
        "InterfaceVersion": 5,
        "Summary": "1 job works.",
        "Attention": False,
        "OpenReviews": 0,
        "ReviewsNeedingDisc": 0,
        "ActiveJobs": 1,
        "WaitingJobs": 0,
        "Busy": True,
        "SafeToPowerOff": False,
        "FreeSpace": {"/srv/media/tv": 123_400_000_000},
        "Conditions": [],
    }
    return found | values


def condition(**values: Any) -> dict[str, Any]:
    found = {
        "id": "tool.makemkv",
        "scope": "daemon",
        "severity": "warning",
        "text": "MakeMKV is missing",
        "remedy": "install it",
        "since": NOON,
    }
    return found | values


def objects(**values: Any) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        DRIVE: {names.DRIVE: drive(**values)},
        JOB: {names.JOB: job()},
        f"{JOB}/titles/0": {names.TITLE: {"State": "ripping"}},
        f"{names.ROOT}/drives/virtual_1": {names.DRIVE: drive(Device="/srv/media/import/disc.iso")},
    }
