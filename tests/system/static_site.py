"""of-watchdog, static mode: a real browser loads a real site, and has nothing to complain about."""
import os

import pytest

import browser
import website


@pytest.fixture
def chromium(house):
    if not browser.program():
        pytest.skip("chromium is not installed")
    folder = house.path("profile")
    os.mkdir(folder)
    started = browser.Browser(folder)
    yield started
    started.end()


def serve_site(house, of):
    root = house.path("public")
    has_font = website.build(root)
    return of("static", None, static_path=root), has_font


def answers_for(chromium, ending):
    return [(status, fields) for url, status, fields in chromium.answers if url.endswith(ending)]


def test_a_site_loads_with_all_its_parts(house, of, chromium):
    watchdog, has_font = serve_site(house, of)
    chromium.open("http://127.0.0.1:%d/" % watchdog.port)
    chromium.await_value("document.getElementById('said').textContent", "hello from the site")
    assert chromium.value("document.getElementById('photo').naturalWidth") == 40
    assert chromium.value("document.getElementById('drawing').naturalWidth") == 16
    assert chromium.value("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    [(status, fields)] = answers_for(chromium, "/script/app.js")
    assert (status, fields["content-encoding"], fields["vary"]) == (200, "gzip", "Accept-Encoding")
    if not has_font:
        pytest.skip("all but the font was checked: there is none at " + website.FONT)
    assert chromium.value("document.fonts.check('20px \"Site\"')") is True
    assert [status for status, _ in answers_for(chromium, "/fonts/site.ttf")] == [200]
    assert not chromium.complaints


def test_a_page_that_is_loaded_again_is_not_sent_again(house, of, chromium):
    watchdog, _ = serve_site(house, of)
    chromium.open("http://127.0.0.1:%d/" % watchdog.port)
    chromium.await_value("document.getElementById('said').textContent", "hello from the site")
    chromium.call("Page.reload")
    watchdog.await_log(r"^GET / - 304 ")
    chromium.await_value("document.getElementById('said').textContent", "hello from the site")


def test_a_film_is_sought_in_by_ranges(house, of, chromium):
    watchdog, has_font = serve_site(house, of)
    chromium.open("http://127.0.0.1:%d/" % watchdog.port)
    chromium.value("document.getElementById('to-film').click()")
    chromium.await_value("location.pathname", "/film/")  # by way of the redirect
    chromium.await_value("document.getElementById('film')?.readyState >= 1", True)
    assert chromium.value("document.getElementById('film').duration") == website.FILM_SECONDS
    assert chromium.value("document.getElementById('film').videoWidth") == 32
    for second in (50, 10, website.FILM_SECONDS - 1):
        seek = "new Promise((done) => { const film = document.getElementById('film');" \
               " film.addEventListener('seeked', () => done(film.currentTime), { once: true }); film.currentTime = %d; })" % second
        assert chromium.value(seek) == second
    assert chromium.value("document.getElementById('film').error") is None
    partial = [fields["content-range"] for status, fields in answers_for(chromium, "/film/red.webm") if status == 206]
    assert len(partial) >= 2 and any(not place.startswith("bytes 0-") for place in partial), partial
    # Chromium gives up most of the transfers that it began, some before their answer: how many is its own affair.
    watchdog.await_log(r"^GET /film/red\.webm - 206 ", count=2)
    if has_font:
        assert not chromium.complaints
