#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds the consumer's program with nothing but a compiler and pkg-config.
# usage: build.sh <program to make>
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

flags=$(pkg-config --cflags --libs 'corochain >= 0.1')
# shellcheck disable=SC2086 # they are lists of words
"${CXX:-c++}" -std=c++20 ${CXXFLAGS:-} -o "$1" "$here/../main.cpp" $flags
