#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Checks the layout of our C++ files, or corrects it.
# usage: check_format.sh [--fix]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Versions differ in detail: the oldest that is supported decides.
for tool in "${CLANG_FORMAT:-clang-format-14}" clang-format clang-format-19; do
  command -v "$tool" >/dev/null && break
  tool=
done
if [[ -z $tool ]]; then
  echo "check_format: there is no clang-format (Debian: apt-get install clang-format-14)" >&2
  exit 2
fi

mode=(--dry-run -Werror)
[[ ${1:-} == --fix ]] && mode=(-i)
find include src tests examples -name '*.hpp' -print0 -o -name '*.cpp' -print0 |
  xargs -0 -r "$tool" --style=file "${mode[@]}"
