// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace corochain::codec {

/// What a server says about an error of its own, in the shapes of OpenAI, Azure OpenAI, the gateways before
/// them and servers that imitate them. What was not said is empty. All is valid UTF-8 and bounded.
struct error_report {
  error_report();

  std::string message;  ///< at most 4096 bytes
  std::string code;     ///< also where it is a number
  std::string type;
  std::string param;
  std::string inner_code;               ///< of `innererror`
  std::vector<std::string> categories;  ///< of a content filter: those that were filtered
};

/// How much of what a server wrote is kept.
inline constexpr std::size_t server_message_limit = 4096;

/// Reads the body of an answer that reports an error. A body that is no such JSON is taken as the message
/// itself.
error_report read_error_report(std::string_view body);

}  // namespace corochain::codec
