# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Here and not in the presets: a machine without ccache uses the same presets.
find_program(COROCHAIN_CCACHE ccache)
mark_as_advanced(COROCHAIN_CCACHE)
if(COROCHAIN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without these two, ccache refuses whatever is compiled with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${COROCHAIN_CCACHE})
endif()
