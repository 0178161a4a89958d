"""Handlers may return Flask's responses, and use what Flask offers during a request, where the function's requirements install Flask."""
from entry.results import answer_of
from entry.server import Answer


def create():
    """An application, or None where there is no Flask."""
    try:
        import flask
    except ImportError:
        return None
    return flask.Flask("function")


def call(app, request, handle):
    """Runs the handler inside of Flask's context for this request."""
    with app.test_request_context(request.target, method=request.method, headers=request.fields, data=request.body):
        result = handle()
        parts = result if isinstance(result, tuple) else (result,)
        if parts and isinstance(parts[0], app.response_class.__mro__[1]):
            return answer_of_response(app.make_response(result))
        return answer_of(result)


def answer_of_response(response):
    body = response.iter_encoded() if response.is_streamed else response.get_data()
    return Answer(response.status_code, list(response.headers.items()), body)
