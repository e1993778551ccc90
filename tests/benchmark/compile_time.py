#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Measures the compile time of a unit that includes corochain's headers, relative to Asio's awaitable alone."""
import argparse
import json
import pathlib
import resource
import shlex
import subprocess
import sys
import tempfile

BASE = "#include <boost/asio/awaitable.hpp>\n"
HEADER = "#include <corochain/corochain.hpp>\n"
CHAIN = HEADER + """
#include <string>
namespace cc = corochain;
std::string ask(const std::string& question) {
  auto prompt = cc::ChatPromptTemplate::from_messages({{"system", "Be terse."}, {"human", "{question}"}});
  auto chain = prompt | cc::AzureChatOpenAI() | cc::StrOutputParser() | [](std::string s) { return s + "!"; };
  return chain.invoke({{"question", question}});
}
"""
# The compiled units, each with its budget and a stretch goal, relative to BASE.
UNITS = {
    "asio/awaitable.hpp": (BASE, None, None),
    "main header": (HEADER, 1.6, 1.35),
    "chain of three steps and a lambda": (CHAIN, 3.0, 2.7),
}


def flags_of(build: pathlib.Path) -> list[str]:
    """Compiler and include directories of the program that uses the library."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["file"].endswith("benchmark/clients/chain.cpp"):
            words = [w for w in shlex.split(entry["command"]) if not w.endswith("ccache")]
            keep = [words[0], "-std=c++20"]
            for i, word in enumerate(words):
                if word.startswith("-I") or word == "-isystem":
                    keep.append(word)
                    if word == "-isystem":
                        keep.append(words[i + 1])
            return keep
    sys.exit("compile_time: the benchmarks are not in compile_commands.json")


def seconds_for(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="exit with 1 if a budget is broken")
    arguments = parser.parse_args()
    flags = flags_of(arguments.build)
    least = {name: float("inf") for name in UNITS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.repeat):  # interleaved, as all measurements here
            for name, (text, _, _) in UNITS.items():
                source = pathlib.Path(folder) / "unit.cpp"
                source.write_text(text)
                command = [*flags, "-fsyntax-only", str(source)]
                if "chain" in name:
                    command = [*flags, "-O0", "-c", str(source), "-o", str(source.with_suffix(".o"))]
                least[name] = min(least[name], seconds_for(command))
    base = least["asio/awaitable.hpp"]
    rows = []
    for name, (_, budget, stretch) in UNITS.items():
        ratio = least[name] / base
        row = {"name": f"compile time, {name}", "seconds": least[name], "ratio": ratio}
        line = f"{name:36} {least[name]:6.2f} s   x {ratio:5.2f}"
        if budget:
            row.update(budget=budget, stretch=stretch, kept=ratio <= budget)
            line += f"   budget <= {budget:.2f} (stretch {stretch:.2f})   {'kept' if ratio <= budget else 'BROKEN'}"
        print(line)
        rows.append(row)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    broken = [row for row in rows if not row.get("kept", True)]
    print(f"\n{len(broken)} budgets broken")
    for row in broken:
        print(f"  {row['name']}: x {row['ratio']:.2f}, budget <= {row['budget']:.2f}")
    if arguments.check and broken:
        sys.exit(1)


if __name__ == "__main__":
    main()
