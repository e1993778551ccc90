#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors
"""Fails if <corochain/corochain.hpp> reaches a heavy header.

usage: light_header.py <compiler> [compiler arguments]
"""
import re
import subprocess
import sys

UMBRELLA = "corochain/corochain.hpp"
# nlohmann/json_fwd.hpp is light, and allowed.
HEAVY = re.compile(r"/boost/beast(/|\.hpp)|/openssl/|/boost/asio/ssl(/|\.hpp)|/nlohmann/json\.hpp")


def dependencies(command):
    run = subprocess.run([*command, "-M", "-x", "c++", "-"], input=f"#include <{UMBRELLA}>\n",
                         capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"the compiler failed on <{UMBRELLA}>:\n{run.stderr}")
    # A make rule: "target: file file \<newline> file".
    return run.stdout.replace("\\\n", " ").partition(":")[2].split()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    files = dependencies(sys.argv[1:])
    if not any(file.endswith("/" + UMBRELLA) for file in files):
        sys.exit(f"the compiler's list of {len(files)} files lacks {UMBRELLA}: nothing was checked")
    heavy = [file for file in files if HEAVY.search(file)]
    if heavy:
        sys.exit(f"<{UMBRELLA}> includes heavy headers:\n  " + "\n  ".join(heavy[:20]))
    print(f"<{UMBRELLA}> includes {len(files)} files, none of them heavy")


if __name__ == "__main__":
    main()
