// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "corochain/observability/log.hpp"

namespace corochain::detail {

/// Whether somebody wants lines of this level: costs one relaxed load when nobody does.
bool log_wants(LogLevel level) noexcept;
/// Whether they may hold what was asked and answered.
bool log_wants_contents() noexcept;

/// Builds one line: `log_line(LogLevel::debug, "connection.opened").add("endpoint", name).write();`. To be made only
/// where `log_wants`.
class log_line {
 public:
  log_line(LogLevel level, std::string_view event) : level_(level), event_(event) {}

  log_line& add(std::string_view name, std::string_view value);
  log_line& add(std::string_view name, std::int64_t value);
  /// In milliseconds with three decimals.
  log_line& add(std::string_view name, std::chrono::steady_clock::duration value);
  /// What was asked or answered, without credentials; the line is for those who want such only.
  log_line& content(std::string text);
  void write() const noexcept;

 private:
  LogLevel level_;
  std::string_view event_;
  std::string text_;
  std::string content_;
  bool has_content_ = false;
};

/// In a handler: what is being handled. Its text may hold user data.
const char* kind_of_exception() noexcept;

/// In a handler: a line that says that something of the user's threw what is being handled. `describe(line)` adds what
/// it was.
template <class Describe>
void log_failed_callback(Describe describe) noexcept {
  const char* const threw = kind_of_exception();
  if (!log_wants(LogLevel::warning)) return;
  try {
    log_line line(LogLevel::warning, "callback.failed");
    describe(line);
    line.add("threw", threw).write();
  } catch (...) {  // no memory for a line of a log
  }
}

}  // namespace corochain::detail
