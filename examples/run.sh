#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds the libraries and the main example in Release, and runs it; what it is told is passed on to it. Needs no key.
# usage: examples/run.sh [arguments for 1_async_programming]
#   From nothing, without a compiler cache, it takes 80 seconds on two cores of an AMD EPYC at 2.6 GHz with g++ 12.2.
#   The other examples: cmake --build build/release, then build/release/examples/<name>.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/steps.sh

# The preparations go to stderr: stdout is the program's.
{
  [[ ${1:-} != --help ]] || usage_of examples/run.sh
  step "setting up"
  cmake/setup.sh
  build_with release build/release 1_async_programming
  step "running 1_async_programming $*"
} >&2
exec build/release/examples/1_async_programming "$@"
