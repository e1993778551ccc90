# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Programs of a folder. They link the static libraries, because they reach private symbols of src/.
function(corochain_private_program name folder)
  set(files 8)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
  if(NOT sources)
    message(FATAL_ERROR "corochain: tests/${folder} has no sources")
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE corochain_static corochain_testing_static OpenSSL::SSL OpenSSL::Crypto)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${CMAKE_CURRENT_SOURCE_DIR}")
  # As in the library: the private headers have to mean the same here.
  target_compile_definitions(${name} PRIVATE BOOST_ASIO_NO_DEPRECATED)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  corochain_warnings(${name})
  corochain_sanitize_less(${name})
  if(folder STREQUAL "unit")
    set(files 9)
  endif()
  corochain_fast_build(${name} ${files} runnables 4)
endfunction()

set(COROCHAIN_TEST_SHARDS 4 CACHE STRING "Processes that run a program's tests; 0: each test is a process, for ctest -R")

# Programs of GoogleTest; the folder is the label of their tests.
function(corochain_test_program name folder)
  corochain_private_program(${name} ${folder})
  target_link_libraries(${name} PRIVATE GTest::gtest_main GTest::gtest)
  set(time_limit 120)
  if(folder STREQUAL "threads")
    set(time_limit 300) # tens of thousands of calls, which ThreadSanitizer makes ten times as long
  endif()
  # Functions of shared libraries are bound at the start: the loader saves the processor's registers on the stack
  # when it binds one later, and with them what was copied last; tests search the memory for secrets.
  set(environment "LD_BIND_NOW=1")
  if(COROCHAIN_TEST_SHARDS EQUAL 0)
    # Found before the tests run, not while building: a sanitizer may need settings that only ctest's preset gives.
    gtest_discover_tests(${name} TEST_PREFIX "${folder}." DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
                                 WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" TEST_FILTER "*"
                                 PROPERTIES TIMEOUT ${time_limit} LABELS ${folder} ENVIRONMENT ${environment})
    return()
  endif()
  math(EXPR last "${COROCHAIN_TEST_SHARDS} - 1")
  foreach(shard RANGE ${last})
    set(test "${folder}.shard_${shard}_of_${COROCHAIN_TEST_SHARDS}")
    add_test(NAME ${test}
             COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/runner/shard.py" --program $<TARGET_FILE:${name}>
                     --prefix ${folder} --shard ${shard} --shards ${COROCHAIN_TEST_SHARDS}
                     --results "${test_results}/${test}.txt" --time-limit ${time_limit}
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    # The runner limits each test; this is for the runner. The longest test begins first.
    set_tests_properties(${test} PROPERTIES TIMEOUT 1800 LABELS ${folder} ENVIRONMENT ${environment} COST ${time_limit})
  endforeach()
endfunction()

set(test_results "${CMAKE_CURRENT_BINARY_DIR}/results")
file(MAKE_DIRECTORY "${test_results}")

corochain_test_program(unit_tests unit)
corochain_test_program(integration_tests integration)
corochain_test_program(peers_tests peers)
corochain_test_program(threads_tests threads)
set(test_headers <gtest/gtest.h> <corochain/corochain.hpp>)
corochain_precompile(unit_tests ${test_headers})
# A target of its own has the headers of the others: whatever reuses a program's is built after that program.
corochain_private_program(precompiled_for_tests precompiled)
target_link_libraries(precompiled_for_tests PRIVATE GTest::gtest)
set_target_properties(precompiled_for_tests PROPERTIES EXCLUDE_FROM_ALL ON)
corochain_precompile(precompiled_for_tests ${test_headers})
foreach(program IN ITEMS integration_tests peers_tests threads_tests)
  corochain_precompile(${program} REUSE_FROM precompiled_for_tests)
endforeach()

# tests/soak/run.sh and tests/refusals/run.sh build and run them.
foreach(program IN ITEMS soak refusals)
  corochain_private_program(${program} ${program})
  set_target_properties(${program} PROPERTIES EXCLUDE_FROM_ALL ON)
endforeach()
