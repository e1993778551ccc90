#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Compiles through ccache. usage: ccache.sh <ccache> <compiler> <argument>...
# A precompiled header needs care, or ccache gives back one of another state of the sources:
# - an old one that stands there is taken for all that the new one includes: it is removed first;
# - a header's comments do not count for ccache, and they do for `#pragma once`, by which g++ compares whole files: the
#   files are looked up by their contents (depend mode), among the entries that were made so.
previous=
for argument in "$@"; do
  case "$previous $argument" in
    "-o "*.gch | "-o "*.pch)
      rm -f "$argument"
      export CCACHE_DEPEND=1 CCACHE_NAMESPACE=precompiled-headers
      ;;
  esac
  previous=$argument
done
exec "$@"
