# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Wrong uses that must not compile, with the message their author gets; see run.py.
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/*.cpp")
if(NOT sources)
  message(FATAL_ERROR "corochain: tests/compile_fail has no tests")
endif()
# The headers of these files are compiled once. A compiler that is told to include a file takes the .gch beside it.
set(compile_fail_headers "${CMAKE_CURRENT_BINARY_DIR}/compile_fail/headers.hpp")
file(CONFIGURE OUTPUT "${compile_fail_headers}" CONTENT
     "#include <corochain/corochain.hpp>\n#include <corochain/testing/fake_chat_model.hpp>\n")
add_test(NAME compile_fail.headers
         COMMAND "${bare_compiler}" -x c++-header "${compile_fail_headers}" -o "${compile_fail_headers}.gch"
         COMMAND_EXPAND_LISTS)
set_tests_properties(compile_fail.headers PROPERTIES LABELS compile_fail TIMEOUT 120 FIXTURES_SETUP compile_fail_headers)

function(add_compile_fail_test name)
  add_test(NAME compile_fail.${name}
           COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/run.py" ${ARGN} "${bare_compiler}"
                   -include "${compile_fail_headers}" COMMAND_EXPAND_LISTS)
  set_tests_properties(compile_fail.${name} PROPERTIES LABELS compile_fail TIMEOUT 120
                                                       FIXTURES_REQUIRED compile_fail_headers)
endfunction()

foreach(source IN LISTS sources)
  get_filename_component(name "${source}" NAME_WE)
  add_compile_fail_test(${name} "${source}")
  # A file of many mistakes is a test for each, so that they are compiled side by side.
  file(STRINGS "${source}" cases REGEX "^// CASE ")
  foreach(case IN LISTS cases)
    string(REGEX REPLACE "^// CASE ([a-z_]+).*" "\\1" case "${case}")
    add_compile_fail_test(${name}.${case} --case ${case} "${source}")
  endforeach()
endforeach()
