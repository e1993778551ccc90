# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Other people's projects: each really builds a program against corochain, and runs it. See run.py.
function(corochain_consumer kind)
  add_test(NAME consumer_${kind}
           COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/consumer/run.py" ${kind}
                   --cmake "${CMAKE_COMMAND}" --generator "${CMAKE_GENERATOR}" --compiler "${CMAKE_CXX_COMPILER}"
                   --launcher "${CMAKE_CXX_COMPILER_LAUNCHER}" --sanitize "${COROCHAIN_SANITIZE}"
                   --source "${PROJECT_SOURCE_DIR}" --build "${PROJECT_BINARY_DIR}" --config "$<CONFIG>"
                   --libdir "${CMAKE_INSTALL_LIBDIR}" --prefix-path "${CMAKE_PREFIX_PATH}")
  set_tests_properties(consumer_${kind} PROPERTIES LABELS consumer TIMEOUT 1500 ${ARGN})
endfunction()

if(COROCHAIN_INSTALL)
  corochain_consumer(find_package RESOURCE_LOCK build_tree)
  corochain_consumer(pkg_config RESOURCE_LOCK build_tree)
endif()
corochain_consumer(add_subdirectory PROCESSORS 2)
