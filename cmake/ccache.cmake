# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Here and not in the presets: a machine without ccache uses the same presets.
find_program(COROCHAIN_CCACHE ccache)
mark_as_advanced(COROCHAIN_CCACHE)
if(COROCHAIN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without the sloppiness, ccache refuses whatever is compiled with a precompiled header. The other two let one clone
  # profit from another: paths below the project's root count as relative, and where the root is does not count.
  set(COROCHAIN_OWN_LAUNCHER ON)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 ${PROJECT_SOURCE_DIR}/cmake/ccache.sh ${COROCHAIN_CCACHE})
endif()
