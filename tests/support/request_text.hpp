// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "transport/http1_request_writer.hpp"

namespace corochain::test {

/// All bytes that a request is sent as.
inline std::string request_text(const codec::http_request& request) {
  transport::http1_request_writer writer(request);
  std::string text;
  while (!writer.unwritten().empty()) {
    text += writer.unwritten();
    writer.advance(writer.unwritten().size());
  }
  return text;
}

/// The same of a request without more than its head.
inline std::string head_text(const codec::request_head& head) {
  return request_text(codec::http_request(head));
}

}  // namespace corochain::test
