"""The fixture `house`, for every folder of tests that starts watchdogs."""
import pytest

import watchdog as harness


@pytest.fixture
def house():
    """The test's folder and tools; at the end it looks at how everything has ended."""
    house = harness.House()
    yield house
    wrong = house.end()
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
