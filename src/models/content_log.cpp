// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/content_log.hpp"

#include "core/json_text.hpp"
#include "core/wiped_text.hpp"
#include "observability/log_line.hpp"

namespace corochain::models {
namespace {

void replace_all(std::string& text, std::string_view what) {
  constexpr std::string_view mask = "***";
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + mask.size()))
    text.replace(at, what.size(), mask);
}

}  // namespace

std::string masked(std::string_view text, const Secret& secret) {
  std::string made(text);
  if (secret.empty()) return made;
  std::string json;
  json.reserve(6 * secret.size() + 2);  // does not grow, and leaves nothing behind
  detail::append_json_string(json, secret.reveal());
  const detail::wiped_text escaped(std::move(json));
  replace_all(made, escaped.view().substr(1, escaped.text.size() - 2));
  replace_all(made, secret.reveal());
  return made;
}

void log_content(const char* event, const service_call& call, const Secret& token,
                 std::string_view body) noexcept {
  if (!detail::log_wants_contents()) return;
  try {
    const service_settings& settings = *call.settings;
    detail::log_line(LogLevel::debug, event)
        .add("endpoint", settings.to->name)
        .add("call", call.key)
        .add("size", static_cast<std::int64_t>(body.size()))
        .content(masked(body, settings.tokens ? token : settings.credential))
        .write();
  } catch (...) {  // a log must not end what it tells of
  }
}

}  // namespace corochain::models
