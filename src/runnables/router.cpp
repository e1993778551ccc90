// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/router.hpp"

#include "corochain/core/error.hpp"

namespace corochain::detail {

void check_route_keys(const std::vector<std::string>& keys) {
  if (keys.empty()) throw ConfigError("a router has no runnables; give it one or more");
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (keys[i] == keys[j])
        throw ConfigError("a router has two runnables for '" + keys[i] + "'; give each a key of its own");
}

void throw_no_route(std::string key, std::vector<std::string> keys) {
  std::string message = "the router has no runnable for the key that it was given; it has ";
  const char* separator = "'";
  for (const std::string& each : keys) {
    message += separator + each + "'";
    separator = ", '";
  }
  ErrorDetails details;
  details.received.push_back(std::move(key));
  details.expected = std::move(keys);
  throw ConfigError(std::move(message), std::move(details));
}

}  // namespace corochain::detail
