#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Fails if a public exception type is not exported by the shared library.

usage: check_exported_types.py <nm> <library.so> <error.hpp>
"""
import re
import subprocess
import sys


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    nm, library, header = sys.argv[1:]
    with open(header, encoding="utf-8") as file:
        types = re.findall(r"^class\s+(?:COROCHAIN_EXPORT\s+)?(\w*Error)\s*(?:final\s*)?:", file.read(), re.MULTILINE)
    if not types:
        sys.exit(f"no exception types found in {header}: nothing was checked")
    symbols = subprocess.run([nm, "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1] for line in symbols.splitlines() if line}
    missing = [name for name in types if f"_ZTIN9corochain{len(name)}{name}E" not in exported]
    if missing:
        sys.exit(f"{library} does not export the type information of " + ", ".join(missing))
    print(f"all {len(types)} exception types are exported")


if __name__ == "__main__":
    main()
