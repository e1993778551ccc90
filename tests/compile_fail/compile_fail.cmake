# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Wrong uses that must not compile, with the message their author gets; see run.py.
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/*.cpp")
if(NOT sources)
  message(FATAL_ERROR "corochain: tests/compile_fail has no tests")
endif()
foreach(source IN LISTS sources)
  get_filename_component(name "${source}" NAME_WE)
  add_test(NAME compile_fail.${name}
           COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/run.py" "${source}" "${bare_compiler}"
           COMMAND_EXPAND_LISTS)
  set_tests_properties(compile_fail.${name} PROPERTIES LABELS compile_fail TIMEOUT 120)
endforeach()
