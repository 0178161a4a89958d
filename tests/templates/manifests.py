"""Dependencies of functions, as a user declares them: a package `greeting` with a function that says hello, served over HTTP."""
import http.server
import io
import json
import tarfile
import threading
import zipfile


class PackageServer:
    """Serves files from memory at 127.0.0.1."""

    def __init__(self):
        files = self.files = {}

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                content = files.get(self.path)
                self.send_response(200 if content else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, name, content):
        """Returns the file's URL."""
        self.files["/" + name] = content
        return "http://127.0.0.1:%d/%s" % (self.server.server_port, name)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def python(function, server):
    """A wheel, named in requirements.txt."""
    information = "greeting-1.0.dist-info/"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        wheel.writestr("greeting.py", "def hello():\n    return 'hello from a package'\n")
        wheel.writestr(information + "METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        wheel.writestr(information + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(information + "RECORD", "")
    url = server.add("greeting-1.0-py3-none-any.whl", content.getvalue())
    (function / "requirements.txt").write_text("greeting @ %s\n" % url)


def node(function, server):
    """A package of npm, named in package.json."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as package:
        for name, text in (("package.json", json.dumps({"name": "greeting", "version": "1.0.0", "main": "index.js"})),
                           ("index.js", "exports.hello = () => 'hello from a package';\n")):
            member = tarfile.TarInfo("package/" + name)
            member.size = len(text)
            package.addfile(member, io.BytesIO(text.encode()))
    url = server.add("greeting-1.0.0.tgz", content.getvalue())
    (function / "package.json").write_text(json.dumps({"name": "fn", "version": "1.0.0", "dependencies": {"greeting": url}}))


MANIFESTS = {"python3": python, "python3-http": python, "node22": node}
