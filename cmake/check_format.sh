#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Checks the layout of our C++ files, or corrects it.
# usage: check_format.sh [--fix]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Versions differ in detail: version 19 decides.
tool=${CLANG_FORMAT:-clang-format-19}
if ! command -v "$tool" >/dev/null; then
  echo "check_format: there is no $tool (Debian: apt-get install clang-format-19)" >&2
  exit 2
fi

mode=(--dry-run -Werror)
[[ ${1:-} == --fix ]] && mode=(-i)
find include src tests examples -name '*.hpp' -print0 -o -name '*.cpp' -print0 |
  xargs -0 -r "$tool" --style=file "${mode[@]}"
