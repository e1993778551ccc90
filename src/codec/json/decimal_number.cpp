// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/json/decimal_number.hpp"

#include <locale.h>
#include <charconv>
#include <cstdlib>
#include <string>
#include <system_error>
#include <version>

#if defined(__APPLE__)
#include <xlocale.h>
#endif

// `std::from_chars` is exact and knows no locale. Only its answer to numbers out of range, and libraries
// without it, need `strtod`.
namespace corochain::codec {

/// The copy is needed because `strtod` reads up to a zero byte.
double decimal_number_by_strtod(std::string_view text) {
  // Streams would work without POSIX, but those of libc++ drop the digits after the fortieth. The locale is
  // made once and never freed: other threads may use it while the process ends.
  static const locale_t plain = ::newlocale(LC_ALL_MASK, "C", locale_t());
  return ::strtod_l(std::string(text).c_str(), nullptr, plain);
}

double decimal_number(std::string_view text) {
  // A library that converts only integers does not define the macro.
#if defined(__cpp_lib_to_chars)
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc()) return value;
  // Too large or too near to zero: the error code does not say which.
#endif
  return decimal_number_by_strtod(text);
}

}  // namespace corochain::codec
