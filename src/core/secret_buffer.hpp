// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "corochain/core/secret.hpp"

// For texts that a key or token becomes a part of: the head of a request, the body of a request for a token,
// the credentials of a proxy. Each owner wipes its text at its end.
namespace corochain::detail {

/// Overwrites memory that held a secret, also right before it is released.
void overwrite(char* text, std::size_t size) noexcept;

/// Text that holds a secret for a while. The destructor wipes it. Reserve first: growing leaves copies
/// behind.
struct secret_buffer {
  explicit secret_buffer(std::string from) : text(std::move(from)) {}
  ~secret_buffer() { wipe(text); }
  secret_buffer(const secret_buffer&) = delete;
  secret_buffer& operator=(const secret_buffer&) = delete;
  std::string_view view() const noexcept { return text; }

  std::string text;
};

}  // namespace corochain::detail
