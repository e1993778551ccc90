// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "core/secret_buffer.hpp"

#include <cstring>

// The one function that erases memory. Secret, wipe() and secret_buffer end here.
namespace corochain::detail {

/// The optimiser may remove a plain memset before a release. The barrier tells it that the zeros are read.
void overwrite(char* text, std::size_t size) noexcept {
  if (size == 0) return;
  std::memset(text, 0, size);
  asm volatile("" : : "r"(text) : "memory");
}

}  // namespace corochain::detail
