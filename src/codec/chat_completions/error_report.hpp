// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace corochain::codec {

/// One of several complaints about a request, as FastAPI and its like list them: `{"loc":["body","stop"],"msg":...}`.
struct field_complaint {
  field_complaint();
  std::string field;  ///< such as "stop" or "messages[0].content"
  std::string text;   ///< its `type` and `msg`
};

/// What a server says about an error of its own, in the shapes of OpenAI, Azure OpenAI, the gateways before
/// them and servers that imitate them. What was not said is empty. All is valid UTF-8 and bounded.
struct error_report {
  error_report();

  bool found = false;   ///< the text is JSON that holds an error
  std::string message;  ///< at most 4096 bytes
  std::string code;     ///< also where it is a number
  std::string type;
  std::string param;       ///< else the field of the first complaint
  std::string status;      ///< as Google's servers name it, such as "RESOURCE_EXHAUSTED", or a number
  std::string inner_code;  ///< of `innererror`
  std::vector<std::string> categories;      ///< of a content filter: those that were filtered
  std::vector<field_complaint> complaints;  ///< at most 16

  /// Whether `code`, `type` or `status` holds the word, in whatever case.
  bool says(std::string_view word) const noexcept;
};

/// How much of what a server wrote is kept.
inline constexpr std::size_t server_message_limit = 4096;

/// Reads text that reports an error, wherever it came: the body of an error status or of a 200, an event of a stream.
/// The error object may be the member `error`, also of a choice, the text itself, or stand in an array; its message may
/// be an object. A text that is no such JSON is taken as the message itself.
error_report read_error_report(std::string_view text);

/// The HTTP status that a reported error stands for, by its code, type or status. Where it says nothing of the kind:
/// 500.
int status_of(const error_report& report) noexcept;

}  // namespace corochain::codec
