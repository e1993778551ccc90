#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Builds all without a compiler cache, and prints the cost: CPU by target, and the ten slowest files.

usage: build_time.py [--preset NAME] [--keep DIRECTORY] [targets, default: corochain corochain_testing] [-- cmake options]

The build goes into a folder of its own, which is removed unless --keep names one. Figures are CPU seconds of the
compiler and the linker, user and kernel, and the most memory that one of their processes took.

Every change keeps these budgets (seconds of CPU for the libraries, of the wall clock for the commands, on two cores
with nothing else running):

  the library alone                    120 s
  corochain::testing, in addition       60 s
  ./examples/run.sh                    120 s     time CCACHE_DISABLE=1 ./examples/run.sh      in a fresh clone
  ./tests/run.sh                       720 s     time CCACHE_DISABLE=1 ./tests/run.sh
  .ci/run                             1800 s     time CCACHE_DISABLE=1 .ci/run; 720 s with a warm cache
  a compiler's memory                 1536 MB

The first two and the last are checked with the default preset: exit code 1 says that one is broken.
"""
import argparse
import collections
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CPU_BUDGETS = {"corochain": 120, "corochain_testing": 60}
MEMORY_BUDGET = 1536
DEFAULT_PRESET = "release"


def launch(log, command):
    """Runs a compiler or linker for the build, and records its cost."""
    begin = time.monotonic()
    code = subprocess.call(command)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = command[command.index("-o") + 1] if "-o" in command[:-1] else command[-1]
    line = json.dumps({"output": output, "cpu": used.ru_utime + used.ru_stime, "wall": time.monotonic() - begin,
                       "megabytes": used.ru_maxrss / 1024})
    with open(log, "a", encoding="utf-8") as out:  # one write a line: processes do not mix theirs
        out.write(line + "\n")
    return code


def target_of(output):
    folder, found, _ = output.partition(".dir/")
    name = folder.rsplit("/", 1)[-1] if found else pathlib.Path(output).name
    return name.removesuffix("_objects")


def build(options, folder):
    """Returns the cost of each process, and the build's wall time."""
    log = folder / "build_time.jsonl"
    launcher = f"{sys.executable};{pathlib.Path(__file__).resolve()};--launch;{log}"
    environment = dict(os.environ, CCACHE_DISABLE="1")
    generator = [] if shutil.which("ninja") else ["-G", "Unix Makefiles"]  # the presets ask for Ninja
    subprocess.run(["cmake", "--preset", options.preset, "-S", ROOT, "-B", folder, *generator,
                    "-DCOROCHAIN_OWN_LAUNCHER=ON", f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}", f"-DCMAKE_CXX_LINKER_LAUNCHER={launcher}",
                    *options.cmake], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    begin = time.monotonic()
    subprocess.run(["cmake", "--build", folder, "--parallel", str(os.cpu_count()), "--target", *options.targets],
                   env=environment, check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()], time.monotonic() - begin


def report(rows, wall, checked):
    """Prints the tables and returns the broken budgets."""
    targets, broken = collections.defaultdict(list), []
    for row in rows:
        targets[target_of(row["output"])].append(row)
    print(f"{'target':32} {'CPU s':>8} {'files':>6} {'MB':>6}")
    for name, its in sorted(targets.items(), key=lambda item: -sum(row["cpu"] for row in item[1])):
        cpu, most = sum(row["cpu"] for row in its), max(row["megabytes"] for row in its)
        budget = CPU_BUDGETS.get(name) if checked else None
        verdict = ""
        if budget:
            verdict = f"   budget {budget} s: {'kept' if cpu <= budget else 'BROKEN'}"
            if cpu > budget:
                broken.append(f"{name} took {cpu:.0f} s of CPU, budget {budget} s")
        print(f"{name:32} {cpu:8.1f} {len(its):6} {most:6.0f}{verdict}")
    print(f"{'all':32} {sum(row['cpu'] for row in rows):8.1f} {len(rows):6}   wall {wall:.0f} s\n\nthe slowest files")
    for row in sorted(rows, key=lambda row: -row["cpu"])[:10]:
        print(f"{row['cpu']:8.1f} s {row['megabytes']:6.0f} MB  {row['output']}")
    if checked:
        broken += [f"{row['output']} took {row['megabytes']:.0f} MB, budget {MEMORY_BUDGET} MB"
                   for row in rows if row["megabytes"] > MEMORY_BUDGET]
    return broken


def main():
    if sys.argv[1:2] == ["--launch"]:
        return launch(sys.argv[2], sys.argv[3:])
    arguments, cmake = sys.argv[1:], []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, cmake = arguments[:cut], arguments[cut + 1:]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     usage=argparse.SUPPRESS)
    parser.add_argument("--preset", default=DEFAULT_PRESET)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("targets", nargs="*", default=["corochain", "corochain_testing"])
    options = parser.parse_args(arguments)
    options.cmake = cmake
    folder = options.keep.resolve() if options.keep else pathlib.Path(tempfile.mkdtemp(prefix="corochain-build-"))
    if options.keep and folder.exists() and any(folder.iterdir()):
        sys.exit(f"build_time: {folder} is not empty: the build would not be one from nothing")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        rows, wall = build(options, folder)
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    broken = report(rows, wall, options.preset == DEFAULT_PRESET and not cmake)
    for line in broken:
        print(f"BROKEN: {line}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
