# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Rules of the house that a script can check.
function(corochain_check name)
  add_test(NAME ${name} COMMAND Python3::Interpreter ${ARGN} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS checks TIMEOUT 120)
endfunction()

corochain_check(layers cmake/check_layers.py "${PROJECT_SOURCE_DIR}")
corochain_check(co_await_traps cmake/check_co_await_traps.py include src tests examples)
corochain_check(readme cmake/check_readme.py "${PROJECT_SOURCE_DIR}")
# Folders and files whose sentences are checked.
set(checked_sentences .ci/run .github CMakeLists.txt README.md cmake examples include src tests)
corochain_check(sentences cmake/check_sentences.py --exclude tests/checks/check_pages_test.py ${checked_sentences})
corochain_check(check_scripts tests/checks/check_scripts_test.py)
corochain_check(check_pages tests/checks/check_pages_test.py)
corochain_check(runner tests/checks/runner_test.py)
corochain_check(ccache tests/checks/ccache_test.py)

# The version stands in two places: here for packages, in the header for programs.
file(STRINGS "${PROJECT_SOURCE_DIR}/include/corochain/core/version.hpp" version_line REGEX "define COROCHAIN_VERSION ")
if(NOT version_line MATCHES "\"${PROJECT_VERSION}\"")
  message(FATAL_ERROR "corochain: CMakeLists.txt says ${PROJECT_VERSION}, version.hpp says: ${version_line}")
endif()
