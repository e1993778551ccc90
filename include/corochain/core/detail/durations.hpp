// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>  // tells which standard library this is

// Durations, time points and clocks. libstdc++ keeps them apart from the calendars of <chrono>, which bring the string
// streams along and made up a tenth of what corochain.hpp costs a unit. Its <mutex> has just the former.
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12
#include <mutex>
#else
#include <chrono>
#endif
