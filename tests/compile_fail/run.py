#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Passes if a file does not compile, and for the right reason.

usage: run.py <file.cpp> <compiler> [compiler arguments]

The file's first lines hold one or more `// EXPECT: <regular expression>`: each has to match the compiler's output. The
file is first compiled with COROCHAIN_COMPILE_OK defined, for which it holds a correct variant; that has to succeed, so
that a forgotten #include cannot pass for the error in question.

Where a message is corochain's own, by a static_assert, it has to be the only error.
"""
import pathlib
import re
import subprocess
import sys


def expectations(text):
    """The EXPECT lines in the block of comments at the top."""
    found = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("//"):
            break
        match = re.match(r"//\s*EXPECT:\s*(.*\S)", line)
        if match:
            found.append(match.group(1))
    return found


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    compiler = [*sys.argv[2:], "-fsyntax-only", "-fdiagnostics-color=never"]

    text = source.read_text(encoding="utf-8")
    expected = expectations(text)
    if not expected:
        sys.exit(f"{source}: no `// EXPECT: <regular expression>` at the top")
    if "COROCHAIN_COMPILE_OK" not in text:
        sys.exit(f"{source}: no correct variant under COROCHAIN_COMPILE_OK")

    right = subprocess.run([*compiler, "-DCOROCHAIN_COMPILE_OK", source], capture_output=True, text=True)
    if right.returncode != 0:
        sys.exit(f"{source}: the correct variant does not compile:\n{right.stderr}")

    wrong = subprocess.run([*compiler, source], capture_output=True, text=True)
    output = wrong.stdout + wrong.stderr
    if wrong.returncode == 0:
        sys.exit(f"{source}: compiles, but should not")
    missing = [pattern for pattern in expected if not re.search(pattern, output)]
    if missing:
        sys.exit(f"{source}: the compiler's output lacks\n  " + "\n  ".join(missing) + f"\nIt was:\n{output}")
    errors = [line for line in output.splitlines() if re.search(r"\berror:", line)]
    if any("corochain: " in line for line in errors) and len(errors) > 1:
        sys.exit(f"{source}: {len(errors)} errors instead of one:\n" + "\n".join(errors))
    print(f"{source.name}: does not compile, as expected ({len(output.splitlines())} lines of output)")


if __name__ == "__main__":
    main()
