// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/environment.hpp"

#include <cstdlib>

namespace corochain::models {

environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    if (!value || !*value) return std::nullopt;
    return value;
  };
}

std::string or_variable(const std::string& option, const environment& variables, const char* name) {
  if (!option.empty()) return option;
  return variables(name).value_or("");
}

Secret secret_variable(const environment& variables, const char* name) {
  auto value = variables(name);
  if (!value) return {};
  Secret secret(*value);
  // The string is a copy of the environment that nobody else would wipe.
  wipe(*value);
  return secret;
}

bool is_own_endpoint(const std::string& address, const environment& variables, const char* name) {
  return address.empty() || address == variables(name);
}

}  // namespace corochain::models
