"""A forked child whose system calls are seen one by one: it is killed at one, or others act there meanwhile.

The child is traced (ptrace), so that it dies exactly before its n-th call is made, whatever language made the
call. A filter (seccomp) can have the kernel itself refuse some calls, as file systems do that cannot do them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

_TRACEME, _CONT, _SYSCALL, _SETOPTIONS, _SYSCALL_INFO = 0, 7, 24, 0x4200, 0x420E
_SYSGOOD, _EXITKILL = 1, 1 << 20
_NO_NEW_PRIVS, _SECCOMP, _FILTER = 38, 22, 2
_ENTRY = 1
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
#: Numbers of calls. `others` have to do with memory, threads and signals, and never with a file; `reading`
#: ones change nothing: to die before one is to die before the next that does.
_TABLES = {
    "x86_64": {
        "link": (86, 265),
        "renameat2": (316,),
        "rename": (82, 264),
        "ioctl": (16,),
        "others": (9, 10, 11, 12, 13, 14, 25, 28, 39, 96, 186, 202, 228, 230, 302, 318),
        "reading": (0, 3, 4, 5, 6, 8, 21, 72, 79, 89, 137, 138, 217, 221, 262, 267, 269, 332, 439),
    },
    "aarch64": {
        "link": (37,),
        "renameat2": (276,),
        "rename": (38,),
        "ioctl": (29,),
        "others": (98, 113, 134, 135, 172, 178, 214, 215, 216, 222, 226, 233, 261, 278),
        "reading": (17, 25, 43, 44, 48, 57, 61, 62, 63, 78, 79, 80, 223, 291, 439),
    },
}
Refusals = Mapping[str, int]


class _Info(ctypes.Structure):
    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction_pointer", ctypes.c_uint64),
        ("stack_pointer", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 8),
    )


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


@dataclass(frozen=True)
class Ended:
    """How a child ended: `calls` is how many calls it had begun, `code` its exit code (-9: killed)."""

    calls: int
    code: int


def need_tracing() -> None:
    """Skip the test where children cannot be traced."""
    if platform.machine() not in _TABLES:
        pytest.skip(f"the numbers of system calls of {platform.machine()} are not known here")
    try:
        ended = run(lambda: None)
    except OSError as error:
        pytest.skip(f"children cannot be traced here: {error}")
    assert ended.code == 0


def run(
    work: Callable[[], object],
    *,
    kill_at: int | None = None,
    meanwhile: tuple[int, Callable[[], object]] | None = None,
    refused: Refusals | None = None,
    reading: bool = False,
) -> Ended:
    """Run `work` in a child; kill it before its call number `kill_at` (from 1), or act before `meanwhile`'s.

    `refused` are the calls that the kernel answers with an error number. Calls that only read are counted too
    if `reading` is true. An exception of `work` is code 3.
    """
    table = _TABLES[platform.machine()]
    uncounted = frozenset(table["others"] if reading else table["others"] + table["reading"])
    child = os.fork()
    if child == 0:
        _be_traced(work, refused or {})
    calls = 0
    try:
        _await_stop(child)
        _ptrace(_SETOPTIONS, child, _SYSGOOD | _EXITKILL)
        deliver = 0
        while True:
            _ptrace(_SYSCALL, child, deliver)
            _, status = os.waitpid(child, 0)
            if not os.WIFSTOPPED(status):
                return Ended(calls, os.waitstatus_to_exitcode(status))
            deliver = _signal_of(status)
            if deliver or not _is_call(child, uncounted):
                continue
            calls += 1
            if calls == kill_at:
                os.kill(child, signal.SIGKILL)
                return Ended(calls, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            if meanwhile is not None and calls == meanwhile[0]:
                meanwhile[1]()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise


def refuse(refused: Refusals) -> None:
    """Have the kernel refuse calls to this process from now on, by their names."""
    table = _TABLES[platform.machine()]
    pairs = [(number, code) for name, code in refused.items() for number in table[name]]
    lines = [_Instruction(_LOAD, 0, 0, 0)]
    for number, code in pairs:
        lines += [_Instruction(_EQUAL, 0, 1, number), _Instruction(_RETURN, 0, 0, _ERRNO | code)]
    lines.append(_Instruction(_RETURN, 0, 0, _ALLOW))
    program = _Program(len(lines), (_Instruction * len(lines))(*lines))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


def _be_traced(work: Callable[[], object], refused: Refusals) -> None:
    try:
        refuse(refused)
        _ptrace(_TRACEME, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        work()
        os._exit(0)
    except OSError as error:
        os._exit(4 if error.errno in (errno.EPERM, errno.ENOSYS) else 3)
    finally:
        os._exit(3)


def _await_stop(child: int) -> None:
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        raise OSError(errno.EPERM, "ptrace or seccomp is refused")


def _signal_of(status: int) -> int:
    stopped = os.WSTOPSIG(status)
    return 0 if stopped == signal.SIGTRAP | 0x80 else stopped


def _is_call(child: int, uncounted: frozenset[int]) -> bool:
    """Whether the child stands before a call that counts."""
    info = _Info()
    _ptrace(_SYSCALL_INFO, child, ctypes.byref(info), ctypes.sizeof(info))
    return info.op == _ENTRY and info.number not in uncounted


def _ptrace(request: int, child: int, data: object, address: int = 0) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    if libc.ptrace(request, child, address, data) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return 0
