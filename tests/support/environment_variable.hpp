// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <stdlib.h>

#include <corochain/core/secret.hpp>
#include <optional>
#include <string>

namespace corochain::test {

/// Sets a variable of the environment, and restores it at the end. This object owns the memory of the
/// variable and wipes it.
class environment_variable {
 public:
  environment_variable(const std::string& name, std::string_view value) : name_(name) {
    if (const char* const found = ::getenv(name.c_str())) before_ = found;
    text_.reserve(name.size() + 1 + value.size());
    text_.append(name).append("=").append(value);
    ::putenv(text_.data());
  }
  ~environment_variable() {
    if (before_)
      ::setenv(name_.c_str(), before_->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
    wipe(text_);
  }
  environment_variable(const environment_variable&) = delete;
  environment_variable& operator=(const environment_variable&) = delete;

 private:
  std::string name_, text_;
  std::optional<std::string> before_;
};

}  // namespace corochain::test
