// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "corochain/observability/log.hpp"

// For the parts of the library that log. The names of events are stable, since programs match them.
namespace corochain::detail {

/// True if a listener wants lines of this level. Costs one relaxed load if none does.
bool log_wants(LogLevel level) noexcept;
/// True if lines may hold requests and answers.
bool log_wants_contents() noexcept;

/// Builds one line: `log_line(LogLevel::debug, "connection.opened").add("endpoint",
/// name).write();`. Make one only if `log_wants ` returns true.
class log_line {
 public:
  log_line(LogLevel level, std::string_view event) : level_(level), event_(event) {}

  /// Adds a pair. `value` must not be user data: no prompt, answer or credential.
  log_line& add(std::string_view name, std::string_view value);
  log_line& add(std::string_view name, std::int64_t value);
  /// In milliseconds with three decimals.
  log_line& add(std::string_view name, std::chrono::steady_clock::duration value);
  /// Adds a request or an answer, without credentials. Only listeners that want contents get the line.
  log_line& content(std::string text);
  /// Passes the line to the listener. Never throws; an exception of the listener is swallowed.
  void write() const noexcept;

 private:
  LogLevel level_;
  std::string_view event_;
  std::string text_;
  std::string content_;
  // A line with empty content differs from a line without.
  bool has_content_ = false;
};

/// Describes the current exception in a catch block. Does not quote its text, which may hold user data.
const char* kind_of_exception() noexcept;

/// Writes a line about the current exception in a catch block, which the user's code threw. `describe(line)`
/// adds the source of the exception.
template <class Describe>
void log_failed_callback(Describe describe) noexcept {
  const char* const threw = kind_of_exception();
  if (!log_wants(LogLevel::warning)) return;
  try {
    log_line line(LogLevel::warning, "callback.failed");
    describe(line);
    line.add("threw", threw).write();
  } catch (...) {
    // There is no memory for the line.
  }
}

}  // namespace corochain::detail
