// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/detail/throw_last.hpp"

#include <string>

#include "corochain/core/error.hpp"

// How race and with_fallbacks fail: the caller gets the type of the last failure, which a handler can match,
// and finds the others in earlier().
namespace corochain::detail {

void throw_last_with(std::vector<std::exception_ptr> all) {
  if (all.empty()) throw ConfigError("there was no alternative to try");
  // One failure has no others to add, so it keeps its identity.
  if (all.size() == 1) std::rethrow_exception(all.front());
  // A copy of its own, because the list changes below while the exception is in use.
  const std::exception_ptr last = all.back();
  try {
    std::rethrow_exception(last);
  } catch (const Error& error) {
    all.pop_back();
    ErrorDetails details = error.details();
    // The last failure's own earlier failures came after the others.
    details.earlier.insert(details.earlier.begin(), all.begin(), all.end());
    // A new exception of the same type: the old one may be shared with other threads and must not change.
    throw_error(error.kind(), error.what(), std::move(details));
  } catch (...) {
    // It is no Error. The code below handles that.
  }
  ErrorDetails details;
  const std::string count = std::to_string(all.size());
  details.earlier = std::move(all);
  // An exception of another library cannot carry the list, so the Error holds all of them, the last included.
  throw Error(ErrorKind::other,
              "all " + count + " alternatives failed; earlier() of this error has the exception of each",
              std::move(details));
}

}  // namespace corochain::detail
