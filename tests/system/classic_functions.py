"""Real functions, as people deploy them."""
import hashlib
import json

import pytest

from functions import need


def test_cat(classic):
    """The first function of every introduction."""
    assert classic("cat").post("/", "héllo\n".encode()).text == "héllo\n"


def test_env(classic):
    """Its environment, as text."""
    answer = classic("env").post("/?a=b", b"")
    assert "Http_Query=a=b" in answer.text.splitlines()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("program", ["md5sum", "sha256sum", "sha512sum"])
def test_checksums(classic, program):
    """A program that reads all before it writes."""
    need(program)
    assert classic(program).post("/", b"abc").text == "%s  -\n" % hashlib.new(program[:-3], b"abc").hexdigest()


PIPELINE = 'cat | rev | tr "[:lower:]" "[:upper:]"'


def test_shell_pipeline(classic, house):
    """A script of three programs."""
    need("rev", "tr")
    assert classic(house.sh(PIPELINE)).post("/", b"hello world\n").text == "DLROW OLLEH\n"


def test_shell_pipeline_in_fprocess(classic):
    """The same in fprocess itself, with a shell's quotes."""
    need("rev", "tr")
    assert classic("sh -c '%s'" % PIPELINE).post("/", b"abc\n").text == "CBA\n"


PYTHON = """
import json
request = json.load(sys.stdin)
if request.get("fail"):
    raise ValueError("told to fail")
json.dump({"sum": sum(request["numbers"]), "path": os.environ["Http_Path"]}, sys.stdout)
"""


def test_python_handler(classic, house):
    """JSON in, JSON out."""
    answer = classic(house.python(PYTHON), content_type="application/json").post("/add", b'{"numbers": [1, 2, 3.5]}')
    assert json.loads(answer.text) == {"sum": 6.5, "path": "/add"}
    assert answer["Content-Type"] == "application/json"


def test_python_traceback(classic, house):
    """An exception is a 500 with its traceback, and the next call works."""
    server = classic(house.python(PYTHON))
    answer = server.post("/", b'{"fail": true}')
    assert answer.status == 500
    assert answer.text.startswith("exit status 1\nTraceback") and "ValueError: told to fail" in answer.text
    assert server.post("/", b'{"numbers": []}').status == 200


NODE = """
let text = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", piece => text += piece);
process.stdin.on("end", () => {
  const request = JSON.parse(text);
  console.log(JSON.stringify({hello: request.name, method: process.env.Http_Method, length: text.length}));
});
"""


def test_node_handler(classic, house):
    """A Node function that reads its stdin by events."""
    need("node")
    server = classic("node " + house.write("handler.js", NODE))
    for name in ("first", "x" * 300000):
        answer = server.post("/", json.dumps({"name": name}))
        assert json.loads(answer.text) == {"hello": name, "method": "POST", "length": len(name) + 12}


def test_node_that_throws(classic, house):
    """An uncaught error is a 500."""
    need("node")
    answer = classic("node " + house.write("handler.js", NODE)).post("/", b"no json")
    assert answer.status == 500 and answer.text.startswith("exit status 1\n") and "SyntaxError" in answer.text


def test_awk(classic):
    """An awk program in fprocess."""
    need("awk")
    assert classic("awk '{ total += $2 } END { print NR, total }'").post("/", b"a 1\nb 2\nc 3.5\n").text == "3 6.5\n"


def test_jq(classic):
    """A filter with quotes, pipes and blanks."""
    need("jq")
    server = classic("""jq -c '.items | map({name: .n, "twice as much": (.v * 2)})'""", content_type="application/json")
    answer = server.post("/", b'{"items":[{"n":"a","v":1},{"n":"b","v":2}]}')
    assert json.loads(answer.text) == [{"name": "a", "twice as much": 2}, {"name": "b", "twice as much": 4}]


def test_jq_refuses(classic):
    """What is no JSON is jq's own error and status."""
    need("jq")
    answer = classic("jq .").post("/", b"{nonsense")
    assert answer.status == 500 and answer.text.startswith("exit status ") and "parse error" in answer.text


def test_sort(classic):
    """A program that holds its whole input."""
    need("sort")
    numbers = list(range(50000))
    text = classic("sort -n").post("/", "".join("%d\n" % number for number in reversed(numbers))).text
    assert [int(line) for line in text.split()] == numbers


def test_head(classic):
    """A program that stops reading."""
    assert classic("head -n 1").post("/", b"one\n" + b"more\n" * 400000).text == "one\n"


def test_base64_and_back(classic):
    """Binary in, text out, and back."""
    data = bytes(range(256)) * 100
    text = classic("base64 -w0").post("/", data).body
    assert classic("base64 -d").post("/", text).body == data
