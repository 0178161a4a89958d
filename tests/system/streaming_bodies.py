"""Streaming mode: bodies larger than memory in both directions, both at the same time, with back-pressure on each side."""
import concurrent.futures
import hashlib
import itertools
import os
import time

import pytest

from caller import PATIENCE, CutOff, most_in_between, until

MIB = 1 << 20
# What the watchdog itself may ever take, whatever passes through it.
PEAK = 8 << 10  # KiB


def data_of(size, seed=0):
    """Pieces of 1 MiB that no coding shortens, each of them different, `size` bytes in total."""
    block = os.urandom(MIB)
    for at in range(seed, seed + size // MIB):
        yield at.to_bytes(8, "big") + block[8:]
    if size % MIB:
        yield block[:size % MIB]


class Digest:
    """A fast sum of what passes."""

    def __init__(self):
        self.hash, self.size = hashlib.sha1(), 0

    def add(self, data):
        self.hash.update(data)
        self.size += len(data)

    def value(self):
        return self.size, self.hash.hexdigest()


def send_body(caller, pieces, length=None, target="/"):
    """A POST whose body is made as it is sent: with a length, or in chunks. Returns what was sent."""
    digest = Digest()
    framing = "Transfer-Encoding: chunked" if length is None else "Content-Length: %d" % length
    caller.send("POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % (target, framing))
    for piece in pieces:
        digest.add(piece)
        if length is None:
            caller.send(b"%x\r\n" % len(piece))
        caller.send(piece)
        if length is None:
            caller.send(b"\r\n")
    if length is None:
        caller.send(b"0\r\n\r\n")
    return digest.value()


def read_body(caller, each=None):
    """Reads a chunked answer without keeping it; returns what it was. `each` sees the size so far."""
    assert caller.head().status == 200
    digest = Digest()
    while size := int(caller.line(), 16):
        digest.add(caller.take(size))
        assert caller.take(2) == b"\r\n"
        if each:
            each(digest.size)
    assert caller.line() == ""
    return digest.value()


def there_and_back(watchdog, size, length, **options):
    caller = watchdog.connect(**options)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send_body, caller, data_of(size), length)
        got = read_body(caller)
        assert got == sent.result()
    assert got[0] == size


def two_way(streaming, size, **settings):
    watchdog = streaming(**settings)
    there_and_back(watchdog, size, size)
    watchdog.assert_memory_below(PEAK, "VmHWM")
    watchdog.await_no_children()


def upload(streaming, size, **settings):
    watchdog = streaming("sha256sum", **settings)
    caller, expected = watchdog.connect(), hashlib.sha256()
    send_body(caller, (expected.update(piece) or piece for piece in data_of(size)), size)
    assert caller.answer().text == expected.hexdigest() + "  -\n"
    watchdog.assert_memory_below(PEAK, "VmHWM")


def download(streaming, size, **settings):
    watchdog = streaming("head -c %d /dev/zero" % size, **settings)
    caller, zeros = watchdog.connect(), bytes(MIB)
    caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert caller.head().status == 200
    got = 0
    while count := int(caller.line(), 16):
        assert caller.take(count) == zeros[:count]
        assert caller.line() == ""
        got += count
    assert got == size
    watchdog.assert_memory_below(PEAK, "VmHWM")


@pytest.mark.parametrize("chunked", [False, True])
def test_two_way_256_mib(streaming, chunked):
    """256 MiB through cat and back at the same time, unchanged, in bounded memory."""
    watchdog = streaming()
    size = 256 * MIB
    there_and_back(watchdog, size, None if chunked else size)
    watchdog.assert_memory_below(PEAK, "VmHWM")
    watchdog.await_no_children()


def test_upload_256_mib(streaming):
    """256 MiB up, 64 digits back."""
    upload(streaming, 256 * MIB)


def test_download_1_gib(streaming):
    """A function that writes 1 GiB."""
    download(streaming, 1 << 30)


UNLIMITED = {"exec_timeout": "0", "read_timeout": "1h", "write_timeout": "1h", "healthcheck_interval": "1s"}


@pytest.mark.long
def test_upload_4_gib(streaming):
    """A body of more bytes than 32 bits count."""
    upload(streaming, 4 << 30, **UNLIMITED)


@pytest.mark.long
def test_download_4_gib(streaming):
    """An answer of more bytes than 32 bits count."""
    download(streaming, 4 << 30, **UNLIMITED)


@pytest.mark.long
def test_two_way_2_gib(streaming):
    """2 GiB there and back at the same time."""
    two_way(streaming, 2 << 30, **UNLIMITED)


@pytest.mark.long
def test_two_way_at_1_mb_a_second(streaming):
    """A caller that takes 1 MB a second of 2 GiB, for half a minute: the watchdog holds the rest back in bounded memory."""
    watchdog = streaming(**UNLIMITED)
    caller = watchdog.connect(receive_buffer=65536)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send_body, caller, data_of(2 << 30), 2 << 30)
        started, seconds = time.monotonic(), 30

        class Enough(Exception):
            pass

        def pace(size):
            while (passed := time.monotonic() - started) < size / 1e6:
                time.sleep(0.01)
            if passed > seconds:
                raise Enough
        with pytest.raises(Enough):
            read_body(caller, pace)
        watchdog.assert_memory_below(PEAK, "VmHWM")
        assert watchdog.post("/", b"quick").text == "quick"
        caller.finish()  # which wakes whoever is sending
        caller.reset()
        with pytest.raises(OSError):
            sent.result()
    watchdog.await_no_children()


