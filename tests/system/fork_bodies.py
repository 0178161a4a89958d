"""Large bodies: whole, unchanged, and in bounded memory."""
import concurrent.futures
import hashlib
import os
import select

import pytest

from caller import PATIENCE, chunk, chunks, compose, most_in_between, until

MIB = 1 << 20


@pytest.fixture(scope="module")
def binary():
    """64 MiB that no coding shortens."""
    block = os.urandom(MIB)
    return b"".join(bytes([i]) + block[1:] for i in range(64))


def send_and_read(caller, message):
    """Sends in one thread and reads in another, as a careful caller does."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(caller.send, message, True)
        answer = caller.answer()
        sent.result()
    return answer


@pytest.mark.parametrize("chunked", [False, True])
def test_64_mib_through_cat(server, binary, chunked):
    """64 MiB there and back, unchanged."""
    answer = send_and_read(server().connect(), compose("POST", "/", body=binary, chunked=chunked))
    assert answer.status == 200 and answer.body == binary


def test_64_mib_are_counted(server, binary):
    """wc -c sees each byte."""
    assert send_and_read(server("wc -c").connect(), compose("POST", "/", body=binary)).text.strip() == str(len(binary))


def test_64_mib_are_hashed(server, binary):
    """sha512sum sees the right ones."""
    answer = send_and_read(server("sha512sum").connect(), compose("POST", "/", body=binary))
    assert answer.text.split()[0] == hashlib.sha512(binary).hexdigest()


def test_streamed_body_is_not_held(server, binary):
    """A body that streams to its process costs the watchdog little memory."""
    watchdog = server("wc -c")
    watchdog.post("/", b"warm")
    before = watchdog.memory("VmHWM")
    send_and_read(watchdog.connect(), compose("POST", "/", body=binary))
    watchdog.assert_memory_below(before + (12 << 10), "VmHWM")


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 65535, 65536, 65537, MIB - 1, MIB, MIB + 1, 2 * MIB + 3])
@pytest.mark.parametrize("chunked", [False, True])
def test_sizes_around_every_boundary(server, size, chunked):
    """Bodies around the sizes of pipes and buffers arrive whole."""
    data = (bytes(range(251)) * (size // 251 + 1))[:size]
    assert server().post("/", data, chunked=chunked).body == data


@pytest.mark.parametrize("chunked", [False, True])
def test_function_sees_the_beginning_before_the_end(server, house, chunked):
    """A body above 1 MiB reaches the function while the caller still sends it."""
    caller = server(house.sh("head -c 5 >first.part && mv first.part first; cat >/dev/null; echo done")).connect()
    body = b"first" + bytes(4 * MIB - 5)
    if chunked:
        caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(body))
    else:
        caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (8 * MIB) + body)
    house.await_file("first")
    assert house.read("first") == b"first"
    assert caller.silent_for(0.05)
    caller.send(chunks(bytes(4 * MIB)) if chunked else bytes(4 * MIB))
    assert caller.answer().text == "done\n"


def test_small_body_starts_no_process_before_its_end(holding, house):
    """A body of up to 1 MiB is whole before anything is run."""
    watchdog = holding(house.tattling())
    caller = watchdog.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + bytes(400000))
    assert watchdog.health() == 200 and caller.silent_for(0.1)
    assert not house.exists("ran")
    caller.send(bytes(100000))
    assert len(caller.answer().body) == 500000


def test_function_that_does_not_read_holds_the_caller_back(server, house):
    """A body whose function does not read is not taken in without bound; once it reads all arrives."""
    gate = house.gate()
    watchdog = server(house.sh('read -r x <"$Http_Query"; wc -c'))
    before = watchdog.memory()
    caller = watchdog.connect()
    total = 128 * MIB
    caller.send("POST /?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (gate.path, total))
    caller.socket.setblocking(False)
    sent, block = 0, bytes(MIB)
    while sent < total and select.select([], [caller.socket], [], 0.3)[1]:
        sent += caller.socket.send(block)
    assert sent < most_in_between()
    watchdog.assert_memory_below(before + (16 << 10))
    gate.open()
    caller.socket.settimeout(PATIENCE)
    caller.send(bytes(total - sent))
    assert caller.answer().text.strip() == str(total)


def test_malformed_chunk_in_a_streamed_body(server, house):
    """A body that goes wrong after megabytes: 400, and the process that had the beginning is gone."""
    watchdog = server(house.sh("touch begun; cat >/dev/null; echo whole; exec sleep 630"))
    caller = watchdog.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(bytes(3 * MIB)))
    house.await_file("begun")
    caller.send(b"xyz\r\nabc\r\n0\r\n\r\n")
    assert caller.answer().status == 400
    watchdog.await_no_children()


def test_streamed_body_that_ends_early(server, house):
    """So with a large body that the caller breaks off."""
    watchdog = server(house.sh("touch begun; cat >/dev/null; echo whole; exec sleep 631"))
    caller = watchdog.connect()
    caller.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + bytes(3 * MIB))
    house.await_file("begun")
    caller.finish()
    assert caller.answer().status == 400
    watchdog.await_no_children()


def test_function_ends_before_its_streamed_body(server):
    """A function that answers without reading its 16 MiB: the caller gets the answer, not a reset."""
    answer = send_and_read(server("echo early").connect(), compose("POST", "/", body=bytes(16 * MIB)))
    assert (answer.status, answer.text) == (200, "early\n")


def test_connection_after_an_unread_streamed_body(server):
    """What was not read of a body is never taken for a request."""
    watchdog = server("echo early")
    caller = watchdog.connect()
    trap = compose("GET", "/trap")
    caller.send(compose("POST", "/", body=trap * (2 * MIB // len(trap) + 1)) + compose("POST", "/", {"Connection": "close"}, b"x"), forgiving=True)
    answers = caller.answers()
    assert [answer.text for answer in answers] in (["early\n"], ["early\n", "early\n"])


def test_streamed_bodies_side_by_side(server):
    """Eight bodies of 8 MiB at once, each its own hash."""
    watchdog = server("sha512sum")
    bodies = [bytes([i]) * (8 * MIB) for i in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: watchdog.post("/", body).text.split()[0], bodies))
    assert answers == [hashlib.sha512(body).hexdigest() for body in bodies]


def test_function_writes_a_gibibyte(holding):
    """1 GiB of output is answered whole, its memory is given back, and the next call works."""
    with open("/proc/meminfo") as file:
        available = int(next(line for line in file if line.startswith("MemAvailable")).split()[1])
    if available < 4 << 20:
        pytest.skip("needs 4 GiB of free memory")
    watchdog = holding("head -c 1073741824 /dev/zero")
    caller = watchdog.connect()
    caller.send(compose("GET", "/"))
    head = caller.head()
    assert (head.status, head["Content-Length"]) == (200, "1073741824")
    got = len(caller.buffer)
    view = bytearray(4 * MIB)
    while got < 1073741824 and (count := caller.socket.recv_into(view)):
        got += count
    assert got == 1073741824
    caller.close()
    until(lambda: watchdog.sanitized or watchdog.memory() < (64 << 10), "the memory is given back")
    assert watchdog.health() == 200
