"""What a handler may return, as an answer: nothing, text, bytes, an iterable, a dict with `statusCode`, `body` and `headers`, or a tuple."""
import json

from entry.server import Answer

HTML = "text/html; charset=utf-8"
BINARY = "application/octet-stream"


def answer_of(result):
    """A TypeError or ValueError names what cannot be an answer."""
    if isinstance(result, dict) and result.keys() & {"statusCode", "body", "headers"}:
        body = result.get("body")
        if body is not None and not isinstance(body, (str, bytes, bytearray, memoryview, dict, list)) and not streams(body):
            body = str(body)
        return made(body, result.get("statusCode", 200), result.get("headers"), BINARY)
    if isinstance(result, tuple):
        return answer_of_tuple(*result)
    return made(result, 200, None, HTML)


def answer_of_tuple(body, status=200, headers=None):
    """(body, status), (body, status, headers) or (body, headers)."""
    if isinstance(status, (dict, list, tuple)):
        status, headers = 200, status
    return made(body, status, headers, HTML)


def made(body, status, headers, type_of_bytes):
    fields = list(fields_of(headers))
    content, content_type = content_of(body, type_of_bytes)
    if content_type and not any(name.lower() == "content-type" for name, _ in fields):
        fields.append(("Content-Type", content_type))
    return Answer(status_of(status), fields, content)


def content_of(body, type_of_bytes):
    """The bytes, or an iterable of them, and the type that they have if the handler does not say."""
    if body is None:
        return b"", None
    if isinstance(body, str):
        return body.encode("utf-8", "surrogateescape"), HTML
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body), type_of_bytes
    if isinstance(body, (dict, list)):
        return json.dumps(body).encode() + b"\n", "application/json"
    if streams(body):
        return body, HTML
    raise TypeError("the handler returned %r, which is no answer" % type(body).__name__)


def streams(body):
    """Iterators are sent piece by piece."""
    return hasattr(body, "__next__")


def status_of(status):
    """A number, or a text such as "404 Not Found"."""
    number = int(str(status).split()[0])
    if not 200 <= number <= 999:
        raise ValueError("%r is no status of an answer" % (status,))
    return number


def fields_of(headers):
    """Pairs of a dict or of a list; a list of values is a field for each of them."""
    for name, value in headers.items() if hasattr(headers, "items") else headers or ():
        for single in value if isinstance(value, (list, tuple)) else (value,):
            name, single = str(name), str(single)
            if not name or any(character in "\r\n\0" for character in name + single):
                raise ValueError("the header %r is not valid" % name)
            yield name, single
