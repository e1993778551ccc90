#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

"""Finds C++ lines in the README that no example holds: what is not compiled and run goes stale.

usage: check_readme.py [README.md examples/]
A block behind the line `<!-- not from an example -->` is left out.
"""

import pathlib
import re
import sys


def collapsed(line: str) -> str:
    """The line without its comment and with single spaces."""
    return " ".join(re.sub(r"\s+//.*", "", line).split())


def unknown_lines(readme: str, sources: str) -> list[tuple[int, str]]:
    known = {collapsed(line) for line in sources.splitlines()}
    found = []
    inside = exempt = False
    for number, line in enumerate(readme.splitlines(), 1):
        if line.startswith("```"):
            inside = not inside and line.startswith("```cpp") and not exempt
            if line != "```":
                exempt = False
        elif line == "<!-- not from an example -->":
            exempt = True
        elif inside and collapsed(line) and collapsed(line) not in known:
            found.append((number, line))
    return found


def main(arguments: list[str]) -> int:
    readme, examples = (arguments + ["README.md", "examples"][len(arguments):])[:2]
    sources = "\n".join(path.read_text() for path in sorted(pathlib.Path(examples).rglob("*.[ch]pp")))
    if not sources:
        print(f"no examples in {examples}")
        return 1
    unknown = unknown_lines(pathlib.Path(readme).read_text(), sources)
    for number, line in unknown:
        print(f"{readme}:{number}: in no example: {line.strip()}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
