// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/body_form.hpp"

#include <algorithm>

#include "codec/ascii.hpp"

// The body decides before the head does: some gateways send events as `text/plain`, and a whole answer or an
// error as `text/event-stream`.
namespace corochain::codec {

bool is_event_stream(const header_fields& headers) noexcept {
  const auto type = headers.find("content-type");
  return type && starts_with_ignoring_case(*type, "text/event-stream");
}

body_form form_of(std::string_view start, bool complete, const header_fields& headers) noexcept {
  // A byte order mark may stand in front of JSON and of events.
  if (start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  start.remove_prefix(std::min(first, start.size()));
  const body_form announced = is_event_stream(headers) ? body_form::events : body_form::whole;
  if (start.empty()) return complete ? announced : body_form::unknown;
  if (start.front() == '{' || start.front() == '[') return body_form::whole;
  for (const std::string_view field : {"data:", "event:", "id:", "retry:", ":"}) {
    if (start.starts_with(field)) return body_form::events;
    // It may still become this field when more bytes come.
    if (!complete && field.starts_with(start)) return body_form::unknown;
  }
  return announced;
}

bool is_blank(std::string_view start) noexcept {
  return start.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace corochain::codec
