// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <iosfwd>
#include <string_view>

#include "corochain/core/export.hpp"

namespace corochain {

/// The importance of a line. A level includes those before it.
enum class LogLevel {
  off,
  /// A call failed for good.
  error,
  /// An attempt failed and is repeated, or a deployment asked for a pause.
  warning,
  /// A call ended.
  info,
  /// Connections were opened, reused and closed; attempts with their times.
  debug
};
COROCHAIN_EXPORT const char* to_string(LogLevel level) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, LogLevel level);

/// One line. The views are valid during the call only.
struct LogRecord {
  LogLevel level;
  /// The stable name of the event: "connection.opened", "attempt.failed".
  std::string_view event;
  /// "key=value" pairs: names, sizes, ids and times. Never a prompt, an answer or a credential.
  std::string_view text;
  /// The body, for the events "request.content" and "answer.content"; else empty. See `LogContents`.
  std::string_view content;
};

/// Tells whether a log may hold requests and answers, which are your users' data.
enum class LogContents {
  /// The log holds neither.
  hidden,
  /// At `LogLevel::debug` a line "request.content" holds each call's request, before it is first sent. A line
  /// "answer.content" holds each answer, those of errors included. The content is JSON as it goes over the
  /// wire. After a streamed answer it is the events that were read, when the call ends. `call=` names the
  /// call in both lines. `***` replaces the call's own key or token. Requests for tokens are never logged.
  shown
};
COROCHAIN_EXPORT const char* to_string(LogContents contents) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, LogContents contents);

using LogFunction = std::function<void(const LogRecord&)>;

/// Sets the function that is called for lines of level `most` and of the levels before it. `LogLevel::off` or
/// an empty function switch logging off; it is off by default. The process has one such function.
///
/// The function is called on the thread of the event, by several threads at the same time, inside the
/// library's own work. It must not block and should not be slow. Its exceptions are swallowed. `set_log` is
/// safe from any thread; the former function may still get a few lines afterwards.
COROCHAIN_EXPORT void set_log(LogLevel most, LogFunction function,
                              LogContents contents = LogContents::hidden);

}  // namespace corochain
