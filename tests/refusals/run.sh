#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds and runs the refusals: batches against servers that answer some requests with 429 and Retry-After, over real
# connections and in real time. It prints each figure with its bar, and fails if one is broken. No tests: the figures
# depend on the machine. tests/unit/codec/admission_runs_test.cpp has the same servers in virtual time.
# usage: tests/refusals/run.sh [--asan] [random | quota | stop]
#   All together take about five minutes, because quotas are slow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/steps.sh
run_load refusals "$@"
