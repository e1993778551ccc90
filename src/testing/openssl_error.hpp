// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/err.h>
#include <stdexcept>
#include <string>

namespace corochain::testing::detail {

// Throws std::runtime_error with `what`, the action that failed, and the last OpenSSL error of this thread.
// Clears the thread's errors.
[[noreturn]] inline void throw_openssl_error(const std::string& what) {
  char text[256] = "unknown error";
  const unsigned long code = ERR_peek_last_error();
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  throw std::runtime_error("mock server cannot " + what + ": " + text);
}
// Does the same unless `done` is true.
inline void require(bool done, const char* what) {
  if (!done) throw_openssl_error(what);
}

}  // namespace corochain::testing::detail
