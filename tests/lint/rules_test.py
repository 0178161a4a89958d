"""Each rule on samples that break it and on samples that keep it."""
import unittest

import rules


def in_file(rule, path, text, **others):
    return [line for found, line, _ in rule({path: text, **others}) if found == path]


def body(statement):
    return "Task<void> f() {\n  " + statement + "\n}\n"


class Arrows(unittest.TestCase):
    def test_upward_and_sideways(self):
        for path, name in (("lib/async/loop.hpp", "http/date.hpp"), ("lib/http/client.cpp", "process/spawn.hpp"),
                           ("lib/http/client.cpp", "modes/x.hpp"), ("lib/process/child.cpp", "http/message.hpp"),
                           ("lib/modes/x.cpp", "middleware/jwt.hpp"), ("lib/http/x.cpp", "crypto/tls_stream.hpp"), ("lib/middleware/jwt.cpp", "modes/x.hpp"),
                           ("lib/modes/x.cpp", "service/worker.hpp"), ("lib/config/x.cpp", "log/logger.hpp"),
                           ("lib/log/logger.cpp", "async/loop.hpp"), ("lib/result.hpp", "log/logger.hpp"),
                           ("lib/http/x.hpp", "fwatchdog.hpp"), ("lib/http/x.cpp", "x.hpp"), ("lib/utils/x.cpp", "result.hpp")):
            self.assertTrue(in_file(rules.arrows, path, f'#include "{name}"\n'), f"{path} includes {name}")

    def test_downward(self):
        for path, name in (("lib/service/worker.cpp", "modes/x.hpp"), ("lib/modes/x.cpp", "http/handler.hpp"),
                           ("lib/middleware/x.cpp", "config/settings.hpp"), ("lib/async/loop.cpp", "log/logger.hpp"),
                           ("lib/config/x.cpp", "result.hpp"), ("lib/fwatchdog.hpp", "http/handler.hpp"),
                           ("lib/modes/in_process.cpp", "fwatchdog.hpp"), ("lib/process/x.cpp", "process/words.hpp")):
            self.assertEqual(in_file(rules.arrows, path, f'#include <vector>\n#include "{name}"\n'), [], f"{path} includes {name}")


class Libraries(unittest.TestCase):
    def test_libuv(self):
        self.assertEqual(in_file(rules.libuv_stays_in_async, "lib/http/x.cpp", "\n#include <uv.h>\n"), [2])
        self.assertEqual(in_file(rules.libuv_stays_in_async, "watchdog/main.cpp", '#include "uv.h"\n'), [1])
        self.assertEqual(in_file(rules.libuv_stays_in_async, "lib/async/x.cpp", "#include <uv.h>\n"), [])

    def test_llhttp(self):
        self.assertEqual(in_file(rules.llhttp_stays_in_http, "lib/modes/x.cpp", "#include <llhttp.h>\n"), [1])
        self.assertEqual(in_file(rules.llhttp_stays_in_http, "lib/http/x.cpp", "#include <llhttp.h>\n"), [])

    def test_mbedtls(self):
        self.assertEqual(in_file(rules.mbedtls_stays_in_crypto, "lib/middleware/x.cpp", "#include <mbedtls/pk.h>\n"), [1])
        self.assertEqual(in_file(rules.mbedtls_stays_in_crypto, "lib/crypto/x.cpp", "#include <mbedtls/pk.h>\n"), [])

    def test_zlib(self):
        self.assertEqual(in_file(rules.zlib_stays_in_gzip, "lib/http/x.cpp", "#include <zlib.h>\n"), [1])
        self.assertEqual(in_file(rules.zlib_stays_in_gzip, "lib/http/gzip.cpp", "#include <zlib.h>\n"), [])

    def test_jansson(self):
        self.assertEqual(in_file(rules.jansson_stays_in_json, "lib/middleware/jwt.cpp", "#include <jansson.h>\n"), [1])
        self.assertEqual(in_file(rules.jansson_stays_in_json, "lib/middleware/json.cpp", "#include <jansson.h>\n"), [])


