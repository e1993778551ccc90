// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

// The words of a server about a failure, in any of the known shapes. `error_body` makes errors of them,
// `refused_field` advice, and `chat_response` and `completion_stream` ask whether a text is an error at all.
namespace corochain::codec {

/// One of several complaints about a request, in the form of FastAPI's lists:
/// `{"loc":["body","stop"],"msg":...}`.
struct field_complaint {
  field_complaint() = default;
  /// Such as "stop" or "messages[0].content".
  std::string field;
  /// Its `type` and `msg`.
  std::string text;
};

/// A server's report of an error, in the shapes of OpenAI, Azure OpenAI, the gateways before them and servers
/// that imitate them. A missing part is empty. All texts are valid UTF-8 and bounded.
struct error_report {
  error_report() = default;

  /// The text is JSON that holds an error.
  bool found = false;
  /// At most 4096 bytes.
  std::string message;
  /// A number is taken as text.
  std::string code;
  std::string type;
  /// If it is missing, the field of the first complaint.
  std::string param;
  /// In the form of Google's servers, such as "RESOURCE_EXHAUSTED", or a number.
  std::string status;
  /// The code of `innererror`, where Azure names the policy that refused a prompt.
  std::string inner_code;
  /// The categories that a content filter has filtered.
  std::vector<std::string> categories;
  /// At most 16.
  std::vector<field_complaint> complaints;

  /// Whether `code`, `type` or `status` holds the word, in upper or lower case.
  bool says(std::string_view word) const noexcept;
};

/// The length of a server's message that is kept.
inline constexpr std::size_t server_message_limit = 4096;

/// Reads text that reports an error: the body of an error status or of a 200, or an event of a stream. The
/// error object may be the member `error`, also of a choice, or the text itself, or be in an array. Its
/// message may be an object. A text that is no such JSON is taken as the message itself.
error_report read_error_report(std::string_view text);

/// Returns the HTTP status that a reported error stands for, by its code, type or status; 500 if these name
/// none.
int status_of(const error_report& report) noexcept;

}  // namespace corochain::codec
