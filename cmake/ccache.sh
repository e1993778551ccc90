#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Compiles through ccache. usage: ccache.sh <ccache> <compiler> <argument>...
# A precompiled header is removed before it is made again: where an old one stands, ccache takes it for what the new one
# includes, and gives back a header of another state of the sources.
previous=
for argument in "$@"; do
  case "$previous $argument" in
    "-o "*.gch | "-o "*.pch) rm -f "$argument" ;;
  esac
  previous=$argument
done
exec "$@"
