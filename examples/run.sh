#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds the examples in Release and runs the main one; what it is told is passed on to it. Needs no key.
# usage: examples/run.sh [arguments for 1_async_programming]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/steps.sh

# The preparations go to stderr: stdout is the program's.
{
  step "setting up"
  cmake/setup.sh
  build_with release build/release all
  step "running 1_async_programming $*"
} >&2
exec build/release/examples/1_async_programming "$@"
