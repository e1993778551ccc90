// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

// The parts of the language that corochain needs. Public headers that need them include this file, by
// export.hpp or by itself, and the umbrella before anything else, so that its sentence is the first one. A
// compiler goes on after #error, and C++17 would give thousands of errors more. It stops at a file that does
// not exist: that is the only purpose of the #include lines.
#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "corochain: C++20 is needed: compile with -std=c++20, or set CMAKE_CXX_STANDARD to 20"
#include <corochain needs C++20>
#elif !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#error "corochain: exceptions are needed, since errors are thrown: compile without -fno-exceptions"
#include <corochain needs exceptions>
#elif !defined(__cpp_rtti) && !defined(__GXX_RTTI) && !defined(_CPPRTTI)
#error "corochain: typeid is needed, since a Dict holds values of any type: compile without -fno-rtti"
#include <corochain needs typeid>
#endif
