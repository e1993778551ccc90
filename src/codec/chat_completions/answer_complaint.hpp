// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/http/header_fields.hpp"
#include "codec/json/json_events.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {

/// What all errors of one 200 answer have in common. Views what it is given.
class answer_complaint {
 public:
  /// `noun`: what the body should have been, such as "chat completion".
  answer_complaint(std::string_view noun, std::string_view body, const header_fields& headers)
      : noun_(noun), body_(body), headers_(headers) {}

  ErrorDetails details() const;
  std::string text(std::string_view what) const;
  /// A `ResponseFormatError` that has an excerpt of the body.
  [[noreturn]] void misshapen(std::string_view what) const;
  /// Throws the error that the body reports, with what else is known of the answer.
  [[noreturn]] void reported_error(std::string text = std::string(),
                                   std::optional<Usage> usage = std::nullopt) const;
  /// Throws for all outcomes but that of JSON.
  void check_json(const json_outcome& outcome) const;

 private:
  std::string_view noun_;
  std::string_view body_;
  const header_fields& headers_;
};

}  // namespace corochain::codec
