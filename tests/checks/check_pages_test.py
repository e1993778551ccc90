#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Tests of the scripts under cmake/ that check pages and sentences."""
import unittest

from check_scripts_test import Tree, run  # which makes the scripts known, too

import check_readme
import check_sentences


class Snippets(unittest.TestCase):
    EXAMPLE = "int main() {\n  auto answer = ask();  // a comment\n}\n"

    def test_lines_of_examples_are_fine_and_others_are_found(self):
        page = "text\n```cpp\nauto  answer = ask();\n}\n```\nauto lost = 1;\n```sh\nnot C++\n```\n"
        self.assertEqual(check_readme.unknown_lines(page, self.EXAMPLE), [])
        stale = page.replace("ask()", "gone()")
        self.assertEqual(check_readme.unknown_lines(stale, self.EXAMPLE), [(3, "auto  answer = gone();")])

    def test_a_block_may_be_left_out_and_only_that(self):
        block = "```cpp\nwrong();\n```\n"
        page = "<!-- not from an example -->\n" + block + block
        self.assertEqual(check_readme.unknown_lines(page, self.EXAMPLE), [(6, "wrong();")])

    def test_a_program_is_a_whole_example(self):
        program = "```cpp\nint main() {\n\n  auto answer = ask();\n}\n```\n"
        examples = ["int other;\n", "// SPDX\n\n" + self.EXAMPLE]
        self.assertEqual(check_readme.cut_programs(program, examples), [])
        cut = "text\n" + program.replace("  auto answer = ask();\n", "")
        self.assertEqual(check_readme.cut_programs(cut, examples), [(3, "int main() {")])
        self.assertEqual(check_readme.cut_programs("```cpp\nauto answer = ask();\n```\n", examples), [])


class Pages(Tree):
    def setUp(self):
        super().setUp()
        self.write("examples/a.cpp", "int main() {}\n")
        self.write("src/core/deep/x.hpp")
        self.write("src/README.md", "# The house\n## Layers, and `why`\n## Layers, and `why`\n")

    def findings(self, text, path="README.md"):
        """Check one page beside those of the tree; return what is wrong with it."""
        self.write(path, text)
        code, lines, _ = run(check_readme, self.root)
        found = [line[len(path) + 1 :] for line in lines if line.startswith(path + ":")]
        self.assertEqual(code, 1 if found else 0, lines)
        return found

    def test_links(self):
        for link in ("src/README.md", "src", "#top", "src/README.md#layers-and-why", "src/README.md#layers-and-why-1",
                     "https://example.org/none.md", "mailto:a@example.org"):
            with self.subTest(link=link):
                self.assertEqual(self.findings(f"# Top\n[text]({link})\n"), [])
        for link, wrong in (("src/GONE.md", "file"), ("gone/", "file"), ("#bottom", "heading"),
                            ("src/README.md#layers", "heading"), ("examples/a.cpp#L1", "heading")):
            with self.subTest(link=link):
                self.assertEqual(self.findings(f"# Top\n[text]({link})\n"), [f"2: no such {wrong}: {link}"])
        self.assertEqual(self.findings("```\n[text](gone)\n```\n`[q](const auto& x)`\n"), [])

    def test_paths_in_backticks(self):
        for named in ("src/core/deep/x.hpp", "core/deep/x.hpp", "./examples/a.cpp", "nlohmann/json.hpp", "x.hpp",
                      "src/*/x.hpp", "A/x.cpp"):
            with self.subTest(named=named):
                self.assertEqual(self.findings(f"`{named}`\n"), [])
        self.assertEqual(self.findings("`deep/x.hpp`\n", "src/core/README.md"), [])
        self.assertEqual(self.findings("`core/gone.hpp`\n"), ["1: no such file: core/gone.hpp"])

    def test_all_pages_and_no_others(self):
        bad = "[text](gone)\n"
        self.assertEqual(len(self.findings(bad, ".github/CONTRIBUTING.md")), 1)
        self.write(".github/CONTRIBUTING.md", "fine\n")
        self.assertEqual(len(self.findings(bad, "include/corochain/core/README.md")), 1)
        self.write("include/corochain/core/README.md", "```cpp\nint main() {}\n```\n")
        self.write("build/x.md", bad)
        self.write(".hidden/x.md", bad)
        self.assertEqual(run(check_readme, self.root)[:2], (0, ["3 pages checked"]))
        self.assertEqual(run(check_readme, self.root + "/src/core")[0], 2)


