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

// MockReply: the scripts of tests. This file only describes an answer; answer.cpp writes it, and session.cpp
// sends it. The contents are shared between copies until one changes, because a responder may return the same
// large reply thousands of times.
namespace corochain::testing {

namespace {

using state = detail::mock_reply_state;
using state_pointer = std::shared_ptr<const state>;

// Replaces the contents by a copy that may be changed. Copies on every change instead of asking use_count(),
// which would not order the reads of other threads that have just let go of their copy before the write of
// this one.
state& edit(state_pointer& current) {
  const auto copy = std::make_shared<state>(*current);
  current = copy;
  return *copy;
}

// The same for a setter of what an answer of bytes() does not have: there all bytes are the caller's.
state& edit_message(state_pointer& current, const char* setter) {
  if (current->exact)
    throw std::logic_error(std::string("MockReply::") + setter +
                           ": an answer of bytes() is sent as it is; write it into the bytes");
  return edit(current);
}

// A bound, because a point in time in nanoseconds ends after some centuries.
std::chrono::milliseconds bounded(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  return std::clamp(time, std::chrono::milliseconds(0), longest);
}

bool has_line_break(std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; }

// The services derive `type` from the status, too.
std::string_view error_type(int status) {
  if (status == 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

// Made once: the JSON of a completion would otherwise be written for each reply, though most replies replace
// it.
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
  MockReply reply;
  reply.body(detail::chat_completion(content, "mock-model", "chatcmpl-mock", 0));
  return reply;
}

MockReply MockReply::embeddings(const std::vector<std::vector<float>>& vectors) {
  MockReply reply;
  reply.body(detail::embedding_list(vectors, true, "mock-model", vectors.size()));
  return reply;
}

// The members are those of OpenAI; Azure sends the same.
MockReply MockReply::error(int status, std::string code, std::string message) {
  const nlohmann::json body = {
      {"error", {{"code", code}, {"message", message}, {"type", error_type(status)}, {"param", nullptr}}}};
  MockReply reply;
  reply.status(status).body(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return reply;
}

MockReply MockReply::raw(int status, std::string content_type, std::string body) {
  MockReply reply;
  edit(reply.state_).service_headers = false;
  reply.body(std::move(body)).content_type(std::move(content_type)).status(status);
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
    // An empty chunk would end the body: 0 is the size of the last chunk.
    if (!event.empty()) made.parts.push_back({event.size()});
  return state::make(std::move(made));
}

MockReply MockReply::bytes(std::string bytes) {
  MockReply reply;
  reply.body(std::move(bytes));
  edit(reply.state_).exact = true;
  return reply;
}

// drop() and reset() keep the body of a default answer, which nobody sends.
MockReply MockReply::drop() {
  MockReply reply;
  edit(reply.state_).what = state::kind::drop;
  return reply;
}

MockReply MockReply::reset() {
  MockReply reply;
  edit(reply.state_).what = state::kind::reset;
  return reply;
}

MockReply& MockReply::latency(std::chrono::milliseconds time) {
  edit(state_).latency = bounded(time);
  return *this;
}

MockReply& MockReply::status(int code) {
  // 1xx are no answers: a client waits for another one after them. They are written with bytes().
  if (code < 200 || code > 999) throw std::invalid_argument("MockReply: the status must be in 200..999");
  edit_message(state_, "status").status = code;
  return *this;
}

MockReply& MockReply::status_line(std::string line) {
  // A line break would begin a header. Tests that want that use bytes().
  if (has_line_break(line)) throw std::invalid_argument("MockReply: status line with a line break");
  edit_message(state_, "status_line").status_line = std::move(line);
  return *this;
}

MockReply& MockReply::content_type(std::string type) {
  if (has_line_break(type)) throw std::invalid_argument("MockReply: content type with a line break");
  edit_message(state_, "content_type").content_type = std::move(type);
  return *this;
}

MockReply& MockReply::header(std::string name, std::string value) {
  if (name.empty() || has_line_break(name) || has_line_break(value)) {
    throw std::invalid_argument("MockReply: a header needs a name and may hold no line break");
  }
  edit_message(state_, "header").headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

MockReply& MockReply::body(std::string text) {
  edit_message(state_, "body").set_body(std::move(text));
  return *this;
}

MockReply& MockReply::then(std::string bytes) {
  state& s = edit(state_);
  // A wait of 0 still makes a write of its own, which is what `then` promises.
  s.append(bytes, s.last_wait.value_or(std::chrono::milliseconds(0)));
  s.last_wait.reset();
  return *this;
}

// The wait belongs to the next part, which may not exist yet, so it is kept beside the parts.
MockReply& MockReply::wait(std::chrono::milliseconds time) {
  std::optional<std::chrono::milliseconds>& wait = edit(state_).last_wait;
  wait = bounded(wait.value_or(std::chrono::milliseconds(0)) + bounded(time));
  return *this;
}

MockReply& MockReply::close() {
  edit(state_).then = state::ending::close;
  return *this;
}

MockReply& MockReply::cut_body_after(std::size_t bytes) {
  state& s = edit(state_);
  s.then = state::ending::cut;
  s.body_bytes = bytes;
  return *this;
}

MockReply& MockReply::stall_body_after(std::size_t bytes) {
  state& s = edit(state_);
  s.then = state::ending::stall;
  s.body_bytes = bytes;
  return *this;
}

MockReply& MockReply::chunk_interval(std::chrono::milliseconds time) {
  edit(state_).chunk_interval = bounded(time);
  return *this;
}

MockReply& MockReply::chunked(std::size_t bytes_per_chunk) {
  edit_message(state_, "chunked").bytes_per_chunk = std::max<std::size_t>(bytes_per_chunk, 1);
  return *this;
}

}  // namespace corochain::testing
