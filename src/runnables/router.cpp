// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/router.hpp"

#include "corochain/core/error.hpp"

// The parts of router.hpp that depend on no type: the check of the keys when a router is made, and the error
// for a key that it does not have. They keep core/error.hpp out of the header.
namespace corochain::detail {

void check_route_keys(const std::vector<std::string>& keys) {
  if (keys.empty()) throw ConfigError("a router has no runnables; give it one or more");
  // Two loops: a router has a handful of keys, and the first repeated one in the order of the program is
  // named.
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (keys[i] == keys[j])
        throw ConfigError("a router has two runnables for '" + keys[i] + "'; give each a key of its own");
}

// The keys of the router are the program's and may stand in the text. The key received may be a user's or a
// model's text, which never goes into `what()`.
void throw_no_route(std::string key, std::vector<std::string> keys) {
  std::string message = "the router has no runnable for the key that it was given; it has ";
  // Each key in quotes, so that blanks at its ends are seen.
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
