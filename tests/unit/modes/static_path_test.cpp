#include "modes/static_path.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace fwatchdog;
using namespace std::string_view_literals;

TEST_CASE("static path: the name below the root") {
  struct Row {
    std::string_view path, name, last;
  };
  StaticPath path;
  for (const Row& row :
       {Row{"/", ".", "/"}, Row{"/a", "a", "a"}, Row{"/a/", "a", "a"}, Row{"/a//b///", "a/b", "b"}, Row{"/./a/./b", "a/b", "b"},
        Row{"/a/../b", "b", "b"}, Row{"/..", ".", ".."}, Row{"/../../a/b/../c", "a/c", "c"}, Row{"/a/b/..", "a", ".."},
        Row{"/%61%2fb", "a/b", "b"}, Row{"/%2e%2e/x", "x", "x"}, Row{"/...", "...", "..."}, Row{"/a%25", "a%", "a%"},
        Row{"/\xe4\xbd\xa0", "\xe4\xbd\xa0", "\xe4\xbd\xa0"}}) {
    CAPTURE(row.path);
    REQUIRE(path.assign(row.path));
    CHECK(path.name() == row.name);
    CHECK(path.last_segment() == row.last);
  }
  CHECK(path.assign("/a/"));
  CHECK(path.ends_with_slash());
  for (const std::string_view refused : {"", "*", "a/b", "/a%00b"}) {
    CHECK_FALSE(path.assign(refused));
    CHECK(path.decoded().empty());
  }
  CHECK(name_below_root("/404.html") == "404.html");
  CHECK(name_below_root("../x/../errors//a b") == "errors/a b");
}

TEST_CASE("static path: references and HTML") {
  CHECK(relative_reference("one.txt") == "one.txt");
  CHECK(relative_reference("two & <3>.txt") == "two%20&%20%3C3%3E.txt");
  CHECK(relative_reference("a?b#c%\"'") == "a%3Fb%23c%25%22%27");
  CHECK(relative_reference("a:b/") == "./a:b/");
  CHECK(relative_reference("a/b:c") == "a/b:c");
  CHECK(relative_reference("(x)!*") == "%28x%29%21%2A");
  CHECK(relative_reference("\xe4\xbd\xa0\n\x7f") == "%E4%BD%A0%0A%7F");
  std::string html = "x";
  append_html(html, "<a href=\"'&\">");
  CHECK(html == "x&lt;a href=&#34;&#39;&amp;&#34;&gt;");
}