class Files(unittest.TestCase):
    def test_own_header_first(self):
        late = '#include <vector>\n\n#include "http/date.hpp"\n'
        self.assertEqual(in_file(rules.own_header_first, "lib/http/date.cpp", late, **{"lib/http/date.hpp": ""}), [1])
        first = '#include "http/date.hpp"\n\n#include <vector>\n'
        self.assertEqual(in_file(rules.own_header_first, "lib/http/date.cpp", first, **{"lib/http/date.hpp": ""}), [])

    def test_short_files(self):
        self.assertEqual(in_file(rules.short_files, "lib/x.cpp", "\n" * 401), [401])
        self.assertEqual(in_file(rules.short_files, "tests/system/x_y.py", "\n" * 401), [401])
        self.assertEqual(in_file(rules.short_files, "lib/x.cpp", "\n" * 400), [])

    def test_built(self):
        named = {"lib/meson.build": "# the library's sources\nfiles(\n  'http/date.cpp',\n)", "tests/unit/meson.build": ""}
        self.assertEqual(in_file(rules.built, "lib/http/date.cpp", "", **named), [])
        self.assertEqual(in_file(rules.built, "lib/http/data.cpp", "", **named), [1])
        self.assertEqual(in_file(rules.built, "tests/unit/http/date_test.cpp", "", **named), [1])


class Awaiting(unittest.TestCase):
    def test_forms_that_break(self):
        for statement in ("co_await f({1, 2});", "auto x = co_await spawn(a, {.program = p});", "co_await f(Options{1});",
                          "co_await f(a, [x] { return x; });", "co_await f([&](int y) { g(y); });", "co_await f(std::function([] {}));",
                          "x = c ? co_await a() : b;", "x = (co_await a()) ? b : c;", "x = co_await a() ? b : c;",
                          "f(c ? g(co_await x()) : y);", "if (c ? co_await a() : b) g();", "co_return c ? co_await a() : b;",
                          "auto [a, b] = co_await f();", "const auto& [a, b] = co_await f();", "for (auto [a, b] : co_await f()) g();"):
            self.assertEqual(in_file(rules.awaiting, "lib/x.cpp", body(statement)), [2], statement)

    def test_forms_that_work(self):
        for statement in ("co_await f(options);", "co_await f(std::move(options), std::string());", "x = co_await f(a[1], b[i]);",
                          "if (auto r = co_await f(a); !r.ok()) co_return c ? a : b;", "if (co_await f(x)) { g({1}); }",
                          "while (co_await next()) x = a ? b : c;", "if (a ? b : c) co_await f();", "// co_await f({1});\n",
                          'log("co_await f({1})");', "co_await g(c ? 1 : 2);", "y = a ? b : c; co_await f();",
                          "(void)co_await f(a); auto h = [&] { return 1; };", "if (a) { co_await f(); } else { g(Options{1}); }",
                          "co_await f({1});  // lint: allowed, shows the form", "[[maybe_unused]] auto r = co_await f();"):
            self.assertEqual(in_file(rules.awaiting, "lib/x.cpp", body(statement)), [], statement)

    def test_coroutine_lambdas(self):
        capturing = "auto f = [this](int x) -> Task<void> { co_return; };\n"
        self.assertEqual(in_file(rules.coroutine_lambdas, "lib/x.cpp", capturing), [1])
        self.assertEqual(in_file(rules.coroutine_lambdas, "lib/x.cpp", capturing.replace("this", "")), [])


class Words(unittest.TestCase):
    def test_finished(self):
        for word in ("TO" "DO", "fix" "me", "place" "holder"):
            self.assertEqual(in_file(rules.finished, "lib/x.cpp", f"// {word}: later\n"), [1], word)
        self.assertEqual(in_file(rules.finished, "lib/x.cpp", "// stubborn, and done\n"), [])

    def test_no_machine(self):
        for text in ("cd /ho" "me/me/src", "see /ro" "ot/x", "http:/" "/deb.debi" "an.org/debian"):
            self.assertEqual(in_file(rules.no_machine, "README.md", text), [1], text)
        self.assertEqual(in_file(rules.no_machine, "README.md", "WORKDIR /home/app and https://www.rfc-editor.org/rfc/rfc9110"), [])


if __name__ == "__main__":
    unittest.main()
