// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <string>

#include "core/json_text.hpp"

namespace corochain::detail {

/// A duration for people: "1.234 s". Milliseconds are enough for them.
inline std::string seconds_text(std::chrono::steady_clock::duration time) {
  std::string text;
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(time).count();
  append_json_number(text, static_cast<double>(whole) / 1000);
  return text + " s";
}

}  // namespace corochain::detail
