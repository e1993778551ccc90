#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Tests of tests/runner: no test is lost, whatever the program does that runs them."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUNNER = pathlib.Path(__file__).resolve().parents[1] / "runner"

# Speaks as a program of GoogleTest does. The program's tests say in their names how they end.
PROGRAM = '''#!{python}
import os, signal, subprocess, sys, time
TESTS = {tests}
if "--gtest_list_tests" in sys.argv:
    print("Running main() from somewhere\\nS.")
    for name in TESTS:
        print("  " + name + "  # GetParam() = 1")
    sys.exit(0)
wanted = os.environ["GTEST_FILTER"].split(":")
failed = []
for name in TESTS:
    if "S." + name not in wanted:
        continue
    print("[ RUN      ] S." + name, flush=True)
    if name.startswith("crashes"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("hangs"):
        time.sleep(1000)
    if name.startswith("exits"):
        os._exit(0)
    if name.startswith("leaves"):
        subprocess.Popen(["sleep", "1000"])
    if name.startswith("mumbles"):
        print("no end of line", end="")
    if name.startswith("between"):
        print("[       OK ] S." + name + " (0 ms)", flush=True)
        os._exit(0) if name == "between_quietly" else os.abort()
    if name.startswith("fails"):
        failed.append(name)
        print("[  FAILED  ] S." + name + ", where GetParam() = 1 (0 ms)", flush=True)
    elif name.startswith("skips"):
        print("[  SKIPPED ] S." + name + " (0 ms)", flush=True)
    else:
        print("[       OK ] S." + name + " (0 ms)", flush=True)
for name in failed:
    print("[  FAILED  ] S." + name)
if "leaks" in TESTS and "S.leaks" in wanted:
    sys.exit(23)
sys.exit(1 if failed else 0)
'''


class Shards(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_shard(self, tests, shard=0, shards=1, **environment):
        """Returns (exit code, {name: outcome}, output)."""
        program, results = self.folder / "program", self.folder / "results.txt"
        program.write_text(PROGRAM.format(python=sys.executable, tests=tests))
        program.chmod(0o755)
        known = {name: value for name, value in os.environ.items() if not name.startswith("GTEST_")}
        done = subprocess.run([sys.executable, RUNNER / "shard.py", "--program", program, "--prefix", "unit",
                               "--shard", str(shard), "--shards", str(shards), "--results", results,
                               "--time-limit", "2"], env={**known, **environment}, capture_output=True, text=True,
                              timeout=60, check=False)
        lines = results.read_text().splitlines() if results.exists() else []
        return done.returncode, {line.split(" ", 2)[2]: line.split(" ", 1)[0] for line in lines}, done.stdout

    def test_each_test_has_its_outcome(self):
        code, outcomes, _ = self.run_shard(["passes", "skips", "mumbles", "passes_too"])
        self.assertEqual(code, 0)
        self.assertEqual(outcomes, {"unit.S.passes": "passed", "unit.S.skips": "skipped", "unit.S.mumbles": "passed",
                                    "unit.S.passes_too": "passed"})
        code, outcomes, _ = self.run_shard(["passes", "fails", "passes_too"])
        self.assertEqual(code, 1)
        self.assertEqual(outcomes, {"unit.S.passes": "passed", "unit.S.fails": "FAILED", "unit.S.passes_too": "passed"})

    def test_shards_share_the_tests_and_lose_none(self):
        tests = [f"passes_{i}" for i in range(7)]
        seen = [name for shard in range(3) for name in self.run_shard(tests, shard, 3)[1]]
        self.assertEqual(sorted(seen), sorted(f"unit.S.{name}" for name in tests))

    def test_a_test_that_ends_the_program_fails_and_the_others_run(self):
        for word in ("crashes", "exits", "hangs"):
            with self.subTest(word):
                code, outcomes, output = self.run_shard(["passes", word, "passes_too", word + "_too", "passes_still"])
                self.assertEqual(code, 1)
                self.assertEqual([outcomes[f"unit.S.{name}"] for name in
                                  ("passes", word, "passes_too", word + "_too", "passes_still")],
                                 ["passed", "FAILED", "passed", "FAILED", "passed"])
                self.assertIn(f"FAILED unit.S.{word}_too", output)

    def test_a_report_at_the_end_of_the_program_fails_the_shard(self):
        code, outcomes, _ = self.run_shard(["passes", "leaks"])
        self.assertEqual(code, 1)
        self.assertEqual(set(outcomes.values()), {"passed"})

    def test_an_end_between_two_tests_fails_the_shard_and_the_others_run(self):
        for name in ("between_quietly", "between"):
            code, outcomes, output = self.run_shard([name, "passes"])
            self.assertEqual((code, set(outcomes.values()), len(outcomes)), (1, {"passed"}, 2))
            self.assertIn("no test was running", output)

    def test_more_shards_than_tests(self):
        self.assertEqual(self.run_shard(["passes"], 3, 5), (0, {}, ""))

    def test_a_process_that_a_test_left_behind_holds_nothing_up(self):
        code, outcomes, _ = self.run_shard(["leaves", "passes"])
        self.assertEqual((code, set(outcomes.values())), (0, {"passed"}))

    def test_a_program_without_tests_fails(self):
        self.assertNotEqual(self.run_shard([])[0], 0)
        self.assertNotEqual(self.run_shard([], GTEST_FILTER="")[0], 0)
        self.assertEqual(self.run_shard([], GTEST_FILTER="Other.*")[0], 0)

    def test_the_report_has_a_line_for_each_test(self):
        results = self.folder / "results"
        results.mkdir()
        (results / "unit.shard_0_of_2.txt").write_text("passed 3 unit.S.a\nFAILED 4 unit.S.b\n")
        (results / "unit.shard_9_of_9.txt").write_text("passed 3 unit.S.of_an_earlier_run\n")
        (results / "peers.shard_0_of_1.txt").write_text("passed 3 peers.S.of_an_earlier_run\n")
        junit, report = self.folder / "tests.xml", self.folder / "tests.txt"
        junit.write_text('<testsuite><testcase name="unit.shard_0_of_2" time="0.1" status="fail"/>'
                         '<testcase name="unit.shard_1_of_2" time="0.1" status="fail"/>'
                         '<testcase name="peers.shard_0_of_1" time="0" status="notrun"/>'
                         '<testcase name="layers" time="0.5" status="run"/></testsuite>')
        done = subprocess.run([sys.executable, RUNNER / "report.py", junit, results, report], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual([line.split()[0] + " " + line.split()[-1] for line in report.read_text().splitlines()],
                         ["passed layers", "FAILED peers.shard_0_of_1", "passed unit.S.a", "FAILED unit.S.b",
                          "FAILED unit.shard_1_of_2"])
        self.assertIn("5 tests: 2 passed, 3 failed, 0 skipped", done.stdout)


if __name__ == "__main__":
    unittest.main()
