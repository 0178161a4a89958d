"""A watchdog that runs as a user without a name and without any privilege, whose limits are its own."""
import ctypes
import os
import shutil

import pytest

from watchdog import PROGRAMS

# Limits on a user's processes count all of them: each process that runs tests has a user of its own.
USER = 20000 + os.getpid() % 40000
PR_CAPBSET_DROP, CAP_SETUID = 24, 7


def become_nobody():
    """In a child before exec. What the bounding set lacks exec cannot give back, so that only a set-user-ID bit can help."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SETUID, 0, 0, 0)
    os.setgroups([])
    os.setgid(USER)
    os.setuid(USER)


def unprivileged(house, program, before=lambda: None):
    """Options of a launcher for that. `before()` is called in the child while it is still root. The program is a copy in the test's
    folder, for the way to the original may be closed to others."""
    if os.getuid():
        pytest.skip("becoming another user takes root")
    copy = house.path("fwatchdog." + program)
    if not os.path.exists(copy):
        shutil.copy(PROGRAMS[program], copy)
    os.chmod(house.folder, 0o777)

    def enter():
        before()
        become_nobody()
    return {"executable": copy, "preexec_fn": enter}
