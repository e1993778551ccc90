// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_stream.hpp"

#include <algorithm>
#include <utility>

#include "codec/ascii.hpp"
#include "codec/error_body.hpp"
#include "codec/error_report.hpp"
#include "core/utf8.hpp"

namespace corochain::codec {
namespace {

/// The HTTP status that an error object stands for, where one came in the middle of a stream and so has none.
int status_of(const error_report& report) noexcept {
  const auto says = [&](std::string_view word) {
    return report.code.find(word) != std::string::npos || report.type.find(word) != std::string::npos;
  };
  if (report.code.size() == 3 && report.code[0] >= '4' && report.code[0] <= '5' &&
      is_ascii_digit(report.code[1]) && is_ascii_digit(report.code[2]))
    return (report.code[0] - '0') * 100 + (report.code[1] - '0') * 10 + (report.code[2] - '0');
  if (says("insufficient_quota") || says("rate_limit") || says("RateLimit")) return 429;
  if (says("content_filter") || says("context_length") || says("invalid_request")) return 400;
  if (says("authentication") || says("invalid_api_key")) return 401;
  if (says("permission")) return 403;
  return 500;
}

bool says_anything(const AIMessageChunk& chunk) noexcept {
  return !chunk.content.empty() || !chunk.refusal.empty() || !chunk.tool_call_chunks.empty() ||
         !chunk.logprobs.empty() || !chunk.other_choices.empty() || !chunk.finish_reason.empty() ||
         chunk.usage.has_value();
}

}  // namespace

bool is_event_stream(const header_fields& headers) noexcept {
  const auto type = headers.find("content-type");
  constexpr std::string_view wanted = "text/event-stream";
  return type && type->size() >= wanted.size() && equal_ignoring_case(type->substr(0, wanted.size()), wanted);
}

chat_stream_reader::chat_stream_reader(const header_fields& headers, std::uint64_t most_event,
                                       std::uint64_t most)
    : headers_(headers), most_event_(most_event), most_(most), parser_(static_cast<std::size_t>(most_event)) {
  head_facts facts(headers);
  request_id_ = facts.request_id;
  std::move(facts).move_to(kept_);
}

ErrorDetails chat_stream_reader::details() const {
  ErrorDetails details;
  details.answered = true;
  details.http_status = 200;
  details.request_id = request_id_;
  details.text = text_;
  details.usage = usage_;
  return details;
}

void chat_stream_reader::no_piece(std::string_view what, std::string_view data) const {
  ErrorDetails all = details();
  all.server_message = detail::utf8_excerpt(data, server_message_limit);
  throw ResponseFormatError("an event of the stream is no piece of a chat completion: " + std::string(what) +
                                "; a proxy or a wrong endpoint may have answered: check the endpoint",
                            std::move(all));
}

void chat_stream_reader::reported_error(std::string_view data) const {
  const error_report report = read_error_report(data);
  http_error error = read_http_error(status_of(report), headers_, data, std::nullopt);
  ErrorDetails all = std::move(error.details);
  const ErrorDetails mine = details();
  all.http_status = mine.http_status;
  all.text = mine.text;
  all.usage = mine.usage;
  throw_error(error.kind,
              "the server reported an error in the middle of the stream; server_message() has its words and "
              "details().text what had come",
              std::move(all));
}

void chat_stream_reader::feed(std::string_view bytes) {
  if (failure_) return;
  try {
    read_events(bytes);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void chat_stream_reader::end() {
  if (failure_) return;
  try {
    read_end();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void chat_stream_reader::read_events(std::string_view bytes) {
  if (done_) return;
  // What came within the limit counts, however much came with it.
  const bool too_long = bytes.size() > most_ - received_;
  if (too_long) bytes = bytes.substr(0, static_cast<std::size_t>(most_ - received_));
  received_ += bytes.size();
  parser_.feed(bytes);
  while (!done_) {
    const auto event = parser_.next();
    if (!event) break;
    take(*event);
  }
  if (parser_.too_large())
    throw TooLargeError("an event of the stream is larger than its limit of " + std::to_string(most_event_) +
                            " bytes (option limits.stream_event)",
                        details());
  if (too_long && !done_)
    throw TooLargeError(
        "the stream is longer than its limit of " + std::to_string(most_) + " bytes (option limits.stream)",
        details());
}

void chat_stream_reader::take(const sse_event& event) {
  ++events_;
  if (event.data == "[DONE]") {
    complete();
    done_ = true;
    return;
  }
  if (event.type == "error") reported_error(event.data);
  take_piece(event.data);
}

void chat_stream_reader::take_piece(std::string_view data) {
  completion_reader read(completion_part::delta);
  const json_outcome outcome = visit_json(data, read);
  if (outcome.problem == json_problem::too_deep)
    no_piece("its JSON is nested deeper than " + std::to_string(json_depth_limit) + " levels", data);
  if (outcome.problem != json_problem::none)
    no_piece("it is not JSON, as seen at byte " + std::to_string(outcome.at), data);
  if (read.root != json_shape::object) no_piece("its JSON is no object", data);
  if (read.error == json_shape::object || read.error == json_shape::text) reported_error(data);
  if (read.choices != json_shape::array && read.choices != json_shape::null &&
      read.choices != json_shape::absent)
    no_piece("'choices' is no array", data);
  if (read.too_many) no_piece("it has more than 1024 choices or tool calls", data);
  if (read.choices == json_shape::absent && read.usage.shape == json_shape::absent && read.id.text.empty())
    no_piece("'choices' is missing", data);
  const std::string_view wrong_usage = misshapen(read.usage);
  if (!wrong_usage.empty()) no_piece(wrong_usage, data);

  AIMessageChunk chunk;
  chunk.id = std::move(read.id.text);
  chunk.model = std::move(read.model.text);
  chunk.system_fingerprint = std::move(read.system_fingerprint.text);
  chunk.service_tier = std::move(read.service_tier.text);
  chunk.usage = usage_of(read.usage);
  for (found_choice& found : read.all_choices) {
    const std::string wrong = misshapen(found, "delta", false);
    if (!wrong.empty()) no_piece(wrong, data);
    take_choice(found, chunk);
  }
  if (chunk.usage) usage_ = chunk.usage;
  // Every event repeats who answers: it is handed on when it is news.
  if (!chunk.model.empty()) model_ = chunk.model;
  if (!something_kept_) {
    if (chunk.id == kept_.id) chunk.id.clear();
    if (chunk.model == kept_.model) chunk.model.clear();
    if (chunk.system_fingerprint == kept_.system_fingerprint) chunk.system_fingerprint.clear();
    if (chunk.service_tier == kept_.service_tier) chunk.service_tier.clear();
  }
  if (something_kept_) {
    kept_ += chunk;
    if (!says_anything(kept_)) return;
    something_kept_ = false;
    ready_.push_back(kept_);
  } else if (says_anything(chunk)) {
    ready_.push_back(std::move(chunk));
  }
}

void chat_stream_reader::take_choice(found_choice& found, AIMessageChunk& chunk) {
  const std::size_t index = index_of(found);
  bool& choice_is_finished = finished_[index];
  for (const std::string& category : found.categories.names())
    if (std::find(categories_.begin(), categories_.end(), category) == categories_.end())
      categories_.push_back(category);
  if (!found.finish_reason.text.empty()) choice_is_finished = true;
  if (found.finish_reason.text == "content_filter" && index == 0) filtered_ = true;
  if (index == 0) {
    text_ += found.content.text;
    chunk.content += found.content.text;
    chunk.refusal += found.refusal.text;
    if (!found.finish_reason.text.empty()) chunk.finish_reason = std::move(found.finish_reason.text);
    chunk.logprobs.insert(chunk.logprobs.end(), found.logprobs.begin(), found.logprobs.end());
    for (ToolCallChunk& call : tool_call_chunks_of(found)) chunk.tool_call_chunks.push_back(std::move(call));
    return;
  }
  ChoiceChunk other;
  other.index = index;
  other.content = std::move(found.content.text);
  other.refusal = std::move(found.refusal.text);
  other.finish_reason = std::move(found.finish_reason.text);
  other.logprobs = std::move(found.logprobs);
  other.tool_call_chunks = tool_call_chunks_of(found);
  ChoiceChunk silent;
  silent.index = index;
  if (!(other == silent)) chunk.other_choices.push_back(std::move(other));
}

void chat_stream_reader::complete() {
  ended_ = true;
  if (finished_.empty())
    throw ResponseFormatError(
        "the stream ended and held no answer; a proxy or a wrong endpoint may have answered", details());
  if (!filtered_) return;
  ErrorDetails all = details();
  all.categories = categories_;
  throw ContentFilterError(
      "the provider's content filter stopped the answer; see categories() and partial_text(), and change the "
      "prompt "
      "or the filter's settings",
      std::move(all));
}

void chat_stream_reader::read_end() {
  if (ended_) return;
  if (const auto last = parser_.finish()) {
    try {
      take(*last);
    } catch (const ResponseFormatError&) {
      if (ended_) throw;  // it was whole, and what it ends is no answer
      // else no blank line closed this event: it was cut
    }
  }
  if (ended_) return;
  const auto finished = [](const auto& choice) { return choice.second; };
  if (finished_.empty() || !std::all_of(finished_.begin(), finished_.end(), finished))
    throw TruncatedError(
        "the stream ended before the answer did: neither finish_reason nor [DONE] came; partial_text() has "
        "what did",
        details());
  complete();
}

std::optional<AIMessageChunk> chat_stream_reader::next() {
  if (ready_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  std::optional<AIMessageChunk> first(std::move(ready_.front()));
  ready_.pop_front();
  return first;
}

}  // namespace corochain::codec
