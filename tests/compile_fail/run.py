#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Passes if a file does not compile, and for the right reason.

usage: run.py [--case <name>] <file.cpp> <compiler> [compiler arguments]

The file's first lines hold one or more `// EXPECT: <regular expression>`: each has to match the compiler's output. The
file is first compiled with COROCHAIN_COMPILE_OK defined, for which it holds a correct variant; that has to succeed, so
that a forgotten #include cannot pass for the error in question.

A file of many mistakes holds one `// CASE <name>: <regular expression>` for each instead. It is compiled with the name
defined, or, for `// CASE <name> <arguments>: ...`, with these arguments, and the first error has to match. Without --case only the correct variant of such a file is compiled.

Where a message is corochain's own, by a static_assert, it has to be the only error but for a fatal one, which ends the
compilation on purpose.
"""
import argparse
import pathlib
import re
import subprocess
import sys


def found_in_head(keyword, text):
    """The (name, compiler arguments, regular expression) of the lines with the keyword in the block of comments at the top."""
    found = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("//"):
            break
        match = re.match(rf"//\s*{keyword}\s*(\w*)((?: -\S+)*):\s*(.*\S)", line)
        if match:
            found.append((match.group(1), match.group(2).split(), match.group(3)))
    return found


def check_correct_variant(compiler, source):
    right = subprocess.run([*compiler, "-DCOROCHAIN_COMPILE_OK", source], capture_output=True, text=True)
    if right.returncode != 0:
        sys.exit(f"{source}: the correct variant does not compile:\n{right.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case")
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("compiler", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    source = options.source
    compiler = [*options.compiler, "-fsyntax-only", "-fdiagnostics-color=never"]

    text = source.read_text(encoding="utf-8")
    cases = {name: (arguments, pattern) for name, arguments, pattern in found_in_head("CASE", text)}
    expected = [pattern for _, _, pattern in found_in_head("EXPECT", text)]
    if bool(cases) == bool(expected):
        sys.exit(f"{source}: either `// EXPECT: <regular expression>` or `// CASE <name>: ...` at the top")
    if "COROCHAIN_COMPILE_OK" not in text:
        sys.exit(f"{source}: no correct variant under COROCHAIN_COMPILE_OK")

    if not options.case:
        check_correct_variant(compiler, source)
        if cases:
            print(f"{source.name}: the correct variants compile")
            return
    else:
        arguments, pattern = cases[options.case]
        if not arguments and f"defined({options.case})" not in text:
            sys.exit(f"{source}: no code for the case {options.case}")
        expected = [pattern]
        compiler += arguments or [f"-D{options.case}"]

    wrong = subprocess.run([*compiler, source], capture_output=True, text=True)
    output = wrong.stdout + wrong.stderr
    if wrong.returncode == 0:
        sys.exit(f"{source}: compiles, but should not")
    errors = [line for line in output.splitlines() if re.search(r"(?<!fatal )\berror:", line)]
    searched = errors[0] if options.case and errors else output
    missing = [pattern for pattern in expected if not re.search(pattern, searched)]
    if missing:
        sys.exit(f"{source}: the compiler's output lacks\n  " + "\n  ".join(missing) + f"\nIt was:\n{output}")
    if any("corochain: " in line for line in errors) and len(errors) > 1:
        sys.exit(f"{source}: {len(errors)} errors instead of one:\n" + "\n".join(errors))
    print(f"{source.name}: does not compile, as expected ({len(output.splitlines())} lines of output)")


if __name__ == "__main__":
    main()
