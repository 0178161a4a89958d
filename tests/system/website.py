"""A small real site, made from nothing: pages, styles, scripts, images, a font and a video that can be sought in."""
import base64
import gzip
import os
import shutil
import struct
import zlib

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"  # Debian's fonts-dejavu-core
FILM_SECONDS = 60

# One red key frame of VP8, 32 by 32.
_FRAME = base64.b64decode("EAMAnQEqIAAgAABHCIWFiIWEiAICAnWqA/gD+gIIWQy9AP79bvP/45k3MMT/jm3/8WE8DijI//FRAA==")


def _element(identity, *content):
    payload = b"".join(content)
    return bytes.fromhex(identity) + struct.pack(">Q", 1 << 56 | len(payload)) + payload


def _number(identity, value):
    return _element(identity, struct.pack(">Q", value))


def film(padding=1 << 19):
    """WebM: a frame a second, and so many bytes of nothing after each that no player holds all of it."""
    header = _element("1A45DFA3", _number("4286", 1), _number("42F7", 1), _number("42F2", 4), _number("42F3", 8), _element("4282", b"webm"),
                      _number("4287", 2), _number("4285", 2))
    info = _element("1549A966", _number("2AD7B1", 1000000), _element("4489", struct.pack(">d", FILM_SECONDS * 1000.0)), _element("4D80", b"test"),
                    _element("5741", b"test"))
    tracks = _element("1654AE6B", _element("AE", _number("D7", 1), _number("73C5", 1), _number("83", 1), _element("86", b"V_VP8"),
                                           _element("E0", _number("B0", 32), _number("BA", 32))))
    void = _element("EC", bytes(padding))
    clusters = [_element("1F43B675", _number("E7", second * 1000), _element("A3", b"\x81\0\0\x80" + _FRAME)) + void for second in range(FILM_SECONDS)]

    def front(cues_at, first_cluster):
        places, at = [], first_cluster
        for second, cluster in enumerate(clusters):
            places.append(_element("BB", _number("B3", second * 1000), _element("B7", _number("F7", 1), _number("F1", at))))
            at += len(cluster)
        seek = _element("114D9B74", _element("4DBB", _element("53AB", bytes.fromhex("1C53BB6B")), _number("53AC", cues_at)))
        return seek + info + tracks, _element("1C53BB6B", *places)

    before, cues = front(0, 0)  # for their lengths, which do not depend on the positions
    before, cues = front(len(before), len(before) + len(cues))
    return header + _element("18538067", before, cues, *clusters)


def picture(width=40, height=30):
    """A PNG in one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\x20\x80\xc0" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>%(title)s</title>
<link rel="icon" href="/images/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style/main.css">
<script type="module" src="/script/app.js"></script>
</head>
<body>
<h1>%(title)s</h1>
%(body)s
</body>
</html>
"""
_HOME = """<nav><a id="to-film" href="film">The film</a></nav>
<img id="photo" src="images/photo%20one.png" alt="">
<img id="drawing" src="images/icon.svg" alt="">
<p id="said"></p>"""
_FILM = """<video id="film" src="red.webm" preload="metadata" muted></video>
<p id="said"></p>"""
_CSS = """@font-face { font-family: "Site"; src: url("../fonts/site.ttf") format("truetype"); }
h1 { font-family: "Site", sans-serif; color: rgb(1, 2, 3); background: url("../images/photo%20one.png"); }
"""
_APP = """import { greeting } from "./words.mjs";
const facts = await (await fetch("/data/facts.json")).json();
await document.fonts.load('20px "Site"').catch(() => {});
document.getElementById("said").textContent = greeting + " " + facts.name;
"""
_ICON = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16" fill="teal"/></svg>'


def build(folder):
    """Writes the site. Its script also stands there compressed. False where this machine has no font for it."""
    texts = {
        "index.html": _PAGE % {"title": "Home", "body": _HOME},
        "film/index.html": _PAGE % {"title": "Film", "body": _FILM},
        "style/main.css": _CSS,
        "script/app.js": _APP,
        "script/words.mjs": 'export const greeting = "hello from";\n',
        "data/facts.json": '{"name": "the site"}\n',
        "images/icon.svg": _ICON,
    }
    files = {name: text.encode() for name, text in texts.items()}
    files["script/app.js.gz"] = gzip.compress(files["script/app.js"])
    files["images/photo one.png"] = picture()
    files["film/red.webm"] = film()
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    if not os.path.exists(FONT):
        return False
    os.makedirs(os.path.join(folder, "fonts"))
    shutil.copy(FONT, os.path.join(folder, "fonts", "site.ttf"))
    return True
