# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Functions that the scripts for building and testing share. They source this file, from the project's root.
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-2}

# step <what begins>: with the time since the script began, to see what takes long.
step() { printf '\n==> [%d:%02d] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"; }

# usage_of <script>: prints the comment at its head.
usage_of() { sed -n '5,/^set /{s/^# \{0,1\}//p;}' "$1"; }

# first_of <program>...: prints the first that is there.
first_of() {
  local program
  for program in "$@"; do
    if command -v "$program" >/dev/null 2>&1; then
      echo "$program"
      return 0
    fi
  done
  return 1
}
find_gcc() { first_of g++-12 g++; }
find_clang() { first_of clang++-19 clang++-18 clang++-17 clang++-16; }

# without_randomness <command>...: runs it without address randomness where that may be dropped. Some containers forbid
# it.
# ThreadSanitizer of GCC 12 does not cope with many bits of it.
without_randomness() {
  if setarch "$(uname -m)" -R true 2>/dev/null; then
    setarch "$(uname -m)" -R "$@"
  else
    "$@"
  fi
}

# build_with <preset> <directory> <targets> <arguments for cmake>...
# Each step returns its failure: `set -e` sleeps in a function that is called as a condition.
build_with() {
  local preset=$1 directory=$2 targets
  read -ra targets <<<"$3"
  shift 3
  # The presets ask for Ninja. A folder keeps the generator that it began with.
  if grep -qs '^CMAKE_GENERATOR:INTERNAL=Unix Makefiles$' "$directory/CMakeCache.txt" ||
    { [[ ! -e $directory/CMakeCache.txt ]] && ! command -v ninja >/dev/null 2>&1; }; then
    set -- -G "Unix Makefiles" "$@"
  fi
  step "configuring $directory (preset $preset${*:+, $*})"
  mkdir -p "$directory" || return
  cmake --preset "$preset" -B "$directory" "$@" >"$directory/configure.log" 2>&1 || {
    cat "$directory/configure.log"
    return 1
  }
  step "building $directory (${targets[*]})"
  cmake --build "$directory" --target "${targets[@]}"
}

# Runs what those two programs hold, in a directory where nothing else was built.
run_programs_in() {
  local directory=$1
  step "unit and integration tests in $directory"
  ctest --test-dir "$directory" --output-on-failure --no-tests=error -j "$CTEST_PARALLEL_LEVEL" \
    -L '^(unit|integration)$'
}

# run_load <target> [--asan] <arguments>...: builds a program of tests/ that makes load, optimised or with sanitizers,
# and becomes it.
run_load() {
  local target=$1 preset=release directory=build/soak
  shift
  step "setting up"
  cmake/setup.sh tests
  if [[ ${1:-} == --asan ]]; then
    preset=asan
    directory=build/asan
    shift
  fi
  build_with "$preset" "$directory" "$target" -DCOROCHAIN_BUILD_TESTS=ON -DCMAKE_CXX_COMPILER="$(find_gcc)"
  step "running"
  exec "$directory/tests/$target" "$@"
}
