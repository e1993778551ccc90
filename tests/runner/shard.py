#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Runs one shard of a GoogleTest program and writes a line for each of its tests.

usage: shard.py --program FILE --prefix NAME --shard I --shards N --results FILE [--time-limit SECONDS]

The program is started once for all tests of the shard: under a sanitizer a start takes longer than most tests. A test
that ends the program, or that runs longer than the limit, fails; the tests after it run in a new process. GTEST_FILTER
selects tests, as always.

A line of the results: the outcome (passed, FAILED or skipped), the milliseconds, and the name with the prefix.
Ends with 1 if a test failed or has no result, if the program ended badly between its tests or after them, or if it has no
test and no GTEST_FILTER is set.
"""
import argparse
import os
import re
import selectors
import signal
import subprocess
import sys
import time

MARK = re.compile(r"\[(?P<mark> RUN      |       OK |  FAILED  |  SKIPPED )\] (?P<name>[\w/]+\.[\w/]+)")
OUTCOMES = {"       OK ": "passed", "  FAILED  ": "FAILED", "  SKIPPED ": "skipped"}


def names_of(listing):
    """The full names in the output of --gtest_list_tests."""
    names, suite = [], ""
    for line in listing.splitlines():
        word = line.split("#")[0].strip()
        if line.startswith("  "):
            names.append(suite + word)
        elif re.fullmatch(r"[\w/]+\.", word):
            suite = word
    return names


def list_tests(program, environment):
    done = subprocess.run([program, "--gtest_list_tests"], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"shard: {program} --gtest_list_tests ended with {done.returncode}")
    return names_of(done.stdout)


class Run:
    """One process of the program, from its start to its end."""

    def __init__(self, program, environment, time_limit):
        self.time_limit = time_limit
        self.results = []  # (name, outcome, milliseconds)
        self.blamed = False  # a test was running when the program ended
        self.running = None
        self.since = time.monotonic()
        self.rest = b""
        # In a group of its own: what a test has started ends with it.
        self.process = subprocess.Popen([program, "--gtest_color=no"], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def take(self, data):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            # A test may have written without an end of line: the mark can stand anywhere in it.
            for mark in MARK.finditer(line.decode(errors="replace")):
                name = mark["name"]
                if mark["mark"] == " RUN      ":
                    self.running, self.since = name, time.monotonic()
                elif name == self.running:
                    self.end(OUTCOMES[mark["mark"]])

    def end(self, outcome):
        self.results.append((self.running, outcome, int((time.monotonic() - self.since) * 1000)))
        self.running, self.since = None, time.monotonic()

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait(self):
        """Returns the process's exit code; a test that was running when it ended has failed."""
        timed_out = False
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while True:
                left = self.since + self.time_limit - time.monotonic()
                if left <= 0:
                    timed_out = True
                    break
                if selector.select(min(left, 1)):
                    data = os.read(self.process.stdout.fileno(), 65536)
                    if not data:
                        break
                    self.take(data)
                elif self.process.poll() is not None:
                    # A process that a test left behind still holds the pipe open.
                    while selector.select(0):
                        data = os.read(self.process.stdout.fileno(), 65536)
                        if not data:
                            break
                        self.take(data)
                    break
        # Closed output is the end of the program, unless it is stuck in its exit.
        try:
            code = self.process.wait(0 if timed_out else self.time_limit)
        except subprocess.TimeoutExpired:
            timed_out = True
        self.kill()
        code = self.process.wait()
        self.process.stdout.close()
        if self.running:
            why = f"took longer than {self.time_limit} s" if timed_out else f"ended the program ({code})"
            print(f"\nshard: {self.running} {why}", flush=True)
            self.end("FAILED")
            self.blamed = True
        elif timed_out:
            print(f"\nshard: the program did not end within {self.time_limit} s after its last test", flush=True)
            code = code or 1
        return code


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--shard", type=int, required=True)
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--time-limit", type=float, default=120, help="of one test")
    options = parser.parse_args()

    if os.path.exists(options.results):
        os.remove(options.results)  # what is there is of an earlier run
    environment = dict(os.environ)
    listed = list_tests(options.program, environment)
    expected = listed[options.shard::options.shards]
    if not listed and not environment.get("GTEST_FILTER"):
        sys.exit(f"shard: {options.program} has no tests")
    if not expected:
        open(options.results, "w", encoding="utf-8").close()
        return 0

    results, failed, left = {}, False, expected
    while left:
        environment["GTEST_FILTER"] = ":".join(left)
        run = Run(options.program, environment, options.time_limit)
        try:
            code = run.wait()
        finally:
            run.kill()  # also when this program is told to end
        results.update((name, (outcome, milliseconds)) for name, outcome, milliseconds in run.results)
        remaining = [name for name in left if name not in results]
        explained = run.blamed or any(outcome == "FAILED" for _, outcome, _ in run.results)
        if (code != 0 and not explained) or (remaining and not run.blamed):
            failed = True  # also when every test passed: a sanitizer reports at the end
            print(f"\nshard: the program ended with {code}, and no test was running", flush=True)
        if len(remaining) == len(left):
            break
        left = remaining

    with open(options.results, "w", encoding="utf-8") as out:
        for name in expected:
            outcome, milliseconds = results.get(name, ("FAILED", 0))
            out.write(f"{outcome} {milliseconds} {options.prefix}.{name}\n")
    for name in expected:
        if name not in results:
            print(f"shard: {name} has no result")
    bad = [name for name in expected if results.get(name, ("FAILED", 0))[0] == "FAILED"]
    for name in bad:
        print(f"shard: FAILED {options.prefix}.{name}")
    return 1 if failed or bad else 0


if __name__ == "__main__":
    sys.exit(main())
