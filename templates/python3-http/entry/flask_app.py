"""Handlers may return Flask's responses, and use what Flask offers during a request, where the function's requirements install Flask."""
import urllib.parse

from entry.results import answer_of
from entry.server import Answer


def create():
    """None where there is no Flask."""
    try:
        import flask
        from werkzeug.wrappers import Response
    except ImportError:
        return None
    return FlaskApp(flask.Flask("function"), Response)


class FlaskApp:
    def __init__(self, app, response_type):
        self.app, self.response_type = app, response_type

    def call(self, request, handle):
        """Runs the handler inside of Flask's context for this request; returns the answer."""
        path, _, query = request.target.partition("?")
        target = {"PATH_INFO": urllib.parse.unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query}
        fields = [field for field in request.fields if field[0].lower() != "transfer-encoding"]  # the body is here already
        with self.app.test_request_context("/", method=request.method, headers=fields, data=request.body, environ_overrides=target):
            result = handle()
            body = result[0] if isinstance(result, tuple) and result else result
            if isinstance(body, self.response_type):
                return answer_of_response(self.app.make_response(result))
            return answer_of(result)


def answer_of_response(response):
    body = response.iter_encoded() if response.is_streamed else response.get_data()
    return Answer(response.status_code, list(response.headers.items()), body)
