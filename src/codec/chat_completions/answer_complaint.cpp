// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/answer_complaint.hpp"

#include <chrono>
#include <utility>

#include "codec/chat_completions/error_body.hpp"
#include "codec/chat_completions/error_report.hpp"
#include "codec/http/request_id.hpp"
#include "codec/retry/retry_after.hpp"
#include "core/utf8.hpp"

// Wrong endpoints, proxies and captive portals answer with status 200 as well. So the errors tell the likely
// cause, and not only that the JSON is bad.
namespace corochain::codec {

ErrorDetails answer_complaint::details() const {
  ErrorDetails details;
  details.answered = true;
  details.http_status = 200;
  details.request_id = request_id(headers_);
  return details;
}

std::string answer_complaint::text(std::string_view what) const {
  std::string text = "HTTP 200, but " + std::string(what);
  const std::string id = request_id(headers_);
  if (!id.empty()) text += " (request id: " + id + ")";
  return text;
}

/// The excerpt is bounded: a body may have many megabytes.
void answer_complaint::misshapen(std::string_view what) const {
  ErrorDetails all = details();
  all.server_message = detail::utf8_excerpt(body_, server_message_limit);
  const std::string no = "the body is no " + std::string(noun_) + ": ";
  throw ResponseFormatError(text(no + std::string(what)), std::move(all));
}

void answer_complaint::reported_error(std::string text, std::optional<Usage> usage) const {
  http_error error =
      read_reported_error(headers_, body_, retry_after(headers_, std::chrono::system_clock::now()));
  error.details.text = std::move(text);
  error.details.usage = usage;
  throw_error(error.kind, std::move(error.message), std::move(error.details));
}

void answer_complaint::check_json(const json_outcome& outcome) const {
  static constexpr std::string_view hint =
      "; a proxy or a wrong endpoint may have answered: check the endpoint";
  if (outcome.problem == json_problem::none) return;
  if (outcome.problem == json_problem::too_deep)
    misshapen("its JSON is nested deeper than " + std::to_string(json_depth_limit) + " levels");
  if (outcome.problem == json_problem::number_too_large) misshapen("it holds a number that is too large");
  // From here on it is a matter of syntax. The first byte tells most about the sender.
  const std::size_t start = body_.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) misshapen(std::string("the body is empty").append(hint));
  if (body_[start] == '<')
    misshapen(std::string("the body is not JSON but looks like an HTML page").append(hint));
  // Bytes that are not UTF-8 are replaced while an answer is read, so they are named only if the JSON is
  // wrong, too: then they may be the cause.
  if (const auto at = detail::invalid_utf8_at(body_))
    misshapen("the body is not valid UTF-8 at byte " + std::to_string(*at + 1));
  misshapen("the body is not JSON, as seen at byte " + std::to_string(outcome.at) + std::string(hint));
}

void answer_complaint::check_array(std::string_view name, json_shape root, json_shape array) const {
  if (root != json_shape::object) misshapen("its JSON is no object");
  const std::string quoted = "'" + std::string(name) + "'";
  switch (array) {
    case json_shape::array: return;
    case json_shape::absent: misshapen(quoted + " is missing");
    case json_shape::null: misshapen(quoted + " is null");
    default: misshapen(quoted + " is no array");
  }
}

}  // namespace corochain::codec
