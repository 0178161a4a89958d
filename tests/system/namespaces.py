"""Linux namespaces for tests: a network of one's own (fixed ports are free in it), mounts of one's own, and a watchdog that is process 1."""
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

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MS_REC, MS_PRIVATE = 16384, 1 << 18
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


def libc_call(name, *args):
    """A function of the C library that returns 0 where all went well."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*args):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter_own_mounts():
    """In a child before exec: what it mounts from now on nobody else sees."""
    libc_call("unshare", CLONE_NEWNS)
    libc_call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)


def allowed(*command):
    """Whether a command that makes a namespace may do that here."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20).returncode == 0
    except OSError:
        return False


def with_disk(folder, options=""):
    """For Popen's preexec_fn: a file system of its own in that folder, with options of tmpfs; skips where that is not allowed."""
    if not allowed("unshare", "--mount", "mount", "-t", "tmpfs", "none", folder):
        pytest.skip("no mounts are allowed here")

    def mount():
        enter_own_mounts()
        libc_call("mount", b"none", folder.encode(), b"tmpfs", 0, options.encode())
    return mount


def pid_1_wrapper():
    """The command before a watchdog that makes it process 1; skips where that is not allowed."""
    if not allowed(*PID_1, "true"):
        pytest.skip("no process namespace is allowed here")
    return PID_1


def with_bad_signals():
    """For Popen's preexec_fn: signals ignored and blocked, as a careless parent may leave them."""
    for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGALRM])
