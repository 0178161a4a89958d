// The unit tests' main function; the tests themselves are in the files beside and below this one.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
