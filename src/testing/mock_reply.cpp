// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/mock_reply.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "testing/chat_completion.hpp"
#include "testing/embedding_list.hpp"
#include "testing/mock_reply_state.hpp"

namespace corochain::testing {

namespace {

using state = detail::mock_reply_state;
using state_pointer = std::shared_ptr<const state>;

// Copies on every change instead of asking use_count(), which would not order the reads of other threads that
// have just let go of their copy before the write of this one.
template <class Change>
void change(state_pointer& current, Change&& apply) {
  auto changed = std::make_shared<state>(*current);
  apply(*changed);
  current = std::move(changed);
}

// A bound, because a point in time in nanoseconds ends after some centuries.
std::chrono::milliseconds bounded(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  return std::clamp(time, std::chrono::milliseconds(0), longest);
}

// Changes what is not there where all bytes are the caller's.
template <class Change>
void change_message(state_pointer& current, const char* setter, Change&& apply) {
  if (current->exact)
    throw std::logic_error(std::string("MockReply::") + setter +
                           ": an answer of bytes() is sent as it is; write it into the bytes");
  change(current, std::forward<Change>(apply));
}

bool has_line_break(std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; }

std::string_view error_type(int status) {
  if (status == 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

const state_pointer& default_state() {
  static const state_pointer shared = [] {
    state made;
    made.set_body(detail::chat_completion("This is a mock answer.", "mock-model", "chatcmpl-mock", 0));
    return std::make_shared<const state>(std::move(made));
  }();
  return shared;
}

}  // namespace

MockReply::MockReply() : state_(default_state()) {}
MockReply::MockReply(std::shared_ptr<const detail::mock_reply_state> made) : state_(std::move(made)) {}

// Copies only: a moved-from reply stays whole.
MockReply::MockReply(const MockReply& other) = default;
MockReply& MockReply::operator=(const MockReply& other) = default;
MockReply::~MockReply() = default;

MockReply MockReply::chat(std::string content) {
  state made;
  made.set_body(detail::chat_completion(content, "mock-model", "chatcmpl-mock", 0));
  return state::make(std::move(made));
}

MockReply MockReply::embeddings(const std::vector<std::vector<float>>& vectors) {
  MockReply reply;
  reply.body(detail::embedding_list(vectors, true, "mock-model", vectors.size()));
  return reply;
}

MockReply MockReply::error(int status, std::string code, std::string message) {
  nlohmann::json inner;
  inner["code"] = std::move(code);
  inner["message"] = std::move(message);
  inner["type"] = error_type(status);
  inner["param"] = nullptr;
  nlohmann::json outer;
  outer["error"] = std::move(inner);

  state made;
  made.set_body(outer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  MockReply reply = state::make(std::move(made));
  reply.status(status);
  return reply;
}

MockReply MockReply::raw(int status, std::string content_type, std::string body) {
  state made;
  made.service_headers = false;
  made.set_body(std::move(body));
  MockReply reply = state::make(std::move(made));
  reply.content_type(std::move(content_type)).status(status);
  return reply;
}

MockReply MockReply::stream(const std::vector<std::string>& chunks) {
  return events(detail::chat_events(chunks, "mock-model", "chatcmpl-mock-stream", 1, true));
}

MockReply MockReply::events(const std::vector<std::string>& events) {
  state made;
  made.content_type = "text/event-stream; charset=utf-8";
  made.bytes_per_chunk = state::whole_parts;
  std::string body;
  for (const std::string& event : events) body += event;
  made.set_body(std::move(body));
  for (const std::string& event : events)
    if (!event.empty()) made.parts.push_back({event.size()});
  return state::make(std::move(made));
}

MockReply MockReply::bytes(std::string bytes) {
  state made;
  made.exact = true;
  made.set_body(std::move(bytes));
  return state::make(std::move(made));
}

MockReply MockReply::drop() {
  state made;
  made.what = state::kind::drop;
  return state::make(std::move(made));
}

MockReply MockReply::reset() {
  state made;
  made.what = state::kind::reset;
  return state::make(std::move(made));
}

MockReply& MockReply::latency(std::chrono::milliseconds time) {
  change(state_, [&](state& s) { s.latency = bounded(time); });
  return *this;
}

MockReply& MockReply::status(int code) {
  if (code < 200 || code > 999) throw std::invalid_argument("MockReply: the status must be in 200..999");
  change_message(state_, "status", [&](state& s) { s.status = code; });
  return *this;
}

MockReply& MockReply::status_line(std::string line) {
  if (has_line_break(line)) throw std::invalid_argument("MockReply: status line with a line break");
  change_message(state_, "status_line", [&](state& s) { s.status_line = std::move(line); });
  return *this;
}

MockReply& MockReply::content_type(std::string type) {
  if (has_line_break(type)) throw std::invalid_argument("MockReply: content type with a line break");
  change_message(state_, "content_type", [&](state& s) { s.content_type = std::move(type); });
  return *this;
}

MockReply& MockReply::header(std::string name, std::string value) {
  if (name.empty() || has_line_break(name) || has_line_break(value)) {
    throw std::invalid_argument("MockReply: a header needs a name and may hold no line break");
  }
  change_message(state_, "header",
                 [&](state& s) { s.headers.emplace_back(std::move(name), std::move(value)); });
  return *this;
}

MockReply& MockReply::body(std::string text) {
  change_message(state_, "body", [&](state& s) { s.set_body(std::move(text)); });
  return *this;
}

MockReply& MockReply::then(std::string bytes) {
  change(state_, [&](state& s) {
    s.append(bytes, s.last_wait.value_or(std::chrono::milliseconds(0)));
    s.last_wait.reset();
  });
  return *this;
}

MockReply& MockReply::wait(std::chrono::milliseconds time) {
  change(state_, [&](state& s) {
    s.last_wait = bounded(s.last_wait.value_or(std::chrono::milliseconds(0)) + bounded(time));
  });
  return *this;
}

MockReply& MockReply::close() {
  change(state_, [](state& s) { s.then = state::ending::close; });
  return *this;
}

MockReply& MockReply::cut_body_after(std::size_t bytes) {
  change(state_, [&](state& s) {
    s.then = state::ending::cut;
    s.body_bytes = bytes;
  });
  return *this;
}

MockReply& MockReply::stall_body_after(std::size_t bytes) {
  change(state_, [&](state& s) {
    s.then = state::ending::stall;
    s.body_bytes = bytes;
  });
  return *this;
}

MockReply& MockReply::chunk_interval(std::chrono::milliseconds time) {
  change(state_, [&](state& s) { s.chunk_interval = bounded(time); });
  return *this;
}

MockReply& MockReply::chunked(std::size_t bytes_per_chunk) {
  change_message(state_, "chunked",
                 [&](state& s) { s.bytes_per_chunk = std::max<std::size_t>(bytes_per_chunk, 1); });
  return *this;
}

}  // namespace corochain::testing
