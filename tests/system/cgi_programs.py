"""Programs of others in the cgi mode: PHP with an upload form, Perl with CGI.pm."""
import hashlib
import json
import os
import subprocess

import pytest

from functions import need

PHP = """<?php
if ($_SERVER['PATH_INFO'] === '/fail') { http_response_code(503); header('X-Why: asked'); exit(1); }
if ($_SERVER['PATH_INFO'] === '/go') { header('Location: https://example.com/there'); exit; }
setcookie('seen', 'yes');
setcookie('also', '1');
header('Content-Type: application/json');
$file = $_FILES['file'] ?? null;
echo json_encode(['method' => $_SERVER['REQUEST_METHOD'], 'path' => $_SERVER['PATH_INFO'], 'get' => $_GET, 'post' => $_POST, 'cookie' => $_COOKIE['mine'] ?? null,
  'name' => $file['name'] ?? null, 'size' => $file['size'] ?? null, 'sha' => $file ? sha1_file($file['tmp_name']) : null, 'raw' => strlen(file_get_contents('php://input'))]);
"""

PERL = """use strict; use CGI;
my $q = CGI->new;
if ($q->path_info eq '/go') { print $q->redirect(-uri => 'https://example.com/there', -status => 303); exit }
if ($q->path_info eq '/here') { print "Location: /there?from=here\\n\\n"; exit }
print $q->header(-type => 'text/plain', -status => '201 Made', -cookie => [$q->cookie(-name => 'a', -value => '1'), $q->cookie(-name => 'b', -value => '2')], -X_Own => 'yes');
print join('|', $q->request_method, $q->path_info, $q->url, $q->remote_addr, $q->server_protocol, scalar $q->param('name') // '', scalar $q->param('from') // ''), "\\n";
my $in = $q->upload('file');
if ($in) { local $/; binmode $in; my $data = <$in>; print length($data), ' ', unpack('%32C*', $data), "\\n" }
"""


def form(fields, file):
    """A multipart body, and its type."""
    parts = [b'--bound\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name, value) for name, value in fields.items()]
    parts.append(b'--bound\r\nContent-Disposition: form-data; name="file"; filename="picture.bin"\r\nContent-Type: application/octet-stream\r\n\r\n' + file + b"\r\n--bound--\r\n")
    return b"".join(parts), {"Content-Type": "multipart/form-data; boundary=bound"}


@pytest.fixture
def php(house, of):
    need("php-cgi")
    return of("cgi", "php-cgi -d upload_max_filesize=16M -d post_max_size=32M -d upload_tmp_dir=" + house.folder, SCRIPT_FILENAME=house.write("upload.php", PHP), REDIRECT_STATUS="200")


@pytest.fixture
def perl(house, of):
    need("perl")
    if subprocess.run(["perl", "-MCGI", "-e1"], capture_output=True).returncode:
        pytest.skip("libcgi-pm-perl is not installed")
    return of("cgi", "perl " + house.write("page.pl", PERL), SCRIPT_NAME="/function/page")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [1000, 5 << 20])
def test_php_upload(php, chunked, size):
    """A form with a file, with a length or in chunks: PHP finds both, byte for byte."""
    file = os.urandom(size)
    body, fields = form({b"title": b"A picture"}, file)
    answer = php.post("/put/it?x=1&y%5B%5D=2", body, dict(fields, Cookie="mine=cookie"), chunked=chunked)
    assert (answer.status, answer["Content-Type"], answer.all("Set-Cookie")) == (200, "application/json", ["seen=yes", "also=1"])
    assert json.loads(answer.text) == {"method": "POST", "path": "/put/it", "get": {"x": "1", "y": ["2"]}, "post": {"title": "A picture"}, "cookie": "cookie",
                                       "name": "picture.bin", "size": size, "sha": hashlib.sha1(file).hexdigest(), "raw": 0}


def test_php_upload_by_curl(php, house):
    """The same by curl, which asks before it sends (Expect: 100-continue)."""
    need("curl")
    file = os.urandom(2 << 20)
    path = house.write("file", file)
    url = "http://127.0.0.1:%d/" % php.port
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", "-F", "title=x", "-F", "file=@" + path, "-H", "Expect: 100-continue", url], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["sha"] == hashlib.sha1(file).hexdigest(), done.stderr


def test_php_without_a_body(php):
    """GET: no body, no type; the query arrives."""
    answer = json.loads(php.get("/?a=b").text)
    assert (answer["method"], answer["get"], answer["post"], answer["raw"]) == ("GET", {"a": "b"}, [], 0)


def test_php_raw_body(php):
    """A body of another type is php://input."""
    assert json.loads(php.call("PUT", "/", {"Content-Type": "application/json"}, b"[1,2,3]", chunked=True).text)["raw"] == 7


def test_php_statuses_and_redirects(php):
    """Status and Location of PHP; an error that PHP has told of is a whole answer, though php-cgi exits with 1."""
    answer = php.get("/fail")
    assert (answer.status, answer["X-Why"]) == (503, "asked")
    answer = php.get("/go")
    assert (answer.status, answer["Location"]) == (302, "https://example.com/there")


def test_perl_page(perl):
    """CGI.pm finds its parameters, path, and the name under which callers know it."""
    answer = perl.post("/some/where", b"name=A+name", {"Content-Type": "application/x-www-form-urlencoded", "Host": "fn.example"})
    assert (answer.status, answer.reason, answer["X-Own"]) == (201, "Made", "yes")
    assert [cookie.split(";")[0] for cookie in answer.all("Set-Cookie")] == ["a=1", "b=2"]
    assert answer.text == "POST|/some/where|http://fn.example/function/page|127.0.0.1|HTTP/1.1|A name|\n"


def test_perl_upload(perl):
    """An upload in chunks through CGI.pm."""
    file = bytes(range(256)) * 8000
    body, fields = form({b"name": b"n"}, file)
    answer = perl.post("/", body, fields, chunked=True)
    assert answer.text.splitlines()[1] == "%d %d" % (len(file), sum(file))


def test_perl_redirects(perl):
    """A redirect for the caller, and a local one that the watchdog follows itself."""
    answer = perl.get("/go")
    assert (answer.status, answer["Location"]) == (303, "https://example.com/there")
    answer = perl.post("/here", b"name=lost", {"Content-Type": "application/x-www-form-urlencoded", "Host": "fn.example"})
    assert answer.status == 201 and answer.text.startswith("GET|/there|") and answer.text.endswith("||here\n")
