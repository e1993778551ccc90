#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds a user's program with nothing but a compiler and pkg-config.
# usage: build.sh <program to make> <source> <package>
set -euo pipefail

flags=$(pkg-config --cflags --libs "$3 >= 0.1")
# shellcheck disable=SC2086 # they are lists of words
"${CXX:-c++}" -std=c++20 ${CXXFLAGS:-} -o "$1" "$2" $flags
