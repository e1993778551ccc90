#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Builds and runs the soak: calls with faults in one request of twenty, over HTTP and HTTPS, whole and streamed, 64 at
# once on one loop. It fails if a call is lost or has a wrong result, if files stay open or if memory grows.
# usage: tests/soak/run.sh [--asan] [calls, default 100000] [seed, default 1]
#   100,000 calls take about a minute; with --asan (AddressSanitizer and UBSan) 20,000 take about as long.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/steps.sh
run_load soak "$@"
