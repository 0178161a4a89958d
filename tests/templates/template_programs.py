"""php8, perl and cpp: what the function prints, and how it may end."""
import pytest

from laid_out import networked


@pytest.mark.templates("php8")
@networked
def test_php_prints(start, row):
    """What was printed comes before what is returned; warnings are for the log."""
    watchdog = start()
    assert watchdog.get("/prints").text == "printed returned"
    watchdog.await_log("a warning")
    assert (watchdog.get("/exits").status, watchdog.get("/exits").text) == (200, "printed")


@pytest.mark.templates("php8")
@networked
def test_php_cannot_go_on(start, row):
    """An error that ends PHP itself is a 500, whatever was printed before."""
    watchdog = start()
    answer = watchdog.get("/exhausts")
    assert answer.status == 500 and "printed" not in answer.text
    watchdog.await_log("Allowed memory size")


@pytest.mark.templates("perl")
@networked
def test_perl_prints(start, row):
    """Only what is returned is the answer; a `die` that is caught stays as it was; characters are sent as UTF-8."""
    watchdog = start()
    assert watchdog.get("/prints").text == "returned after caught\n"
    watchdog.await_log("printed")
    assert watchdog.get("/characters").body.decode() == "gr\u00fc\u00dfe \u20ac"


@pytest.mark.templates("cpp")
@networked
def test_cpp_prints(start, row):
    """Only what is returned is the answer; anything may be thrown."""
    watchdog = start()
    assert watchdog.get("/prints").text == "returned"
    watchdog.await_log("printed")
    assert watchdog.get("/throws-a-number").status == 500
    watchdog.await_log("no std::exception")
