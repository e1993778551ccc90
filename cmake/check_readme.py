#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

"""Checks all pages (*.md) of a source tree against the files that they speak of.

usage: check_readme.py [ROOT]
- Each line of a C++ block stands in an example: code that is not compiled and run goes stale. A block with a main() is
  the whole of one. A block behind the line `<!-- not from an example -->` is left out.
- A relative link leads to a file or folder, and its #anchor to a heading.
- A path in backticks, such as `cmake/check_readme.py`, exists: from the page's folder, the root, src/ or
  include/corochain/. Paths of other projects, whose first folder is none of ours, are left out.
"""

import collections
import os
import pathlib
import re
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
FILE_PATH = re.compile(r"(?:\./)?[\w.-]+(?:/[\w.-]+)+\.(?:hpp|cpp|py|sh|cmake|md|json)")


def collapsed(line: str) -> str:
    """The line without its comment and with single spaces."""
    return " ".join(re.sub(r"\s+//.*", "", line).split())


def unknown_lines(page: str, sources: str) -> list[tuple[int, str]]:
    """The lines of C++ blocks that no example holds, with their numbers."""
    known = {collapsed(line) for line in sources.splitlines()}
    found = []
    inside = exempt = False
    for number, line in enumerate(page.splitlines(), 1):
        if line.startswith("```"):
            inside = not inside and line.startswith("```cpp") and not exempt
            if line != "```":
                exempt = False
        elif line == "<!-- not from an example -->":
            exempt = True
        elif inside and collapsed(line) and collapsed(line) not in known:
            found.append((number, line))
    return found


def cut_programs(page: str, examples: list[str]) -> list[tuple[int, str]]:
    """The whole programs that are no longer one of the examples, with the numbers of their lines."""
    def code(text: str) -> list[str]:
        return [line for line in map(collapsed, text.splitlines()) if line and not line.startswith("//")]

    whole = [code(example) for example in examples]
    found = []
    for block in re.finditer(r"^```cpp\n(.*?)^```$", page, re.S | re.M):
        main = re.search(r"^int main\(.*", block.group(1), re.M)
        if main and code(block.group(1)) not in whole:
            found.append((page.count("\n", 0, block.start(1) + main.start()) + 1, main.group()))
    return found


def prose(page: str) -> list[tuple[int, str]]:
    """The lines outside of code blocks, with their numbers."""
    lines = []
    inside = False
    for number, line in enumerate(page.splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            lines.append((number, line))
    return lines


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    uses = collections.Counter()
    for _, line in prose(page):
        if heading := re.match(r"#{1,6}\s+(.+)", line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).strip().lower()
            anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            found.add(f"{anchor}-{uses[anchor]}" if uses[anchor] else anchor)
            uses[anchor] += 1
    return found


def broken_references(root: pathlib.Path, path: pathlib.Path) -> list[tuple[int, str]]:
    """Links and paths of a page that lead nowhere, with their lines' numbers."""
    found = []
    for number, line in prose(path.read_text(encoding="utf-8")):
        for target in LINK.findall(CODE.sub("", line)):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            led_to = path.parent / file if file else path
            if not led_to.exists():
                found.append((number, f"no such file: {target}"))
            elif anchor and (led_to.suffix != ".md" or anchor not in anchors(led_to.read_text(encoding="utf-8"))):
                found.append((number, f"no such heading: {target}"))
        for named in CODE.findall(line):
            folders = (path.parent, root, root / "src", root / "include/corochain")
            ours = [folder for folder in folders if (folder / named.split("/")[0]).is_dir()]
            if FILE_PATH.fullmatch(named) and ours and not any((folder / named).exists() for folder in ours):
                found.append((number, f"no such file: {named}"))
    return found


def pages(root: pathlib.Path) -> list[pathlib.Path]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if n == ".github" or not n.startswith((".", "build")))
        found += [pathlib.Path(folder, name) for name in sorted(names) if name.endswith(".md")]
    return found


def main(arguments: list[str]) -> int:
    root = pathlib.Path(arguments[0] if arguments else ".")
    examples = sorted((root / "examples").rglob("*.[ch]pp"))
    programs = [path.read_text(encoding="utf-8") for path in examples]
    sources = "\n".join(programs)
    checked = pages(root)
    if not programs or not checked:
        print(f"no pages or no examples in {root}")
        return 2
    wrong = 0
    for path in checked:
        page = path.read_text(encoding="utf-8")
        found = broken_references(root, path)
        found += [(number, f"in no example: {line.strip()}") for number, line in unknown_lines(page, sources)]
        found += [(number, f"not the whole example: {line}") for number, line in cut_programs(page, programs)]
        for number, text in sorted(found):
            print(f"{path.relative_to(root)}:{number}: {text}")
            wrong += 1
    print(f"{len(checked)} pages checked")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
