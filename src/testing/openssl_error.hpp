// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/err.h>
#include <stdexcept>
#include <string>

namespace corochain::testing::detail {

// Throws std::runtime_error with what was tried and the last error of this thread; clears the thread's errors.
[[noreturn]] inline void throw_openssl_error(const std::string& what) {
  char text[256] = "unknown error";
  const unsigned long code = ERR_peek_last_error();
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  throw std::runtime_error("mock server cannot " + what + ": " + text);
}
// The same unless it was done.
inline void require(bool done, const char* what) {
  if (!done) throw_openssl_error(what);
}

}  // namespace corochain::testing::detail
