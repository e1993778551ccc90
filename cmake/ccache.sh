#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Compiles through ccache. usage: ccache.sh <ccache> <compiler> <argument>...
# Where a precompiled header stands already, ccache takes it for what the new one includes: it then gives back a header of
# another state of the sources, and remembers that no other file counts. So the old one is removed first, and the new one
# is looked up by the whole text that it is made of.
previous=
for argument in "$@"; do
  case "$previous $argument" in
    "-o "*.gch | "-o "*.pch)
      rm -f "$argument"
      export CCACHE_NODIRECT=1
      ;;
  esac
  previous=$argument
done
exec "$@"
