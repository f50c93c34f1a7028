"""What Linux's kernel takes from a process that asks for it: files by Landlock, system calls by seccomp.

Neither needs rights, both work inside containers with the usual profiles, and what is given up cannot be had back.
Where the kernel, its settings or the machine do not know one of them, it is left out, and the caller is told.

Sources: Linux `Documentation/userspace-api/landlock.rst` and `seccomp_filter.rst`.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
"""Options of prctl(2)."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls of Landlock, which have one number on every machine."""

_BENEATH, _READ_FILE, _READ_FOLDER = 1, 1 << 2, 1 << 3
_RIGHTS_OF_FILES: Mapping[int, int] = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights over files a version of Landlock knows; what it does not know it cannot refuse."""

_RIGHTS_OF_NETWORK, _SCOPES = 3, 3
"""Binding and connecting TCP, since version 4; signals and abstract sockets, since version 6."""

_NOT_PERMITTED, _UNKNOWN = 1, 38
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_OTHER_NUMBERS = 0x40000000
"""From here on x86_64 has a second set of numbers for the same calls."""


_CLONE3 = 435
_SHARED = (424, 425, 434, 438, 440, 448)
"""pidfd_send_signal, io_uring_setup, pidfd_open, pidfd_getfd, process_madvise, process_mrelease."""


@dataclass(frozen=True, slots=True)
class _Machine:
    """What seccomp calls a machine, and the numbers of the system calls to refuse there."""

    name: int
    refused: Sequence[int]


_MACHINES: Mapping[str, _Machine] = {
    "x86_64": _Machine(
        0xC000003E,
        # socket, socketpair, clone, fork, vfork, execve, execveat, kill, ptrace, process_vm_readv, process_vm_writev,
        # unshare, setns, mount, pivot_root, chroot, bpf, add_key, keyctl, userfaultfd, perf_event_open
        (41, 53, 56, 57, 58, 59, 322, 62, 101, 310, 311, 272, 308, 165, 155, 161, 321, 248, 250, 323, 298, *_SHARED),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        # the same without fork and vfork, which it does not have
        (198, 199, 220, 221, 281, 129, 117, 270, 271, 97, 268, 40, 41, 51, 280, 217, 219, 282, 241, *_SHARED),
    ),
}


def restrict_files(folders: Sequence[str]) -> bool:
    """Let files be read under these folders alone, none be written, and no TCP be spoken. Returns whether it holds."""
    if sys.platform != "linux":
        return False
    version = _call(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    count = max(known for least, known in _RIGHTS_OF_FILES.items() if version >= least)
    fields = ((1 << count) - 1, _RIGHTS_OF_NETWORK, _SCOPES)[: 1 + (version >= 4) + (version >= 6)]
    rules = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _call(_CREATE_RULESET, rules, len(rules), 0)
    if ruleset < 0:
        return False
    try:
        for folder in folders:
            _allow_reading(ruleset, folder)
        _give_up_privileges()
        return _call(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow_reading(ruleset: int, folder: str) -> None:
    opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        _call(_ADD_RULE, ruleset, _BENEATH, struct.pack("=Qi", _READ_FILE | _READ_FOLDER, opened), 0)
    finally:
        os.close(opened)


def _give_up_privileges() -> None:
    """Promise that no program started from here gains rights, which the kernel wants first."""
    ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def _call(number: int, *arguments: int | bytes | None) -> int:
    """Make a system call."""
    wide = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return int(ctypes.CDLL(None).syscall(ctypes.c_long(number), *wide))


def deny_system_calls() -> bool:
    """Refuse sockets, new processes and programs, and reaching into other processes. Returns whether it holds."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or sys.maxsize < 2**32:
        return False
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    _give_up_privileges()
    return bool(ctypes.CDLL(None).prctl(_SECCOMP, _FILTER, described, 0, 0) == 0)


def _program(machine: _Machine) -> bytes:
    """Return the filter in the language of the kernel's packet filter: load, compare and jump, return."""
    load, if_equal, if_at_least, give = 0x20, 0x15, 0x35, 0x06
    number, caller = 0, 4  # where the kernel puts the call's number and the machine
    refusal = _step(give, _REFUSE | _NOT_PERMITTED)
    steps = [_step(load, caller), _step(if_equal, machine.name, 1, 0), refusal, _step(load, number)]
    steps += [_step(if_at_least, _OTHER_NUMBERS, 0, 1), refusal]
    for each in machine.refused:
        steps += [_step(if_equal, each, 0, 1), refusal]
    steps += [_step(if_equal, _CLONE3, 0, 1), _step(give, _REFUSE | _UNKNOWN)]  # glibc goes on with clone then
    return b"".join([*steps, _step(give, _ALLOW)])


def _step(code: int, operand: int, if_so: int = 0, if_not: int = 0) -> bytes:
    """Return one instruction; the last two are how many to jump over."""
    return struct.pack("=HBBI", code, if_so, if_not, operand)