@pytest.mark.long
def test_download_at_1_mb_a_second(streaming):
    """A whole answer of 40 MB at 1 MB a second."""
    watchdog = streaming("head -c 40000000 /dev/zero", **UNLIMITED)
    caller = watchdog.connect(receive_buffer=65536)
    caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    started = time.monotonic()

    def pace(size):
        while time.monotonic() - started < size / 1e6:
            time.sleep(0.01)
    assert read_body(caller, pace)[0] == 40000000
    watchdog.assert_memory_below(PEAK, "VmHWM")


# Back-pressure.

def written_by(pid):
    """Bytes that a process has written."""
    with open("/proc/%d/io" % pid) as file:
        return int(next(line for line in file if line.startswith("wchar:")).split()[1])


def await_standstill(value, patience=PATIENCE):
    """Waits until `value()` stays the same for 0.3 s; returns it."""
    end = time.monotonic() + patience
    last, since = value(), time.monotonic()
    while time.monotonic() - since < 0.3:
        assert time.monotonic() < end, "no standstill: %r" % last
        time.sleep(0.02)
        if (now := value()) != last:
            last, since = now, time.monotonic()
    return last


def test_slow_reader_holds_the_function_back(streaming):
    """A caller that does not read stops the function's writing; when it reads again all of it comes."""
    watchdog = streaming("head -c 134217728 /dev/zero")
    caller = watchdog.connect(receive_buffer=65536)
    caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    caller.await_text(b"\r\n\r\n")
    function, = watchdog.children()
    assert await_standstill(lambda: written_by(function)) < most_in_between()
    watchdog.assert_memory_below(PEAK, "VmHWM")
    assert read_body(caller)[0] == 128 * MIB


def test_function_that_does_not_read_holds_the_caller_back(streaming, house):
    """A function that does not read stops the caller's sending; when it reads all of it comes."""
    gate = house.gate()
    watchdog = streaming(house.sh('read -r x <"$Http_Query"; wc -c'))
    caller, sent = watchdog.connect(), itertools.count()
    progress = [0]

    def pieces():
        for piece in data_of(128 * MIB):
            yield piece
            progress[0] = next(sent)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send_body, caller, pieces(), 128 * MIB, "/?" + gate.path)
        gate.await_arrival()
        assert await_standstill(lambda: progress[0]) < most_in_between() / MIB
        watchdog.assert_memory_below(PEAK, "VmHWM")
        assert watchdog.health() == 200
        gate.open()
        assert caller.answer().text.strip() == str(128 * MIB)
        sending.result()


def test_both_blocked(streaming):
    """A caller that sends without reading stops at cat's full pipes; reading frees it all."""
    watchdog = streaming()
    caller = watchdog.connect(receive_buffer=65536)
    progress = [0]

    def pieces():
        for piece in data_of(64 * MIB):
            yield piece
            progress[0] += 1
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send_body, caller, pieces(), 64 * MIB)
        assert await_standstill(lambda: progress[0]) < most_in_between() / MIB
        watchdog.assert_memory_below(PEAK, "VmHWM")
        got = read_body(caller)
        assert got == sent.result()


def test_side_by_side_in_bounded_memory(streaming):
    """Eight bodies of 16 MiB there and back at once."""
    watchdog = streaming()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: there_and_back(watchdog, 16 * MIB, 16 * MIB), range(8)))
    watchdog.assert_memory_below(PEAK, "VmHWM")


def test_much_stderr_beside_much_output(streaming, house):
    """Both outputs are read at the same time: neither's full pipe stops the other."""
    watchdog = streaming(house.sh("head -c 30000000 /dev/zero & seq 1 200000 >&2; wait"))
    caller = watchdog.connect()
    caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert read_body(caller)[0] == 30000000
    watchdog.await_log("^stderr: 200000$")


def test_large_body_for_a_function_that_floods_stderr_first(streaming, house):
    """Nor does a full stderr pipe hinder the input."""
    watchdog = streaming(house.sh("seq 1 100000 >&2; wc -c"))
    assert watchdog.post("/", bytes(3 * MIB)).text.strip() == str(3 * MIB)


@pytest.mark.parametrize("sizes", [(1,) * 3000, (65535, 65536, 65537, 1, 4096, 4095)])
def test_every_chunk_size(streaming, sizes):
    """Chunks of one byte and around the pipe's size are one body."""
    watchdog = streaming("sha256sum")
    pieces = [os.urandom(size) for size in sizes]
    caller = watchdog.connect()
    send_body(caller, pieces)
    assert caller.answer().text.split()[0] == hashlib.sha256(b"".join(pieces)).hexdigest()


def test_connections_of_many_downloads(streaming):
    """A hundred answers that break off in the middle leave no process, descriptor or memory."""
    watchdog = streaming("cat /dev/zero")

    def break_off():
        caller = watchdog.connect(receive_buffer=4096)
        caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        caller.await_text(bytes(1000))
        caller.reset()
    for _ in range(10):
        break_off()
    watchdog.await_no_children()
    until(lambda: watchdog.sample("http_requests_in_flight") == 0, "nothing is in flight")
    descriptors = watchdog.descriptors()
    for _ in range(90):
        break_off()
    watchdog.await_no_children()
    until(lambda: watchdog.descriptors() <= descriptors, "the connections are closed")
    watchdog.assert_memory_below(PEAK, "VmHWM")


def test_answer_cut_by_sigterm_is_visible(streaming):
    """An endless answer at the end of the drain is cut, not ended."""
    watchdog = streaming("cat /dev/zero", healthcheck_interval="50ms", write_timeout="1s")
    caller = watchdog.connect()
    caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    caller.await_text(bytes(1000))
    watchdog.term()
    with pytest.raises(CutOff):
        read_body(caller)
    assert watchdog.await_end() == 0
