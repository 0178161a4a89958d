"""The templates, and what the tests have to know of each."""
import typing

# What an entry program must take. The last one is registered, but no method that programs are tried with.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND")


class Row(typing.NamedTuple):
    """`install` and `needs` make the laid-out folder a function on this machine, as the RUN lines of the Dockerfile do in an image."""
    name: str
    style: str  # "http": a server behind the http mode; "stdin": a program for each call; "static": files
    needs: tuple = ()  # programs that must be on PATH
    install: tuple = ()  # shell commands, run in the laid-out folder
    settings: dict = {}  # variables that differ from the Dockerfile's
    methods: tuple = METHODS
    program: typing.Optional[str] = None  # in the laid-out folder: the function is its own watchdog, linked with the library
    dockerfile: str = "Dockerfile"  # inside the template
    # What stands in for the bases when the image is built: for each build argument Debian's packages of the language, or `node` for
    # npm's own Node 22. None: Debian has nothing that can.
    stand_ins: typing.Optional[dict] = None


ROWS = [
    Row("dockerfile", "stdin", dockerfile="function/Dockerfile", settings={"fprocess": "sh handler.sh"}, stand_ins={"BASE_IMAGE": ()}),
    Row("bash-streaming", "stdin", needs=("bash",), stand_ins={"BASE_IMAGE": ()}),
    Row("python3", "stdin", needs=("python3",), install=("touch function/__init__.py",),
        stand_ins={"BASE_IMAGE": ("python3", "python3-pip")}),
    Row("python3-http", "http", needs=("python3",), install=("touch function/__init__.py",),
        stand_ins={"BASE_IMAGE": ("python3", "python3-pip")}),
    Row("node22", "http", needs=("node", "npm"), stand_ins={"BASE_IMAGE": ("node",)}),
    Row("cpp-http", "http", needs=("g++", "make", "pkg-config"), install=("make handler",), program="handler", stand_ins={"BASE_IMAGE": ()}),
    Row("static-site", "static", install=("ln -s function/public public",), stand_ins={"BASE_IMAGE": ()}),
    Row("golang-middleware", "http", needs=("go",), install=("go work init . ./function", "go test .", "go build -o handler ."),
        stand_ins={"BUILD_IMAGE": ("golang-go",), "BASE_IMAGE": ()}),
    Row("java17", "http", needs=("javac",), install=("sh ./compile.sh",),
        stand_ins={"BASE_IMAGE": ("libmaven-dependency-plugin-java",)}),
    Row("php8", "stdin", needs=("php", "composer"), install=("cd function && composer install --no-dev",),
        stand_ins={"COMPOSER_IMAGE": ("composer",), "BASE_IMAGE": ("php-cli", "composer")}),
    Row("ruby-http", "http", needs=("ruby", "puma"), stand_ins={"BASE_IMAGE": ("bundler", "puma", "ruby", "ruby-minitest", "ruby-rack")}),
    Row("perl", "stdin", needs=("perl", "prove"), stand_ins={"BASE_IMAGE": ()}),
    Row("cpp", "stdin", needs=("g++", "make"), install=("make handler",), stand_ins={"BASE_IMAGE": ()}),
]
