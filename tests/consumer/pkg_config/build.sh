#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds a user's program with nothing but a compiler and pkg-config.
# usage: build.sh <program to make> <source> <package>
set -euo pipefail

# Blanks in the paths of pkg-config are quoted for a shell.
words=$(pkg-config --cflags --libs "$3 >= 0.1")
eval "flags=($words)"
# shellcheck disable=SC2086,SC2154 # a list of words
"${CXX:-c++}" -std=c++20 ${CXXFLAGS:-} -o "$1" "$2" "${flags[@]}"
