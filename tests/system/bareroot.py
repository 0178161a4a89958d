"""A root folder as an image FROM scratch has it: the watchdog and a static busybox, nothing else; and the ways into it."""
import ctypes
import functools
import os
import shutil

import pytest

from functions import need
from namespaces import enter_own_mounts, libc_call
from watchdog import PROGRAMS

MS_RDONLY, MS_REMOUNT, MS_BIND = 1, 32, 4096
PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24
BUSYBOX = "/bin/busybox"


@functools.lru_cache
def is_static(path):
    """Whether the program needs no loader, which the root folder does not have."""
    with open(path, "rb") as file:
        return b"/ld-linux-" not in file.read()


class BareRoot:
    """`start(program, ...)` is a watchdog that sees this folder as `/`."""

    def __init__(self, house):
        if os.getuid():
            pytest.skip("another root folder takes root")
        if not all(map(is_static, PROGRAMS.values())):
            pytest.skip("the programs are not static")
        if not os.path.exists(BUSYBOX) or not is_static(BUSYBOX):
            pytest.skip("no static busybox is installed")
        self.house, self.folder = house, house.path("root")
        os.makedirs(self.path("bin"))
        shutil.copy(BUSYBOX, self.path("bin/busybox"))
        for applet in ("sh", "cat", "env", "httpd"):
            os.symlink("busybox", self.path("bin/" + applet))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as file:
            file.write(text)

    def start(self, program, settings, user=12000, read_only=True, **options):
        if not os.path.exists(self.path("fwatchdog")):
            shutil.copy(PROGRAMS[program], self.path("fwatchdog"))
        settings = self.house.settings(**dict({"fprocess": "cat", "PATH": "/bin", "TMPDIR": None, "HOME": None, "TZ": None}, **settings))
        return self.house.start(program, settings, executable="/fwatchdog", preexec_fn=lambda: self.enter(user, read_only), **options)

    def enter(self, user, read_only):
        """In the child before the program: the folder becomes the root, the user one without a name, or root without any capability."""
        root = self.folder.encode()
        enter_own_mounts()
        libc_call("mount", root, root, None, MS_BIND, None)
        if read_only:
            libc_call("mount", None, root, None, MS_BIND | MS_REMOUNT | MS_RDONLY, None)
        os.chroot(root)
        os.chdir("/")
        capability = 0
        while ctypes.CDLL(None).prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0:
            libc_call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
            capability += 1
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
