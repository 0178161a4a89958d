"""A call of the handler: the event it is given, and what becomes of its result or of its error."""
import os
import sys
import traceback
import urllib.parse

from entry import flask_app
from entry.results import answer_of
from entry.server import Answer

FAILED = Answer(500, [("Content-Type", "application/json")], b'{"error":"the function failed"}\n')


class Calls:
    """`handle(event, context)` as a function from a request to an answer."""

    def __init__(self, handle):
        self.handle = handle
        self.flask = flask_app.create()

    def __call__(self, request):
        try:
            event, context = Event(request), Context()
            if self.flask:
                return self.flask.call(request, lambda: self.handle(event, context))
            return answer_of(self.handle(event, context))
        except Exception:
            # Why it failed is for those who read the log, not for the caller.
            traceback.print_exc(file=sys.stderr)
            return FAILED


class Event:
    """`body` is bytes, `path` decoded, `query` and `headers` are mappings."""

    def __init__(self, request):
        path, _, query = request.target.partition("?")
        self.body = request.body
        self.headers = Headers(request.fields)
        self.method = request.method
        self.query = Query(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.path = urllib.parse.unquote(path)


class Context:
    def __init__(self):
        self.hostname = os.environ.get("HOSTNAME", "localhost")


class Query(dict):
    """The first value of each name; `getlist` has all of them."""

    def __init__(self, pairs):
        self._lists = {}
        for name, value in pairs:
            self._lists.setdefault(name, []).append(value)
        super().__init__((name, values[0]) for name, values in self._lists.items())

    def getlist(self, name):
        return list(self._lists.get(name, ()))

    def lists(self):
        return [(name, list(values)) for name, values in self._lists.items()]

    def to_dict(self, flat=True):
        return dict(self) if flat else dict(self.lists())

    def get(self, name, default=None, type=None):
        """`type` converts the value; where it cannot, the default is returned."""
        value = super().get(name, default)
        if type is None or name not in self:
            return value
        try:
            return type(value)
        except (ValueError, TypeError):
            return default


class Headers:
    """Values by name in any case. A name that was sent several times has its values joined; `getlist` has them one by one."""

    def __init__(self, fields):
        self._fields = [(name.title(), value) for name, value in fields]
        self._joined = {}
        for name, value in self._fields:
            separator = "; " if name == "Cookie" else ", "
            self._joined[name] = self._joined[name] + separator + value if name in self._joined else value

    def __getitem__(self, name):
        return self._joined[name.title()]

    def __contains__(self, name):
        return name.title() in self._joined

    def __iter__(self):
        return iter(self._joined.items())

    def __len__(self):
        return len(self._joined)

    def get(self, name, default=None):
        return self._joined.get(name.title(), default)

    def getlist(self, name):
        return [value for key, value in self._fields if key == name.title()]

    def keys(self):
        return self._joined.keys()

    def values(self):
        return self._joined.values()

    def items(self):
        return self._joined.items()

    def __repr__(self):
        return "Headers(%r)" % self._joined
