"""Linux namespaces for tests: a network of one's own (fixed ports are free in it) and a watchdog that is process 1."""
import concurrent.futures
import ctypes
import fcntl
import functools
import os
import signal
import socket
import struct
import subprocess

import pytest

CLONE_NEWNET = 0x40000000
PID_1 = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def enter_own_network():
    """Moves the calling thread, and what it starts, to a new network with nothing but the loopback. Returns False where that is not allowed."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, 0x8913, request))[1]  # SIOCGIFFLAGS
        fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", flags | 1))  # SIOCSIFFLAGS, IFF_UP
    return True


def enter_network_of(pid):
    """Moves the calling thread, and what it starts, to the network of that process."""
    with open("/proc/%d/ns/net" % pid) as network:
        if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def in_own_network(test):
    """The test runs in a thread, and the thread in a network of its own."""
    @functools.wraps(test)
    def run(*args, **fixtures):
        def body():
            if not enter_own_network():
                pytest.skip("no network namespace is allowed here: " + os.strerror(ctypes.get_errno()))
            test(*args, **fixtures)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(body).result()
    return run


def pid_1_wrapper():
    """The command before a watchdog that makes it process 1; skips where that is not allowed."""
    try:
        allowed = subprocess.run(PID_1 + ("true",), stderr=subprocess.DEVNULL, timeout=20).returncode == 0
    except OSError:
        allowed = False
    if not allowed:
        pytest.skip("no process namespace is allowed here")
    return PID_1


def with_bad_signals():
    """For Popen's preexec_fn: signals ignored and blocked, as a careless parent may leave them."""
    for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGALRM])
