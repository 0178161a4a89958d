"""The programs as the linker made them: what a reader of their ELF files sees of the hardening that the build asks for."""
import functools
import re
import shutil
import struct
import subprocess

import pytest

from watchdog import PROGRAMS, has_sanitizer

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 3, 0x6474E551, 0x6474E552
PF_X, PF_W = 1, 2
DT_NEEDED, DT_RPATH, DT_TEXTREL, DT_BIND_NOW, DT_RUNPATH, DT_FLAGS, DT_FLAGS_1 = 1, 15, 22, 24, 29, 30, 0x6FFFFFFB
DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 8, 1, 0x08000000
ET_DYN = 3


class Elf:
    """The head, the segments and the dynamic section of a 64-bit little-endian file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            content = file.read()
        assert content[:6] == b"\x7fELF\x02\x01", path
        self.type = struct.unpack_from("<H", content, 16)[0]
        table, = struct.unpack_from("<Q", content, 32)
        size, count = struct.unpack_from("<HH", content, 54)
        # (type, flags, offset, address, in the file, in memory)
        self.segments = [struct.unpack_from("<IIQQ8xQQ", content, table + number * size) for number in range(count)]
        self.dynamic = {}
        for kind, _, offset, _, length, _ in self.segments:
            if kind == PT_DYNAMIC:
                for tag, value in struct.iter_unpack("<qQ", content[offset:offset + length]):
                    self.dynamic.setdefault(tag, []).append(value)

    def flags(self, tag):
        return self.dynamic.get(tag, [0])[0]

    def of_kind(self, kind):
        return [segment for segment in self.segments if segment[0] == kind]


@pytest.fixture(params=["classic", "of"])
def elf(request):
    return Elf(PROGRAMS[request.param])


@functools.lru_cache
def calls(path):
    """(function, function that it calls) of the code, by the symbols of a program that is not stripped."""
    shown = subprocess.run(["objdump", "-d", "-C", "--no-show-raw-insn", path], capture_output=True, text=True, check=True, timeout=300).stdout
    found, inside = set(), None
    for line in shown.splitlines():
        if head := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            inside = head.group(1)
        elif called := re.search(r"\s(?:call|bl)q?\s.*<([^+>]+)>", line):
            found.add((inside, called.group(1).split("@")[0]))
    return found


def test_position_independent(elf):
    """Its address is chosen anew at each start. A static program is that too: static-pie, without an interpreter and without libraries."""
    assert elf.type == ET_DYN and elf.flags(DT_FLAGS_1) & DF_1_PIE
    assert bool(elf.of_kind(PT_INTERP)) == (DT_NEEDED in elf.dynamic)
    assert DT_TEXTREL not in elf.dynamic, "its code is never written to"


def test_relocations_are_read_only(elf):
    """Full RELRO: everything is bound at the start, and what was bound is made read-only."""
    assert elf.of_kind(PT_GNU_RELRO)
    assert elf.flags(DT_FLAGS) & DF_BIND_NOW or elf.flags(DT_FLAGS_1) & DF_1_NOW or DT_BIND_NOW in elf.dynamic


def test_nothing_is_writable_and_executable(elf):
    """No segment, and not the stack."""
    assert [segment for segment in elf.of_kind(PT_LOAD) if segment[1] & PF_W and segment[1] & PF_X] == []
    [stack] = elf.of_kind(PT_GNU_STACK)
    assert stack[1] & PF_X == 0


def test_libraries_are_the_systems(elf):
    """No path to look for them in is written into the program."""
    assert DT_RPATH not in elf.dynamic and DT_RUNPATH not in elf.dynamic


@pytest.mark.parametrize("program", ["classic", "of"])
def test_stack_protector_and_fortify(program):
    """Functions of ours check their stack frame, and the C library checks the sizes of buffers that they hand to it."""
    if has_sanitizer(PROGRAMS[program]):
        pytest.skip("a sanitizer takes the place of both")
    if not shutil.which("objdump"):
        pytest.skip("objdump is not installed")
    ours = {(caller, called) for caller, called in calls(PROGRAMS[program]) if caller.startswith("fwatchdog::")}
    if not ours:
        pytest.skip("the program is stripped")
    assert len([caller for caller, called in ours if called.startswith("__stack_chk_fail")]) > 100
    assert [called for _, called in ours if re.fullmatch(r"__\w+_chk", called)]
