#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Writes one line for each test of a ctest run, those within shards included, and prints the totals.

usage: report.py <ctest's JUnit file> <directory of the shards' results> <report>

Ends with 1 if a test failed or none ran.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree

OUTCOMES = {"run": "passed", "fail": "FAILED", "notrun": "skipped", "disabled": "skipped"}


def lines_of(junit, results):
    """(outcome, milliseconds, name) of each test."""
    lines = []
    for case in xml.etree.ElementTree.parse(junit).getroot().iter("testcase"):
        name, outcome = case.get("name"), OUTCOMES.get(case.get("status"), "FAILED")
        if not re.search(r"\.shard_\d+_of_\d+$", name):
            lines.append((outcome, int(float(case.get("time", "0")) * 1000), name))
            continue
        file = results / f"{name}.txt"
        ran = outcome != "skipped"  # else the file is of an earlier run
        tests = file.read_text(encoding="utf-8").splitlines() if ran and file.exists() else []
        lines += [(word, int(milliseconds), test) for word, milliseconds, test in (line.split(" ", 2) for line in tests)]
        # A shard that failed without a failed test: it did not start, or a sanitizer spoke at its end.
        if outcome != "passed" and not any(line.startswith("FAILED") for line in tests):
            lines.append(("FAILED", 0, name))
    return lines


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    junit, results, report = (pathlib.Path(argument) for argument in sys.argv[1:])
    lines = sorted(lines_of(junit, results), key=lambda line: line[2])
    report.write_text("".join(f"{outcome} {milliseconds:6} ms  {name}\n" for outcome, milliseconds, name in lines),
                      encoding="utf-8")
    counts = {word: sum(line[0] == word for line in lines) for word in ("passed", "FAILED", "skipped")}
    for outcome, _, name in lines:
        if outcome != "passed":
            print(f"  {outcome} {name}")
    print(f"{len(lines)} tests: {counts['passed']} passed, {counts['FAILED']} failed, {counts['skipped']} skipped"
          f" (one line each in {report})")
    return 1 if counts["FAILED"] or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
