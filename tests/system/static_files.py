"""of-watchdog, static mode: files as they are sent over real connections, and what the operator sees and sets."""
import hashlib
import os

import pytest

from caller import CutOff, until

MIB = 1 << 20


class Site:
    """A folder that is served."""

    def __init__(self, house, of):
        self.root = house.path("public")
        self.house, self.of = house, of
        os.mkdir(self.root)

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        return self.house.write("public/" + name, content)

    def serve(self, **settings):
        return self.of("static", None, static_path=self.root, **settings)


@pytest.fixture
def site(house, of):
    return Site(house, of)


def sparse(path, size):
    """A large file that costs nothing: zeros, and a few letters."""
    with open(path, "wb") as file:
        file.truncate(size)
        for at in range(0, size - 100, size // 7):
            file.seek(at)
            file.write(b"%d." % at)


def test_it_tells_what_it_serves(site):
    watchdog = site.serve()
    lines = watchdog.lines()
    assert "Serving files at: " + site.root in lines
    assert 'Watchdog mode: static\tfprocess: ""' in lines


def test_a_missing_folder_is_warned_of(of, house):
    """After the line of the version, as all warnings."""
    watchdog = of("static", fprocess=None, static_path=house.path("nowhere"))
    lines = watchdog.lines()
    assert lines[0].startswith("Version: ")
    assert lines[1:3] == ["Warning: open %s: no such file or directory" % house.path("nowhere"), "Serving files at: " + house.path("nowhere")]


def test_requests_are_logged(site):
    site.write("a.txt", "12345")
    watchdog = site.serve()
    watchdog.get("/a.txt?q=1")
    watchdog.get("/nope")
    watchdog.await_log(r"^GET /a\.txt\?q=1 - 200 - ContentLength: 5B \(")
    watchdog.await_log(r"^GET /nope - 404 - ContentLength: 19B \(")


def test_a_large_file_arrives_whole(site):
    sparse(site.path("large.bin"), 96 * MIB)
    watchdog = site.serve()
    before = watchdog.memory("VmHWM")
    answer = watchdog.get("/large.bin")
    with open(site.path("large.bin"), "rb") as file:
        assert hashlib.sha256(answer.body).digest() == hashlib.file_digest(file, "sha256").digest()
    assert watchdog.sanitized or watchdog.memory("VmHWM") < before + 1024, "the file never was in memory"


def test_a_broken_download_goes_on_where_it_stopped(site):
    sparse(site.path("large.bin"), 8 * MIB)
    watchdog = site.serve()
    caller = watchdog.connect()
    caller.send("GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n")
    head = caller.head()
    first = caller.take(3 * MIB)
    caller.reset()
    rest = watchdog.get("/large.bin", {"Range": "bytes=%d-" % len(first), "If-Range": head["ETag"]})
    assert rest.status == 206
    with open(site.path("large.bin"), "rb") as file:
        assert first + rest.body == file.read()


def test_a_file_that_shrinks_while_it_is_sent_is_visibly_cut(site):
    sparse(site.path("large.bin"), 64 * MIB)
    watchdog = site.serve()
    caller = watchdog.connect(receive_buffer=65536)
    caller.send("GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n")
    assert caller.head()["Content-Length"] == str(64 * MIB)
    caller.take(1000)
    os.truncate(site.path("large.bin"), MIB)
    with pytest.raises(CutOff):
        caller.take(64 * MIB - 1000)
    watchdog.await_log(r"^serve /large\.bin: the file became shorter: ")
    assert watchdog.get("/large.bin")["Content-Length"] == str(MIB)


def test_a_file_that_grows_while_it_is_sent_keeps_its_length(site):
    sparse(site.path("large.bin"), 16 * MIB)
    watchdog = site.serve()
    caller = watchdog.connect(receive_buffer=65536)
    caller.send("GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n")
    assert caller.head()["Content-Length"] == str(16 * MIB)
    with open(site.path("large.bin"), "ab") as file:
        file.write(b"more" * MIB)
    caller.take(16 * MIB)
    assert caller.request("GET", "/large.bin", {"Range": "bytes=-4"}).text == "more"


def test_a_slow_caller_holds_nobody_up(site):
    sparse(site.path("large.bin"), 64 * MIB)
    site.write("small.txt", "small")
    watchdog = site.serve()
    slow = watchdog.connect(receive_buffer=65536)
    slow.send("GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n")
    slow.head()
    for _ in range(20):
        assert watchdog.get("/small.txt").text == "small"


def test_no_descriptor_is_left_open(site):
    sparse(site.path("large.bin"), 64 * MIB)
    site.write("small.txt", "small")
    site.write("folder/x", "")
    watchdog = site.serve()
    keeper = watchdog.connect()
    targets = ("/small.txt", "/nope", "/folder/", "/folder", "/large.bin")
    keeper.request("GET", "/small.txt")
    before = watchdog.descriptors()
    for target in targets:
        keeper.request("HEAD", target)
        keeper.request("GET", target, {"Range": "bytes=0-1,5-6"})
    for _ in range(5):
        left = watchdog.connect()
        left.send("GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n")
        left.head()
        left.reset()
    until(lambda: watchdog.descriptors() <= before, "no more is open than before")


def test_thousands_of_files_are_listed(site):
    os.mkdir(site.path("many"))
    names = sorted("file %05d.txt" % number for number in range(20000))
    for name in names:
        os.close(os.open(site.path("many/" + name), os.O_CREAT | os.O_WRONLY))
    answer = site.serve().get("/many/")
    assert answer.status == 200
    links = [line for line in answer.text.splitlines() if line.startswith("<a ")]
    assert links == ['<a href="%s">%s</a>' % (name.replace(" ", "%20"), name) for name in names]


def test_a_body_nobody_wants_does_not_end_the_connection(site):
    site.write("index.html", "home")
    caller = site.serve().connect()
    assert caller.request("POST", "/", body=b"x" * 100000).text == "home"
    assert caller.request("PUT", "/", body=b"x" * 1000, chunked=True).text == "home"
    assert caller.request("GET", "/").text == "home"


def test_a_mounted_volume_is_swapped_under_its_symlink(house, site):
    """As Kubernetes updates a ConfigMap: files are symlinks into `..data`, a symlink that is replaced at once."""
    for version in ("one", "two"):
        site.write("..%s/page.html" % version, version)
    os.symlink("..one", site.path("..data"))
    os.symlink("..data/page.html", site.path("page.html"))
    watchdog = site.serve()
    assert watchdog.get("/page.html").text == "one"
    os.symlink("..two", site.path("..next"))
    os.rename(site.path("..next"), site.path("..data"))
    assert watchdog.get("/page.html").text == "two"


def test_a_new_release_under_a_symlinked_root_is_seen(house, of):
    for version in ("one", "two"):
        os.makedirs(house.path("releases/" + version))
        house.write("releases/%s/page.html" % version, version)
    os.symlink("releases/one", house.path("current"))
    watchdog = of("static", None, static_path=house.path("current"))
    assert watchdog.get("/page.html").text == "one"
    os.symlink("releases/two", house.path("next"))
    os.rename(house.path("next"), house.path("current"))
    until(lambda: watchdog.get("/page.html").text == "two", "the new release is served")


def test_a_root_may_be_made_later(house, of):
    watchdog = of("static", None, static_path=house.path("later"))
    assert watchdog.get("/x.txt").status == 404
    os.mkdir(house.path("later"))
    house.write("later/x.txt", "x")
    assert watchdog.get("/x.txt").text == "x"


def test_no_symlink_leads_out(house, site):
    house.write("secret.txt", "outside")
    site.write("in.txt", "inside")
    os.symlink("../secret.txt", site.path("relative.txt"))
    os.symlink(house.path("secret.txt"), site.path("absolute.txt"))
    os.symlink(site.path("in.txt"), site.path("fine.txt"))
    watchdog = site.serve()
    for target in ("/relative.txt", "/absolute.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt"):
        answer = watchdog.get(target)
        assert answer.status == 404 and "outside" not in answer.text, answer
    assert watchdog.get("/fine.txt").text == "inside"


def test_settings(site):
    site.write("index.html", "home")
    site.write("gone.html", "gone")
    site.write("folder/x.txt", "x")
    watchdog = site.serve(static_listing="false", static_not_found="gone.html", static_fallback="/index.html", static_cache_control="max-age=5")
    assert watchdog.get("/folder/").text == "home"
    assert watchdog.post("/folder/").status == 404
    answer = watchdog.get("/nope.js")
    assert (answer.status, answer.text, answer["Cache-Control"]) == (404, "gone", None)
    answer = watchdog.get("/people/42")
    assert (answer.status, answer.text, answer["Cache-Control"]) == (200, "home", "max-age=5")
    assert watchdog.get("/folder/x.txt")["Cache-Control"] == "max-age=5"


def test_many_kept_alive_callers(site):
    for number in range(10):
        site.write("%d.txt" % number, str(number) * 100)
    watchdog = site.serve()
    callers = [watchdog.connect() for _ in range(50)]
    for round_number in range(10):
        for number, caller in enumerate(callers):
            caller.send("GET /%d.txt HTTP/1.1\r\nHost: h\r\n\r\n" % ((number + round_number) % 10) * 3)
        for number, caller in enumerate(callers):
            for _ in range(3):
                assert caller.answer().text == str((number + round_number) % 10) * 100
