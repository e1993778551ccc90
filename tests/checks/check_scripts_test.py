#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Tests of the scripts under cmake/ that check sources: what each rule finds, and what looks like it but is fine."""
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "cmake"))
sys.dont_write_bytecode = True  # leaves no __pycache__ in the source tree
sys.path.insert(0, SCRIPTS)
import check_co_await_traps  # noqa: E402
import check_layers  # noqa: E402


def run(script, *arguments):
    """Run a script's main(): a process for each of some hundred snippets would take a minute.

    Returns (exit code, lines on stdout, stderr).
    """
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            code = script.main(list(arguments))
        except SystemExit as stop:  # argparse
            code = stop.code
    return code, out.getvalue().splitlines(), errors.getvalue()


def run_process(script, *arguments, folder):
    """Run a script as CI does."""
    command = [sys.executable, os.path.join(SCRIPTS, script), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout.splitlines()


class Tree(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def write(self, path, text=""):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
        return full


class TrapTest(Tree):
    def findings(self, source, *options):
        """Check one file; return [(rule, line)]."""
        path = self.write("source.cpp", source)
        code, lines, errors = run(check_co_await_traps, *options, path)
        found = []
        for line in lines:
            match = re.match(r"(.*):(\d+):(\d+): \[(\w+)\] .+; .+$", line)
            if match:
                self.assertEqual(match.group(1), path)
                found.append((match.group(4), int(match.group(2))))
        self.assertEqual(code, 1 if found else 0, errors)
        return found

    def rules(self, body, *options):
        return [rule for rule, _ in self.findings("task f() {\n" + body + "\n}\n", *options)]

    def assert_found(self, rule, *bodies, options=()):
        for body in bodies:
            with self.subTest(body=body):
                self.assertEqual(self.rules(body, *options), [rule])

    def assert_fine(self, *bodies, options=()):
        for body in bodies:
            with self.subTest(body=body):
                self.assertEqual(self.rules(body, *options), [])


class Condition(TrapTest):
    def test_found(self):
        self.assert_found(
            "condition",
            "if (co_await g()) {}",
            "if (!co_await g()) h();",
            "if (!(co_await g()).empty()) h();",
            "if (a && co_await g()) h();",
            "if (a || (co_await g()).ok()) h();",
            "if (co_await g() == 2) {} else {}",
            "if (h(co_await g())) {}",
            "if (auto x = k(); x && co_await g()) {}",
            "if (x = co_await g(); co_await x) {}",
            "if ((x = co_await g())) {}",
            "if (x = co_await g()) {}",
            "if (p->x = co_await g()) {}",
            "if (T{co_await g()}) {}",
            "if (a && T{co_await g()}) {}",
            "if (a) {} else if (co_await g()) {}",
            "if\n(\nco_await\ng()) {}",
            "switch (co_await g()) { case 1: break; }",
            "if (co_await e.wait()) {}",
            "if (co_await detail::async_event::wait(e)) {}",
            "if (!(co_await async_event::wait(p->event(), std::move(f))).ok()) {}",
            "while (co_await g()) {}",
            "do { h(); } while (co_await g());",
            "for (; co_await g();) {}",
            "for (int i = 0; i < co_await g(); ++i) h();",
            "h([] () -> task { if (co_await g()) k(); });",
            "#if A\nif (a) {\n#else\nif (co_await g()) {\n#endif\nh(); }",
        )

    def test_fine(self):
        self.assert_fine(
            "auto x = co_await g(); if (x) {}",
            "if (auto x = co_await g()) {}",
            "if (auto x{co_await g()}) {}",
            "if (const auto& x = co_await g()) {}",
            "if (auto&& x{co_await g()}) {}",
            "if (std::optional<int> x = co_await g()) {}",
            "if (auto [a, b] = co_await g(); a) {}",
            "if (auto x = co_await g(); !x.empty()) {}",
            "if (co_await g(); a) {}",
            "while (auto x = co_await s.next()) h(*x);",
            "while (true) { co_await g(); }",
            "for (;;) co_await g();",
            "for (int i = 0; i < 3; i += co_await g()) {}",
            "for (; auto x = co_await g();) {}",
            "for (auto& x : co_await g()) {}",
            "switch (int x = co_await g(); x) {}",
            "bool b = a && co_await g();",
            "if (a) co_await g();",
            "if (h([] () -> task { co_await g(); })) {}",
        )


class Conditional(TrapTest):
    def test_found(self):
        self.assert_found(
            "conditional",
            "auto x = a ? co_await g() : co_await h();",
            "auto x = a ? co_await g() : b;",
            "auto x = a ? b : co_await g();",
            "auto x = co_await g() ? 1 : 2;",
            "auto x = a\n  ? k(co_await g())\n  : b;",
            "co_return a ? co_await g() : 0;",
            "auto x = co_await (a ? g() : h());",
            "auto x = co_await (a ? g : h);",
            "co_await g(a ? b : b + 1);",
            'co_await g(a ? b : "text");',
            'co_await g(a ? "text"s : "other"s);',
            "co_await g(a ? p : nullptr);",
            "auto x = co_await g() + (a ? h(1) : h(2));",
            "h(co_await g(), a ? h(1) : h(2));",
            "for (auto& x : co_await g(a ? h(1) : h(2))) {}",
        )

    def test_fine(self):
        self.assert_fine(
            "auto x = a ? g() : h(); co_await std::move(x);",
            "if (a) x = co_await g(); else x = co_await h();",
            "co_await g(a ? 1 : 2);",
            "co_await g(a ? 1 : b ? -2 : 3);",
            "co_await g(a ? b : c.d);",
            "co_await g(a ? std::move(b) : std::move(c));",
            'co_await g(a ? "one" : "other");',
            "co_await g(a ? n : 1);",
            "co_await g([] { return a ? h(1) : h(2); });",
        )


class Lambda(TrapTest):
    def test_found(self):
        self.assert_found(
            "lambda",
            "co_await g([x] { return x; });",
            "co_await g([=]() mutable -> int { return x; });",
            "co_await g([x = std::move(y)](auto... z) { return x; });",
            "co_await [x]() -> task { co_await h(x); }();",
            "co_await (chain | [q](std::string s) { return s + q; }).ainvoke(x);",
            "h([x] { return x; }, co_await g());",
            "auto r = h([x] { return x; }) + co_await g();",
            "auto r = co_await g(\n  1,\n  k([x]<class T>(T t) noexcept { return x; }));",
            "co_await g([] { auto f = [x] { return x; }; }, [x] { return x; });",
            "for (auto& v : co_await g([x] { return x; })) {}",
            "co_await g([&] { return x; });",
            "co_await g([this] { return x; });",
        )

    def test_fine(self):
        self.assert_fine(
            "co_await g([] { return 1; });",
            "co_await g([](int x) -> int { auto f = [x] { return x; }; return f(); });",
            "auto f = [x]() -> task { co_await g(x); co_return; };",
            "auto f = [x] { return x; }; co_await g(f);",
            "auto a = g([x] { return x; }); co_await std::move(a);",
            "run([x]() -> task { co_await g(x); }());",
            "co_await g(array[x], [[maybe_unused]] b);",
            "auto [a, b] = co_await g();",
            "auto& [a, b] = co_await g();",
            "int v[] = {1, 2}; co_await g(v[x]);",
            "delete[] p, co_await g(new int[x]);",
            "struct L { static task k() { auto f = [x] { return x; }; co_await g(f); } }; co_await g();",
        )

    def test_reference_captures_own_nothing(self):
        option = ("--allow-reference-captures",)
        self.assert_fine(
            "co_await g([&] { return x; });",
            "co_await g([&x, this] { return x; });",
            "co_await g([&x = y, &rest...] { return x; });",
            options=option,
        )
        self.assert_found(
            "lambda",
            "co_await g([&, x] { return x; });",
            "co_await g([*this] { return x; });",
            "co_await g([this, x] { return x; });",
            "co_await g([=] { return x; });",
            options=option,
        )


class Braces(TrapTest):
    def test_designated(self):
        self.assert_found(
            "designated",
            "co_await g(x, {.name = y});",
            "co_await g(x, {.max_concurrency = 8, .name = y});",
            "co_await g(Options{.name = y});",
            "co_await g({.name{y}});",
            "Answer a{.text = co_await g()};",
            "a = {.text = co_await g()};",
        )
        self.assert_fine(
            "co_await g(x, {.max_concurrency = 8, .timeout = 5s});",
            "co_await g(x, BatchOptions{.progress = &p, .journal = &j, .batch_size = .5});",
            "co_await g().with_retry({.stop_after_attempt = 3}, {.reorder_window = 2});",
            "Options o{.name = y}; co_await g(o);",
            "auto a = g({.name = y}); co_await std::move(a);",
            "co_await g(x.name = y);",
        )
        both = "co_await g({.name = y, .other = z});"
        self.assert_fine(both, options=("--allow-field", "name", "--allow-field=other"))
        self.assert_found("designated", both, options=("--allow-field", "name"))

    def test_container(self):
        self.assert_found(
            "container",
            'co_await g(std::vector<std::string>{"a"});',
            "co_await g(std::vector<std::pair<int, std::vector<int>>>{x});",
            "co_await g(std::vector{x});",
            "co_await g(std::map<int, int>{{1, 2}});",
            "co_await g(std::unordered_map<int, int>{{1, 2}});",
            "co_await g(std::set<int>{1});",
            "co_await g(std::initializer_list<int>{1});",
            "co_await g(std::array<std::string, 1>{x});",
            'co_await g(json{{"a", 1}});',
            'co_await g(nlohmann::json{{"a", 1}});',
            "std::vector<int> v{co_await g()};",
            "std::vector<int> v = {co_await g(), 2};",
        )
        self.assert_fine(
            "co_await g(std::vector<int>{});",
            "co_await g(std::vector<int>(3));",
            "std::vector<int> v{1, 2}; co_await g(v);",
            "co_await g([] { return std::vector<int>{1}; });",
            'co_await g({{"question", q}, {"style", "terse"}});',
            "co_await g(json::parse(x));",
        )

    def test_braces_around_co_await(self):
        self.assert_found(
            "braces",
            "Answer a{q, co_await g()};",
            "Answer a = {q, co_await g()};",
            "auto a = Answer<int>{q, co_await g()};",
            "co_return Answer{q, co_await g()};",
            "v.push_back(my::Answer{q, co_await g()});",
        )
        self.assert_fine(
            "std::pair<std::string, int> a{q, co_await g()};",
            "std::string a{co_await g()};",
            "Answer a{co_await g()};",
            'Dict a{{"k", co_await g()}};',
            "auto x = co_await g(); co_return Answer{q, x};",
            "Answer a{q, [] () -> task { co_await g(); }};",
        )

    def test_strict(self):
        strict = ("--strict",)
        bodies = (
            'co_await g(std::make_shared<S>(S{"name", 8}));',
            "co_await g(my::Type<int>{x});",
            "Answer a{co_await g()};",
            "auto r = h(S{x}) + co_await g();",
        )
        self.assert_found("aggregate", *bodies, options=strict)
        self.assert_fine(*bodies)
        self.assert_found("braces", "v.push_back({q, co_await g()});", options=strict)
        self.assert_fine(
            "co_await g(S{});",
            "co_await g(std::string{x});",
            "co_await g(std::chrono::seconds{5});",
            'co_await g(std::make_shared<S>("name", 8));',
            'co_await g({{"k", co_await h()}});',
            "auto x = co_await g();",
            "S s{1, 2}; co_await g(s);",
            options=strict,
        )

    def test_co_yield_is_a_co_await(self):
        self.assert_found("lambda", "co_yield g([x] { return x; });")
        self.assert_found("lambda", "co_await async_event::wait(e, [x] { x->abort(); });")
        self.assert_found("designated", "co_yield {.name = x};")


class Text(TrapTest):
    """Text that is no code, or other code than it seems."""

    def test_comments_and_literals(self):
        self.assert_fine(
            "// if (co_await g()) {}",
            "// continued \\\nif (co_await g()) {}",
            "/* if (co_await g()) {}\n if (co_await g()) {} */",
            'auto s = "if (co_await g()) \\" {}"; ',
            'auto s = R"(if (co_await g()) ")"; auto t = u8R"x(if (co_await g()) )" if (co_await g()) )x";',
            "char c = '\"'; // if (co_await g()) {}\nchar d = '\\'';",
            "auto n = 1'000'000; // 'if (co_await g()) {}",
            "#define TRAP if (co_await g()) \\\n  if (co_await g()) {}",
            "#error don't \"",
        )
        self.assert_found(
            "condition",
            'auto s = R"(")"; if (co_await g()) {}',
            "auto n = 1'000; if (co_await g()) {} char c = 'x';",
            "/* */ if (/* ) */ co_await g()) {} // \"",
            'auto s = "//"; if (co_await g()) {}',
            "#define A '\nif (co_await g()) {}",
            "#define A /*\n*/ 1\nif (co_await g()) {}",
            "#if 0\nit's\n#endif\nif (co_await g()) {}",
        )

    def test_position(self):
        source = 'auto s = R"(\n\n)"; /*\n*/ task f() {\n  co_await g(1,\n    [x] {});\n}\n'
        path = self.write("source.cpp", source)
        _, lines, _ = run(check_co_await_traps, path)
        self.assertEqual(len(lines), 1)
        self.assertTrue(lines[0].startswith(path + ":6:5: [lambda] "), lines[0])

    def test_functions_are_told_from_initialisers(self):
        body = "{ if (co_await g()) {} }"
        for head in (
            "struct S : B<int> { task f() const noexcept override ",
            "namespace a::b { template <class T> auto f(T t) -> awaitable<std::vector<T>> ",
            "class A { A() : a_{1}, b_(2) {} task f() && ",
            'extern "C" { task f() requires C<int> ',
            "struct alignas(8) S { task f() MACRO ",
        ):
            with self.subTest(head=head):
                self.assertEqual(self.findings(head + body + "};"), [("condition", 1)])

    def test_broken_nesting_does_not_stop_it(self):
        self.assertEqual(self.findings("task f() { ( ] } )\n} if (co_await g()) {"), [("condition", 2)])
        self.assertEqual(self.findings('R"(never closed'), [])
        self.assertEqual(self.findings("/* never closed"), [])
        self.assertEqual(self.findings("task f() { co_await g(a ? b"), [("conditional", 1)])

    def test_operator_co_await_is_a_name(self):
        self.assertEqual(self.findings("auto operator co_await(T t) { return T{a ? b() : c()}; }"), [])


class Suppression(TrapTest):
    def test_silences_one_finding(self):
        self.assert_fine(
            "if (co_await g()) {} // co_await-trap: ok (a local is declared above)",
            "// co_await-trap: ok (a local is declared above)\nif (co_await g()) {}",
            "/* co_await-trap: ok (no\n compiler before 13) */ if (co_await g()) {}",
        )
        comment = "// co_await-trap: ok (reason)\n"
        self.assertEqual(self.rules(comment + "if (co_await g()) {} if (co_await g()) {}"), ["condition"])
        self.assertEqual(self.rules(comment + "\nif (co_await g()) {}"), ["condition"])
        self.assertEqual(self.rules("if (co_await g()) {}\n" + comment), ["condition"])
        self.assertEqual(self.rules('auto s = "co_await-trap: ok (no)"; if (co_await g()) {}'), ["condition"])

    def test_needs_a_reason(self):
        for comment in ("// co_await-trap: ok", "// co_await-trap: ok ()", "// co_await-trap: ok ( )"):
            with self.subTest(comment=comment):
                self.assertEqual(self.rules("if (co_await g()) {} " + comment), ["condition", "suppression"])


class TrapCommand(Tree):
    def test_walks_folders(self):
        trap = "task f() { if (co_await g()) {} }"
        for name in ("a.hpp", "b.h", "c.cpp", "d.cc", "e.cxx", "f.ipp", "g.txt", "deep/h.cpp"):
            self.write(name, trap)
        self.write("build-debug/generated.cpp", trap)
        self.write(".hidden/x.cpp", trap)
        code, lines, _ = run(check_co_await_traps, self.root)
        names = {os.path.relpath(line.split(":")[0], self.root) for line in lines}
        self.assertEqual(code, 1)
        self.assertEqual(names, {"a.hpp", "b.h", "c.cpp", "d.cc", "e.cxx", "f.ipp", os.path.join("deep", "h.cpp")})

    def test_excludes(self):
        self.write("a/trap.cpp", "task f() { if (co_await g()) {} }")
        self.write("a/fine.cpp", "task f() { co_await g(); co_await g(); }")
        for glob in ("trap.cpp", "a/t*", "*/trap.*"):
            with self.subTest(glob=glob):
                code, lines, _ = run(check_co_await_traps, "--exclude", glob, self.root)
                self.assertEqual((code, lines), (0, ["1 files, 2 co_await expressions checked"]))

    def test_exit_codes(self):
        self.write("empty/readme.txt")
        self.assertEqual(run(check_co_await_traps, os.path.join(self.root, "empty"))[0], 2)
        self.assertEqual(run(check_co_await_traps, os.path.join(self.root, "missing"))[0], 2)
        self.assertEqual(run(check_co_await_traps)[0], 2)
        code, lines, _ = run(check_co_await_traps, "--help")
        self.assertEqual(code, 0)
        self.assertIn("--allow-field", "\n".join(lines))


class Layers(Tree):
    def check(self, path, *includes):
        """Put one file into an otherwise fine tree; return (line, message) of what is wrong with it."""
        self.write("include/corochain/core/awaitable.hpp", "#pragma once\n")
        full = self.write(path, "".join(f"#include {include}\n" for include in includes))
        code, lines, errors = run(check_layers, self.root)
        os.remove(full)
        found = []
        for line in lines:
            match = re.match(re.escape(path) + r":(\d+): (.+)$", line)
            if match:
                found.append((int(match.group(1)), match.group(2)))
        self.assertEqual(code, 1 if found else 0, errors)
        return found

    def assert_found(self, path, include, words):
        with self.subTest(path=path, include=include):
            found = self.check(path, include)
            self.assertEqual([line for line, _ in found], [1])
            self.assertIn(words, found[0][1])

    def assert_fine(self, path, *includes):
        with self.subTest(path=path, includes=includes):
            self.assertEqual(self.check(path, *includes), [])

    def test_table(self):
        for path, include, words in (
            ("include/corochain/core/a.hpp", "<corochain/concurrency/x.hpp>", "core may not include concurrency"),
            ("include/corochain/core/a.hpp", '"corochain/models/x.hpp"', "core may not include models"),
            ("include/corochain/concurrency/a.hpp", "<corochain/runnables/x.hpp>", "may not include runnables"),
            ("include/corochain/runnables/a.hpp", "<corochain/models/x.hpp>", "may not include models"),
            ("include/corochain/prompts/a.hpp", "<corochain/parsers/x.hpp>", "may not include parsers"),
            ("include/corochain/core/detail/a.hpp", "<corochain/runnables/x.hpp>", "core may not include runnables"),
            ("include/corochain/models/a.hpp", "<corochain/corochain.hpp>", "may not include umbrella"),
            ("src/codec/a.cpp", '"concurrency/x.hpp"', "codec may not include concurrency"),
            ("src/core/a.cpp", '"codec/x.hpp"', "core may not include codec"),
            ("src/transport/a.cpp", "<corochain/models/x.hpp>", "may not include models"),
            ("src/runnables/a.cpp", '"transport/x.hpp"', "may not include transport"),
            ("src/agents/a.cpp", '"codec/x.hpp"', "may not include codec"),
            ("src/codec/a.cpp", "<concurrency/x.hpp>", "codec may not include concurrency"),
        ):
            self.assert_found(path, include, words)
        self.assert_fine("include/corochain/core/a.hpp", "<corochain/core/x.hpp>", "<string>", '"corochain/core/y.hpp"')
        self.assert_fine("include/corochain/models/a.hpp", "<corochain/storage/x.hpp>", "<corochain/schema/x.hpp>")
        self.assert_fine("src/runnables/a.cpp", '"codec/x.hpp"', '"a.hpp"', "<corochain/concurrency/x.hpp>")
        self.assert_fine("src/runnables/private.hpp", '"codec/x.hpp"')
        self.assert_fine("src/models/azure/a.cpp", '"transport/x.hpp"', '"codec/x.hpp"', '"models/x.hpp"')
        self.assert_fine("src/transport/a.cpp", '"codec/x.hpp"', '"transport/x.hpp"', '"x.hpp"')
        self.assert_fine("examples/1_quickstart.cpp", "<corochain/corochain.hpp>", "<corochain/testing/x.hpp>")
        self.assert_fine("tests/unit/a.cpp", '"transport/x.hpp"', "<openssl/ssl.h>")

    def test_public_headers_reach_nothing_private(self):
        for include in ("<corochain/codec/x.hpp>", "<corochain/transport/x.hpp>"):
            self.assert_found("include/corochain/runnables/a.hpp", include, "public headers never reach")
        self.assert_found("include/corochain/models/a.hpp", '"transport/x.hpp"', "private include")
        self.assert_found("include/corochain/models/a.hpp", '"x.hpp"', "private include")
        self.assert_found("include/corochain/models/a.hpp", "<codec/x.hpp>", "private include")
        self.assert_found("include/corochain/codec/a.hpp", "<string>", "exists in src only")
        self.assert_found("examples/a.cpp", '"codec/x.hpp"', "private include")
        self.write("examples/shared.hpp")
        self.assert_fine("examples/a.cpp", '"shared.hpp"')

    def test_places(self):
        self.assert_found("include/corochain/plumbing/a.hpp", "<string>", "unknown layer 'plumbing'")
        self.assert_found("src/plumbing/a.cpp", "<string>", "unknown layer 'plumbing'")
        self.assert_found("src/a.cpp", "<string>", "outside the layers")
        self.assert_found("include/corochain/a.hpp", "<string>", "outside the layers")
        self.assert_found("include/corochain/core/a.hpp", "<corochain/plumbing/x.hpp>", "unknown layer 'plumbing'")
        self.assert_found("include/corochain/core/a.hpp", "<corochain/x.hpp>", "only corochain.hpp")
        self.assert_found("src/core/a.cpp", '"plumbing/x.hpp"', "unknown folder 'plumbing'")
        self.assert_found("src/core/a.cpp", '"../codec/x.hpp"', "no `..`")
        self.assert_found("src/core/a.cpp", "HEADER", "cannot be checked")
        self.write("src/models/azure/wire.hpp")
        self.assert_fine("src/models/a.cpp", '"azure/wire.hpp"')

    def test_umbrella(self):
        umbrella = "include/corochain/corochain.hpp"
        self.assert_fine(umbrella, "<corochain/core/x.hpp>", "<corochain/agents/x.hpp>", "<corochain/models/x.hpp>")
        self.assert_found(umbrella, "<corochain/core/json.hpp>", "opt-in")
        self.assert_found(umbrella, "<corochain/schema/x.hpp>", "opt-in")
        self.assert_found(umbrella, "<corochain/testing/x.hpp>", "opt-in")
        self.assert_found(umbrella, "<corochain/codec/x.hpp>", "public headers only")
        self.assert_found(umbrella, "<nlohmann/json.hpp>", "opt-in headers only")

    def test_libraries(self):
        public = ("include/corochain/models/a.hpp", "include/corochain/testing/a.hpp")
        for path in public + ("src/models/a.cpp",):
            self.assert_found(path, "<boost/beast/http.hpp>", "Beast")
            self.assert_found(path, "<boost/beast.hpp>", "Beast")
        self.assert_fine("examples/a.cpp", "<boost/beast/http.hpp>")
        for path in public + ("src/models/a.cpp", "examples/a.cpp"):
            self.assert_found(path, "<openssl/ssl.h>", "OpenSSL")
            self.assert_found(path, "<boost/asio/ssl.hpp>", "TLS")
            self.assert_found(path, "<boost/asio/ssl/context.hpp>", "TLS")
        self.assert_found("src/models/a.cpp", "<sqlite3.h>", "SQLite")
        for path in ("src/transport/a.cpp", "src/transport/a.hpp", "src/testing/mock_server.cpp"):
            self.assert_fine(path, "<boost/beast/http.hpp>", "<openssl/ssl.h>", "<boost/asio/ssl.hpp>")
        self.assert_fine("src/storage/a.cpp", "<sqlite3.h>")
        self.assert_fine("src/models/a.cpp", "<boost/asio/steady_timer.hpp>", "<boost/system/result.hpp>")

    def test_asio(self):
        header, source = "include/corochain/core/a.hpp", "src/core/a.cpp"
        self.assert_fine(header, "<boost/asio/awaitable.hpp>", "<boost/system/error_code.hpp>")
        self.assert_fine(source, "<boost/asio/awaitable.hpp>", "<boost/asio/error.hpp>")
        self.assert_found(header, "<boost/asio/error.hpp>", "of Asio")
        self.assert_found(header, "<boost/asio/this_coro.hpp>", "of Asio")
        self.assert_found(header, "<boost/asio.hpp>", "of Asio")
        self.assert_found(source, "<boost/asio/post.hpp>", "of Asio")
        self.assert_found("src/codec/a.cpp", "<boost/asio/awaitable.hpp>", "free of Asio")
        self.assert_found("src/codec/a.hpp", "<boost/asio/buffer.hpp>", "free of Asio")
        self.assert_found("src/codec/a.cpp", '"boost/asio/buffer.hpp"', "free of Asio")

    def test_heavy_standard_headers(self):
        self.assert_found("include/corochain/core/a.hpp", "<chrono>", "too heavy")
        self.assert_found("include/corochain/runnables/detail/a.hpp", "<ranges>", "too heavy")
        self.assert_found("include/corochain/corochain.hpp", "<ranges>", "too heavy")
        self.assert_fine("include/corochain/core/detail/durations.hpp", "<chrono>")
        self.assert_fine("include/corochain/testing/a.hpp", "<chrono>")
        self.assert_fine("include/corochain/core/a.hpp", "<vector>")
        self.assert_fine("src/core/a.cpp", "<chrono>")

    def test_json(self):
        self.assert_found("include/corochain/core/dict.hpp", "<nlohmann/json.hpp>", "opt-in headers only")
        self.assert_fine("include/corochain/core/dict.hpp", "<nlohmann/json_fwd.hpp>")
        self.assert_fine("include/corochain/core/json.hpp", "<nlohmann/json.hpp>")
        self.assert_fine("include/corochain/schema/a.hpp", "<nlohmann/json.hpp>")
        self.assert_fine("include/corochain/testing/a.hpp", "<nlohmann/json.hpp>")
        self.assert_fine("src/codec/a.cpp", "<nlohmann/json.hpp>")
        self.assert_fine("examples/a.cpp", "<nlohmann/json.hpp>")

    def test_json_by_a_detour(self):
        self.write("include/corochain/core/json.hpp", "#include <nlohmann/json.hpp>\n")
        self.write("include/corochain/schema/heavy.hpp", '#include "corochain/core/json.hpp"\n')
        self.write("include/corochain/schema/light.hpp", "#include <string>\n")
        self.assert_found("include/corochain/models/a.hpp", "<corochain/schema/heavy.hpp>", "brings nlohmann/json.hpp")
        self.assert_found("include/corochain/core/a.hpp", "<corochain/core/json.hpp>", "brings nlohmann/json.hpp")
        self.assert_fine("include/corochain/models/a.hpp", "<corochain/schema/light.hpp>")
        self.assert_fine("include/corochain/testing/a.hpp", "<corochain/schema/heavy.hpp>")
        self.assert_fine("src/models/a.cpp", "<corochain/schema/heavy.hpp>")

    def test_what_is_no_include(self):
        path = "src/codec/a.cpp"
        text = (
            "// #include <boost/asio/post.hpp>\n/*\n#include <boost/asio/post.hpp>\n*/\n"
            'auto s = R"(\n#include <boost/asio/post.hpp>\n)";\n#if __has_include(<boost/asio/post.hpp>)\n#endif\n'
        )
        self.write(path, text)
        self.assertEqual(run(check_layers, self.root)[:2], (0, ["1 files, 0 includes checked"]))
        self.write(path, text + "  #  include <boost/asio/post.hpp> // why\n")
        code, lines, _ = run(check_layers, self.root)
        self.assertEqual(code, 1)
        self.assertTrue(lines[0].startswith(path + ":10: boost/asio/post.hpp: "), lines)

    def write_and_check(self, **files):
        """Write the files to the tree; return (path, line, message) of what is wrong with it."""
        for path, text in files.items():
            self.write(path, text)
        code, lines, errors = run(check_layers, self.root)
        matches = [re.match(r"([^:]+):(\d+): (.+)$", line) for line in lines]
        found = [(match.group(1), int(match.group(2)), match.group(3)) for match in matches if match]
        self.assertEqual(code, 1 if found else 0, errors)
        return found

    def test_forward_declarations_count_as_includes(self):
        self.write("include/corochain/models/x.hpp", "namespace corochain { class COROCHAIN_EXPORT Model final {}; }\n")
        self.write("src/codec/x.hpp", "namespace corochain::codec { struct reader : base {}; }\n")
        declared = "namespace corochain {\nclass Model;\n}\n"
        found = self.write_and_check(**{"include/corochain/runnables/a.hpp": declared})
        self.assertEqual([(path, line) for path, line, _ in found], [("include/corochain/runnables/a.hpp", 2)])
        self.assertIn("runnables may not name a class of models", found[0][2])
        found = self.write_and_check(**{"include/corochain/runnables/a.hpp": "struct codec::reader;\n"})
        self.assertIn("may not name a class of codec", found[0][2])
        found = self.write_and_check(**{"include/corochain/runnables/a.hpp": "class A { friend class Model; };\n"})
        self.assertIn("may not name a class of models", found[0][2])
        self.write("include/corochain/runnables/a.hpp", "class Unknown; struct json;\nenum class Model;\n")
        self.assertEqual(self.write_and_check(**{"src/runnables/a.hpp": "struct codec::reader;\n"}), [])
        self.assertEqual(self.write_and_check(**{"include/corochain/agents/a.hpp": declared}), [])
        self.write("include/corochain/agents/a.hpp", "template <class Model> struct agent { struct Model* next; };\n")
        self.assertEqual(self.write_and_check(), [])

    def test_a_header_leads_to_its_body(self):
        fine = {
            "include/corochain/core/a.hpp": "struct A { A(); ~A(); struct part; };\nvoid use(const A& a);\n",
            "include/corochain/core/detail/a.hpp": "namespace detail { struct helper { int f() const; }; }\n",
            "src/core/a.hpp": "int beside();\n",
            "src/core/a.cpp": "namespace corochain {\nnamespace { int own(int x) { return x; } struct local {}; }\n"
            "A::A() : x(1) {}\nA::~A() = default;\nstruct A::part { part(); };\nA::part::part() {}\n"
            "void use(const A& a) { if (own(1)) own(2); }\nint detail::helper::f() const { return 1; }\n"
            "int beside() { return 2; }\ntemplate class list<A>;\n}\n",
            "src/codec/json/b.hpp": "void read();\n",
            "src/codec/json/b.cpp": "void read() {}\n",
            "src/core/only_local.cpp": "namespace { int f() { return 1; } }\n",
        }
        self.assertEqual(self.write_and_check(**fine), [])
        for text, line, words in (
            ("namespace corochain {\nvoid other() {}\n}\n", 2, "other: not declared in include/corochain/core/a.hpp"),
            ("struct B;\nB::B(int x) : x_(x) {}\n", 2, "B::B: not declared"),
            ("void detail::stray() {}\n", 1, "stray: not declared"),
        ):
            with self.subTest(text=text):
                self.write("include/corochain/core/c.hpp", "struct B { B(int x); };\n")
                found = self.write_and_check(**{"src/core/a.cpp": text})
                self.assertEqual([(path, at) for path, at, _ in found], [("src/core/a.cpp", line)])
                self.assertIn(words, found[0][2])
        self.write("src/core/a.cpp", "")
        found = self.write_and_check(**{"src/core/lost.cpp": "void lost() {}\n"})
        self.assertEqual(found[0][:2], ("src/core/lost.cpp", 1))
        self.assertIn("no header leads here", found[0][2])

    def test_exit_codes(self):
        self.assertEqual(run(check_layers, self.root)[0], 2)
        self.write("include/corochain/core/a.hpp", "#include <string>\n#include <vector>\n")
        self.write("src/core/build/skipped.cpp", "#include <openssl/ssl.h>\n")
        self.assertEqual(run(check_layers, self.root)[:2], (0, ["1 files, 2 includes checked"]))
        self.assertEqual(run(check_layers, "--help")[0], 0)


class Command(Tree):
    """The scripts as programs of their own, started from anywhere."""

    def test_traps(self):
        self.write("fine.cpp", "task f() { co_await g(); }")
        done = run_process("check_co_await_traps.py", "fine.cpp", folder=self.root)
        self.assertEqual(done, (0, ["1 files, 1 co_await expressions checked"]))
        self.write("trap.cpp", "task f() { if (co_await g()) {} }")
        code, lines = run_process("check_co_await_traps.py", ".", folder=self.root)
        self.assertEqual((code, lines[0][:29]), (1, "trap.cpp:1:12: [condition] `i"))
        self.assertEqual(run_process("check_co_await_traps.py", "none", folder=self.root), (2, []))

    def test_layers(self):
        self.assertEqual(run_process("check_layers.py", ".", folder=self.root), (2, []))
        self.write("include/corochain/core/a.hpp", "#include <string>\n")
        done = run_process("check_layers.py", ".", folder=self.root)
        self.assertEqual(done, (0, ["1 files, 1 includes checked"]))
        self.write("src/core/a.cpp", "#include <openssl/ssl.h>\n")
        self.assertEqual(run_process("check_layers.py", self.root, folder="/")[0], 1)


if __name__ == "__main__":
    unittest.main()
