# SPDX-License-Identifier: MIT
# Copyright (c) The corochain authors

# Exceptions cross the borders between libcorochain.so, a plugin and the program, all of them with hidden symbols.
set(border_dir "${CMAKE_CURRENT_SOURCE_DIR}/shared_border")
add_library(shared_border_plugin MODULE "${border_dir}/plugin.cpp")
add_executable(shared_border "${border_dir}/main.cpp")
foreach(target IN ITEMS shared_border_plugin shared_border)
  target_link_libraries(${target} PRIVATE corochain_shared)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden
                                             VISIBILITY_INLINES_HIDDEN ON)
  corochain_warnings(${target})
endforeach()
target_link_libraries(shared_border PRIVATE ${CMAKE_DL_LIBS})
add_dependencies(shared_border shared_border_plugin)

add_test(NAME shared_border COMMAND shared_border $<TARGET_FILE:shared_border_plugin>)
# libstdc++ would forgive a hidden exception type, since it compares type names; other standard libraries would not.
add_test(NAME shared_border_types
         COMMAND Python3::Interpreter "${border_dir}/check_exported_types.py" "${CMAKE_NM}"
                 $<TARGET_FILE:corochain_shared> "${PROJECT_SOURCE_DIR}/include/corochain/core/error.hpp")
set_tests_properties(shared_border shared_border_types PROPERTIES LABELS shared_border TIMEOUT 120)
