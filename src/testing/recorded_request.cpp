// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/recorded_request.hpp"

#include <boost/beast/core/string.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "testing/model_request.hpp"

// The names of headers are compared as HTTP does. `headers` keeps the letter case in which the client sent
// them. The body is read each time it is asked for: tests ask once, and the other requests cost nothing.
namespace corochain::testing {

namespace {

using nlohmann::json;

// Does not throw: a body that is no JSON gives a value that is no object.
json body_of(const RecordedRequest& request) { return json::parse(request.body, nullptr, false); }

// "" if the member is missing or no text.
std::string text_member(const json& object, const char* name) {
  const json& found = detail::member(object, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

Message message_of(const json& sent) {
  const std::string role = text_member(sent, "role");
  if (role == "tool") return Message::tool(text_member(sent, "tool_call_id"), detail::text_of(sent));
  const json& asked = detail::member(sent, "tool_calls");
  if (!asked.is_array()) return Message(role, detail::text_of(sent));
  std::vector<ToolCall> calls;
  for (const json& call : asked) {
    const json& function = detail::member(call, "function");
    calls.emplace_back(text_member(call, "id"), text_member(function, "name"),
                       text_member(function, "arguments"));
  }
  return Message::ai(detail::text_of(sent), std::move(calls));
}

}  // namespace

std::string RecordedRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::beast::iequals(key, name)) return value;
  }
  return {};
}

Messages RecordedRequest::messages() const {
  const json whole = body_of(*this);
  const json& sent = detail::member(whole, "messages");
  if (!sent.is_array())
    throw std::invalid_argument("the body of the request to " + target + " is no chat request");
  Messages all;
  for (const json& message : sent) all.add(message_of(message));
  return all;
}

Message RecordedRequest::last_message() const {
  const Messages all = messages();
  if (all.empty()) throw std::invalid_argument("the request to " + target + " has no messages");
  return all[all.size() - 1];
}

std::string RecordedRequest::model() const {
  const auto deployment = detail::deployment_in(target, "/chat/completions");
  const auto other = deployment ? deployment : detail::deployment_in(target, "/embeddings");
  if (other && !other->empty()) return std::string(*other);
  return text_member(body_of(*this), "model");
}

bool RecordedRequest::streamed() const { return detail::member(body_of(*this), "stream") == true; }

}  // namespace corochain::testing
