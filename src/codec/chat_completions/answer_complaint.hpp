// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/http/header_fields.hpp"
#include "codec/json/json_events.hpp"
#include "corochain/core/error.hpp"

// The errors of answers with status 200, for `chat_response` and `embeddings/embedding_response`. A stream
// has its own, in `completion_stream`, because its errors also say how much of the answer has come.
namespace corochain::codec {

/// Makes the errors of one 200 answer, with the parts that they all share. It views its arguments.
class answer_complaint {
 public:
  /// `noun` names the expected content of the body, such as "chat completion".
  answer_complaint(std::string_view noun, std::string_view body, const header_fields& headers)
      : noun_(noun), body_(body), headers_(headers) {}

  /// Returns the parts of an error that are known of the answer: its status, its request id, and that it
  /// came.
  ErrorDetails details() const;
  /// Returns "HTTP 200, but `what`", with the request id. It is our own text, so `what` quotes nothing of the
  /// body.
  std::string text(std::string_view what) const;
  /// Throws a `ResponseFormatError` with an excerpt of the body. The text names the noun, and the server's
  /// words are in `server_message()`.
  [[noreturn]] void misshapen(std::string_view what) const;
  /// Throws the error that the body reports, with everything else that is known of the answer.
  [[noreturn]] void reported_error(std::string text = std::string(),
                                   std::optional<Usage> usage = std::nullopt) const;
  /// Throws unless the outcome is that of valid JSON.
  void check_json(const json_outcome& outcome) const;
  /// Throws unless the body, whose JSON has the shape `root`, is an object with an array `name`.
  void check_array(std::string_view name, json_shape root, json_shape array) const;

 private:
  // The views must outlive this object, which lives as long as the reading of one answer.
  std::string_view noun_;
  std::string_view body_;
  const header_fields& headers_;
};

}  // namespace corochain::codec
