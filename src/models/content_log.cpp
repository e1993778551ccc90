// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/content_log.hpp"

#include "observability/log_line.hpp"

namespace corochain::models {
void log_content(const char* event, const service_call& call, const Secret& token,
                 std::string_view body) noexcept {
  if (!detail::log_wants_contents()) return;
  try {
    detail::log_line(LogLevel::debug, event)
        .add("endpoint", call.settings->to->name)
        .add("call", call.key)
        .add("size", static_cast<std::int64_t>(body.size()))
        .content(call.masked(body, token))
        .write();
  } catch (...) {  // a log must not end what it tells of
  }
}

}  // namespace corochain::models
