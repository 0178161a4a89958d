"""Dependencies of functions, as a user declares them: a package `greeting` with a function that says hello, served over HTTP.

Each function writes the files of one template; it may return build arguments."""
import gzip
import hashlib
import http.server
import io
import json
import re
import subprocess
import tarfile
import tempfile
import threading
import zipfile

from functions import need


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


def golang(function, server):
    """A module in a folder of its own, named in go.mod: a build has no proxy for modules here."""
    (function / "greeting").mkdir()
    (function / "greeting" / "go.mod").write_text("module example.org/greeting\n\ngo 1.18\n")
    (function / "greeting" / "greeting.go").write_text("package greeting\n\nfunc Hello() string { return \"hello from a package\" }\n")
    (function / "go.mod").write_text("""module handler/function

go 1.18

require example.org/greeting v1.0.0

replace example.org/greeting => ./greeting
""")
    (function / "greets.go").write_text("""package function

import "example.org/greeting"

func init() { greets = greeting.Hello }
""")


def java(function, server):
    """A jar of a repository of Maven, named in pom.xml; Maven's own plug-in comes from Debian."""
    need("javac", "apt-cache")
    command = ["apt-cache", "show", "--no-all-versions", "libmaven-dependency-plugin-java"]
    plugin = subprocess.run(command, check=True, timeout=60, stdout=subprocess.PIPE, text=True)
    version = re.search(r"^Version: ([\d.]+)", plugin.stdout, re.M).group(1)
    content = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/Greeting.java", "w") as source:
            source.write("package greeting; public class Greeting { public static String hello() { return \"hello from a package\"; } }")
        subprocess.run(["javac", "--release", "17", "-d", folder, folder + "/Greeting.java"], check=True, timeout=120)
        with zipfile.ZipFile(content, "w") as jar:
            jar.write(folder + "/greeting/Greeting.class", "greeting/Greeting.class")
    project = "<project><modelVersion>4.0.0</modelVersion>%s%s</project>"
    name = "<groupId>example</groupId><artifactId>%s</artifactId><version>1.0</version>"
    server.add("example/greeting/1.0/greeting-1.0.pom", (project % (name % "greeting", "")).encode())
    url = server.add("example/greeting/1.0/greeting-1.0.jar", content.getvalue())
    (function / "pom.xml").write_text(project % (name % "fn", """
<dependencies><dependency>%s</dependency></dependencies>
<repositories><repository><id>test</id><url>%s</url></repository></repositories>
<build><pluginManagement><plugins><plugin>
<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>%s</version>
</plugin></plugins></pluginManagement></build>
""" % (name % "greeting", url.partition("/example/")[0], version)))
    return {"MAVEN_OPTS": "-Dmaven.repo.local=/usr/share/maven-repo"}


def php(function, server):
    """A package of Composer, named in composer.json."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("greeting.php", "<?php function hello() { return 'hello from a package'; }\n")
    package = {"name": "example/greeting", "version": "1.0.0", "autoload": {"files": ["greeting.php"]},
               "dist": {"type": "zip", "url": server.add("greeting.zip", content.getvalue())}}
    (function / "composer.json").write_text(json.dumps({
        "require": {"example/greeting": "1.0.0"}, "autoload": {"psr-4": {"App\\": "src/"}}, "config": {"secure-http": False},
        "repositories": [{"type": "package", "package": package}, {"packagist.org": False}]}))


def ruby(function, server):
    """A gem, named in the Gemfile, from a server of gems (https://guides.rubygems.org/rubygems-org-compact-index-api/)."""
    need("gem")
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/greeting.rb", "w") as source:
            source.write("def hello = 'hello from a package'\n")
        with open(folder + "/greeting.gemspec", "w") as described:
            described.write("Gem::Specification.new('greeting', '1.0.0') { |gem| gem.summary = 'greets'; gem.authors = ['any']; "
                            "gem.files = ['greeting.rb']; gem.require_paths = ['.'] }\n")
        subprocess.run(["gem", "build", "--quiet", "greeting.gemspec"], cwd=folder, check=True, timeout=120, stderr=subprocess.DEVNULL)
        with open(folder + "/greeting-1.0.0.gem", "rb") as built:
            gem = built.read()
    facts = ("---\n1.0.0 |checksum:%s\n" % hashlib.sha256(gem).hexdigest()).encode()
    server.add("info/greeting", facts)
    server.add("versions", b"created_at: 2026-01-01T00:00:00Z\n---\ngreeting 1.0.0 %s\n" % hashlib.md5(facts).hexdigest().encode())
    url = server.add("gems/greeting-1.0.0.gem", gem)
    (function / "Gemfile").write_text("source %s\n\ngem \"greeting\"\n" % json.dumps(url.replace("/gems/greeting-1.0.0.gem", "")))


def perl(function, server):
    """A distribution of a mirror of CPAN, named in the cpanfile."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as package:
        for name, text in (("Makefile.PL", "use ExtUtils::MakeMaker; WriteMakefile(NAME => 'Greeting', VERSION => '1.0');\n"),
                           ("lib/Greeting.pm", "package Greeting;\nour $VERSION = '1.0';\nsub hello { 'hello from a package' } 1;\n")):
            member = tarfile.TarInfo("Greeting-1.0/" + name)
            member.size = len(text)
            package.addfile(member, io.BytesIO(text.encode()))
    url = server.add("authors/id/A/AN/ANY/Greeting-1.0.tar.gz", content.getvalue())
    server.add("modules/02packages.details.txt.gz", gzip.compress(b"File: 02packages.details.txt\n\nGreeting 1.0 A/AN/ANY/Greeting-1.0.tar.gz\n"))
    (function / "cpanfile").write_text("requires 'Greeting', '1.0';\n")
    return {"PERL_CPANM_OPT": "--mirror %s --mirror-only" % url.partition("/authors/")[0]}


def cpp(function, server):
    """A library of Debian, named in packages.txt, and its flag in config.mk."""
    (function / "packages.txt").write_text("# compresses\nzlib1g-dev\n")
    (function / "config.mk").write_text("LDLIBS += -lz\n")
    (function / "greets.cpp").write_text("""\
#include <string>
#include <zlib.h>

std::string greets() { return zlibVersion() != nullptr ? "hello from a package" : ""; }
""")


MANIFESTS = {"python3": python, "python3-http": python, "node22": node, "golang-middleware": golang, "java17": java, "php8": php,
             "ruby-http": ruby, "perl": perl, "cpp": cpp, "cpp-http": cpp}
