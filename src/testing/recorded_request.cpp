// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/recorded_request.hpp"

#include <boost/beast/core/string.hpp>

// The names of headers are compared as HTTP does. `headers` keeps the letter case in which the client sent
// them.
namespace corochain::testing {

std::string RecordedRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::beast::iequals(key, name)) return value;
  }
  return {};
}

}  // namespace corochain::testing
