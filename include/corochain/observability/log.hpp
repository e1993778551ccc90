// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <string_view>

#include "corochain/core/export.hpp"

namespace corochain {

/// How much is worth a line. A level includes those before it.
enum class LogLevel {
  off,
  error,    ///< a call failed for good
  warning,  ///< an attempt failed and is repeated, a deployment asked for a pause
  info,     ///< a call ended
  debug     ///< connections opened, reused and closed; attempts with their times
};
COROCHAIN_EXPORT const char* to_string(LogLevel level) noexcept;

/// One line. The views are valid during the call only.
struct LogRecord {
  LogLevel level;
  std::string_view event;  ///< what happened, as a stable name: "connection.opened", "attempt.failed"
  std::string_view text;  ///< "key=value" pairs: names, sizes, ids and times. No prompt, answer or credential
  /// Of "request.content" and "answer.content" the body; else empty. See `LogContents`.
  std::string_view content;
};

/// Whether a log may hold what was asked and answered: it is your users' data.
enum class LogContents {
  hidden,  ///< it may not
  /// At `LogLevel::debug` a line "request.content" has each call's request, before it is sent first, and a line
  /// "answer.content" each answer, an error's included: JSON as it goes over the wire, and of a streamed answer the
  /// events, as far as they were read, when the call ends. `call=` names the call in both. Where the call's own key or
  /// token stands in them, `***` stands instead; what asks for tokens is never logged.
  shown
};

using LogFunction = std::function<void(const LogRecord&)>;

/// Has `function` called for what is as important as `most` or more; `LogLevel::off` and an empty function switch
/// logging off, which it is at first. One hook for the process.
///
/// It is called on whatever thread the event happens on, from several at once, inside the library's own work: it must
/// not block and should not be slow. What it throws is swallowed. Safe from any thread; lines that are under way may
/// still come to the former function for a moment.
COROCHAIN_EXPORT void set_log(LogLevel most, LogFunction function,
                              LogContents contents = LogContents::hidden);

}  // namespace corochain