class Sentences(Tree):
    def rules(self, text, path="a.hpp"):
        """Check one file; return its findings as (rule, line)."""
        self.write(path, text)
        code, lines, errors = run(check_sentences, "--root", self.root, path)
        found = []
        for line in lines[:-1]:
            _, number, rest = line.split(":", 2)
            found.append((rest.split("]")[0].strip(" ["), int(number)))
        self.assertEqual(code, 1 if found else 0, errors)
        return found

    def test_openings(self):
        for comment, rule in (("Of a stream the chunks.", "of"), ("Gives it. Of two the first counts.", "of"),
                              ("What went wrong, by name.", "what"), ("Gives it: fine. What is left is sent.", "what"),
                              ("Who calls it keeps it alive.", "who"), ("Whom it trusts by default.", "who"),
                              ("It is told to who waits.", "who"), ("Cancels it, and who waits hears nothing.", "who"),
                              ("The lock, which who came first has.", "who"), ("It fails: who calls looks.", "who")):
            with self.subTest(comment=comment):
                self.assertEqual(self.rules(f"// {comment}\n"), [(rule, 1)])

    def test_fine_sentences(self):
        for comment in ("What comes next? It says so.", "The caller who waits is told of it.", "A name of a step.",
                        "Gives one of many. Often it waits.", "Says `Of course` and `who` it is.", "Of it.",
                        "The WHO is an organisation.", "e.g. Of", "Somebody whose call waits."):
            with self.subTest(comment=comment):
                self.assertEqual(self.rules(f"// {comment}\n"), [])

    def test_lines_of_a_comment_are_one_text(self):
        self.assertEqual(self.rules("int a;\n/// Gives the one\n/// who waits. Of\n/// two the first.\n"), [("of", 3)])
        self.assertEqual(self.rules("int a;  ///< the name\nint b;  ///< Of two the last.\n"), [("of", 2)])
        self.assertEqual(self.rules("/* Fine.\n   Of two the last. */\n"), [("of", 2)])
        self.assertEqual(self.rules("// Fine\n\n// Of two the last.\n"), [("of", 3)])

    def test_string_literals(self):
        self.assertEqual(self.rules('f("What came is no HTTP");\n'), [("what", 1)])
        self.assertEqual(self.rules('f("it ended. "\n  "Of two, the last");\n'), [("of", 2)])
        self.assertEqual(self.rules('f("What is a strand?", "Of", R"(What)");\n'), [])

    def test_other_languages(self):
        bad = "Of two the last counts."
        for path, text in (("a.py", f'"""Fine.\n{bad}\n"""\n'), ("b.py", f"x = 1\n# {bad}\n"),
                           ("a.sh", f'#!/bin/sh\n\n# {bad}\necho "fine"\n'), ("b.sh", f'#!/bin/sh\necho "{bad}"\n'),
                           ("CMakeLists.txt", f"\nset(a b) # {bad}\n"), ("a.cmake", f"\n# {bad}\n"),
                           ("a.md", f"# Fine\n{bad}\n"), ("b.md", f"| fine |\n| {bad} |\n"),
                           ("c.md", f"- fine\n- {bad}\n")):  # fmt: skip
            with self.subTest(path=path):
                found = self.rules(text, path)
                self.assertEqual([rule for rule, _ in found], ["of"])
                self.assertGreater(found[0][1], 1 if path != "a.sh" else 2)
        self.assertEqual(self.rules(f"```\n{bad}\n```\n`{bad}`\n", "d.md"), [])

    def test_column(self):
        self.assertEqual(self.rules("// " + "x" * 107 + "\n"), [])
        self.assertEqual(self.rules("// " + "x" * 108 + "\n"), [("column", 1)])
        self.assertEqual(self.rules("# " + "x" * 119 + "\n", "a.sh"), [("column", 1)])
        self.assertEqual(self.rules("x" * 200 + "\n", "a.md"), [])

    def test_folders_and_counts(self):
        self.write("src/core/a.cpp", "// Of two the last.\n// Who calls it waits.\n")
        self.write("src/core/corpus/b.cpp", "// Of two the last.\n")
        self.write("src/core/data.txt", "Of two the last.\n")
        self.write("src/fine.cpp", "// Fine.\n")
        code, lines, _ = run(check_sentences, "--count", "--root", self.root, "src")
        self.assertEqual((code, lines), (1, ["    2  src/core  of=1 who=1", "2 files, 2 findings"]))
        fine = run(check_sentences, "--exclude", "*/core/*", "--root", self.root, "src")
        self.assertEqual(fine[:2], (0, ["1 files, 0 findings"]))
        self.assertEqual(run(check_sentences, "--root", self.root, "gone")[0], 2)
        self.assertEqual(run(check_sentences)[0], 2)


if __name__ == "__main__":
    unittest.main()
