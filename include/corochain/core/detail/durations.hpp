// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

// Defines _GLIBCXX_RELEASE if the standard library is libstdc++.
#include <cstddef>

// Durations, time points and clocks. <chrono> also has calendars, which include the string streams. Those
// took a tenth of the time to compile corochain.hpp. libstdc++'s <mutex> includes durations and clocks
// without the calendars.
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12
#include <mutex>
#else
#include <chrono>
#endif
