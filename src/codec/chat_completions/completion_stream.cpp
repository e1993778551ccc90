// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/completion_stream.hpp"

#include <algorithm>
#include <utility>

#include "codec/ascii.hpp"
#include "codec/chat_completions/completion_parts.hpp"
#include "codec/chat_completions/error_body.hpp"
#include "codec/chat_completions/error_report.hpp"
#include "core/utf8.hpp"

// Servers differ most in their streams: what the first and the last event hold, whether `[DONE]` or
// `finish_reason` comes, how tool calls are numbered. The reader is lenient in all of that. But a stream that
// is cut off is never taken for a whole answer.
namespace corochain::codec {
namespace {

/// Whether a chunk has something for the consumer.
bool says_anything(const AIMessageChunk& chunk) noexcept {
  return !chunk.content.empty() || !chunk.refusal.empty() || !chunk.tool_call_chunks.empty() ||
         !chunk.logprobs.empty() || !chunk.other_choices.empty() || !chunk.finish_reason.empty() ||
         chunk.usage.has_value();
}

/// Counts the memory that grows with the answer.
template <class Chunk>
std::uint64_t held_in(const Chunk& chunk) noexcept {
  std::uint64_t bytes = chunk.content.size() + chunk.refusal.size();
  for (const ToolCallChunk& call : chunk.tool_call_chunks)
    bytes += call.id.size() + call.name.size() + call.arguments.size();
  for (const TokenLogprob& each : chunk.logprobs) {
    bytes += sizeof each + each.token.size();
    for (const auto& top : each.top) bytes += sizeof top + top.first.size();
  }
  return bytes;
}

}  // namespace

completion_stream_reader::completion_stream_reader(const header_fields& headers, std::uint64_t most_event,
                                                   std::uint64_t most_held, keeping kept)
    : event_stream_reader(headers, most_event, most_held, kept) {
  // The facts of the head go out with the first chunk.
  head_facts(headers).move_to(kept_);
}

void completion_stream_reader::no_chunk(std::string_view what, std::string_view data) const {
  ErrorDetails all = details();
  all.server_message = detail::utf8_excerpt(data, server_message_limit);
  throw ResponseFormatError("an event of the stream is no chunk of a chat completion: " + std::string(what) +
                                "; a proxy or a wrong endpoint may have answered: check the endpoint",
                            std::move(all));
}

void completion_stream_reader::reported_error(std::string_view data) const {
  // No advice on when to come back: the head was sent before the failure was known.
  http_error error = read_reported_error(headers_, data, std::nullopt);
  error.details.usage = usage_;
  throw_error(error.kind, error.message + "; details().text has the text that came",
              std::move(error.details));
}

void completion_stream_reader::take(const sse_event& event) {
  // The data of such an event need not look like an error by itself.
  if (event.type == "error") reported_error(event.data);
  take_values(event.data);
}

/// An event is one chunk. Servers that join events by one line feed send several in one event.
void completion_stream_reader::take_values(std::string_view data) {
  if (data.find('\n') == std::string_view::npos) return take_value(data);
  // The chunk that passes the limit is the last one.
  while (!done_ && !holds_too_much()) {
    data.remove_prefix(std::min(data.find_first_not_of(" \t\r\n"), data.size()));
    if (data.empty()) return;
    std::size_t length = first_json_value(data);
    // No JSON: the line, which may be `[DONE]`.
    if (length == 0) length = std::min(data.find('\n'), data.size());
    take_value(data.substr(0, length));
    data.remove_prefix(length);
  }
}

void completion_stream_reader::take_value(std::string_view data) {
  const std::string_view bare = trim(data);
  if (bare.empty()) return;
  if (bare != "[DONE]") return take_chunk(data);
  // The end of OpenAI's streams. Whatever follows it is not read.
  done_ = true;
  complete();
}

/// Reads one JSON text. It may be a chunk, an error, or neither.
void completion_stream_reader::take_chunk(std::string_view data) {
  completion_reader read(completion_part::delta);
  const json_outcome outcome = visit_json(data, read, json_text_errors::halves_kept);
  if (outcome.problem == json_problem::too_deep)
    no_chunk("its JSON is nested deeper than " + std::to_string(json_depth_limit) + " levels", data);
  if (outcome.problem != json_problem::none)
    no_chunk("it is not JSON, as seen at byte " + std::to_string(outcome.at), data);
  read.drop_misshapen_choices();
  if (read.root == json_shape::array ? read_error_report(data).found : read.reports_error()) {
    for (found_choice& found : read.all_choices)
      if (index_of(found) == 0) {
        // The event that reports the error may hold a last piece of the text.
        texts_[0].content.join(found.content, true);
        text_.append(found.content);
      }
    // The tokens are billed although the answer has failed.
    if (const auto usage = usage_of(read.any_usage())) usage_ = usage;
    reported_error(data);
  }
  // It is not a chat: a ping or a note of a gateway.
  if (read.root != json_shape::object || read.choices == json_shape::text) return;
  if (read.too_many) no_chunk(too_many_text, data);

  AIMessageChunk chunk;
  chunk.id = std::move(read.id);
  chunk.model = std::move(read.model);
  chunk.system_fingerprint = std::move(read.system_fingerprint);
  chunk.service_tier = std::move(read.service_tier);
  chunk.usage = usage_of(read.any_usage());
  // Halves of characters in these texts have no next chunk that could complete them.
  for (std::string* text : {&chunk.id, &chunk.model, &chunk.system_fingerprint, &chunk.service_tier})
    split_characters().join(*text, true);
  for (found_choice& found : read.all_choices) {
    const std::string wrong = misshapen(found);
    if (!wrong.empty()) no_chunk(wrong, data);
    take_choice(found, chunk);
  }
  held_ += held_in(chunk);
  for (const ChoiceChunk& choice : chunk.other_choices) held_ += held_in(choice);
  // The last usage counts. Some servers send a running one with each chunk.
  if (chunk.usage) usage_ = chunk.usage;
  // Every event repeats the model. It is handed on when it changes.
  if (!chunk.model.empty()) model_ = chunk.model;
  if (!something_kept_) {
    if (chunk.id == kept_.id) chunk.id.clear();
    if (chunk.model == kept_.model) chunk.model.clear();
    if (chunk.system_fingerprint == kept_.system_fingerprint) chunk.system_fingerprint.clear();
    if (chunk.service_tier == kept_.service_tier) chunk.service_tier.clear();
  }
  // Until the first chunk that says something, the chunks are joined: the role, an id, results of a filter.
  if (something_kept_) {
    kept_ += chunk;
    if (!says_anything(kept_)) return;
    something_kept_ = false;
    ready_.push_back(kept_);
  } else if (says_anything(chunk)) {
    ready_.push_back(std::move(chunk));
  }
}

/// Corrects what a chunk has of one choice (halves of characters, repeated messages, indices of tool calls),
/// notes what it means for the end, and moves it into the chunk.
void completion_stream_reader::take_choice(found_choice& found, AIMessageChunk& chunk) {
  const std::size_t index = index_of(found);
  choice_texts& texts = texts_[index];
  const bool in_delta = found.delta == json_shape::object;
  // A whole message that follows its chunks.
  if (!in_delta && texts.came_by_delta) {
    found.content.clear();
    found.refusal.clear();
    found.tool_calls.clear();
  }
  // Half of a character at the end of a chunk waits for the next chunk, but not beyond the end of the choice.
  const bool last = !found.finish_reason.empty();
  texts.content.join(found.content, last);
  texts.refusal.join(found.refusal, last);
  split_characters().join(found.finish_reason, true);
  for (TokenLogprob& each : found.logprobs) {
    split_characters().join(each.token, true);
    for (auto& top : each.top) split_characters().join(top.first, true);
  }
  std::vector<ToolCallChunk> calls = texts.tool_calls.take(found);
  // The indices of a single chunk were checked by `misshapen`. These were inferred from many chunks.
  if (texts.tool_calls.too_many())
    throw ResponseFormatError(
        "the stream has more than 1024 tool calls; a proxy or a wrong endpoint may have answered", details());
  // Not `delta` itself: the first chunk often has only a role.
  texts.came = texts.came || !found.content.empty() || !found.refusal.empty() || !calls.empty();
  if (in_delta) texts.came_by_delta = texts.came_by_delta || texts.came;
  // Filtered in any chunk is filtered in the answer.
  for (const std::string& category : found.categories.names()) categories_.set(category, true);
  if (!found.finish_reason.empty()) texts.finished = true;
  if (found.finish_reason == "content_filter" && index == 0) filtered_ = true;
  if (index == 0) {
    keep(found.content);
    chunk.content += found.content;
    chunk.refusal += found.refusal;
    if (!found.finish_reason.empty()) chunk.finish_reason = std::move(found.finish_reason);
    chunk.logprobs.insert(chunk.logprobs.end(), found.logprobs.begin(), found.logprobs.end());
    for (ToolCallChunk& call : calls) chunk.tool_call_chunks.push_back(std::move(call));
    return;
  }
  ChoiceChunk other;
  other.index = index;
  other.content = std::move(found.content);
  other.refusal = std::move(found.refusal);
  other.finish_reason = std::move(found.finish_reason);
  other.logprobs = std::move(found.logprobs);
  other.tool_call_chunks = std::move(calls);
  // A chunk of another choice that says nothing is left out.
  ChoiceChunk silent;
  silent.index = index;
  if (!(other == silent)) chunk.other_choices.push_back(std::move(other));
}

/// Choices that never came are not known, so that a stream of n answers ends by `[DONE]` or by the end of the
/// body.
bool completion_stream_reader::all_finished() const noexcept {
  return !texts_.empty() &&
         std::all_of(texts_.begin(), texts_.end(), [](const auto& choice) { return choice.second.finished; });
}

void completion_stream_reader::complete() {
  // Pings and filter results alone are no answer.
  if (texts_.empty())
    cut_off("the stream ended and held no answer; a proxy or a wrong endpoint may have answered");
  if (!all_finished()) {
    // Servers that end by `[DONE]` without `finish_reason` are believed if something came.
    if (std::none_of(texts_.begin(), texts_.end(),
                     [](const auto& each) { return each.second.came || each.second.finished; }))
      cut_off("the stream ended with [DONE], but neither content nor finish_reason came before it");
    for (const auto& [index, texts] : texts_)
      if (!texts.finished && !texts.tool_calls.complete())
        cut_off(
            "the stream ended with [DONE] in the middle of a tool call; partial_text() has the text that "
            "came");
    flush_halves();
  }
  for (const auto& [index, texts] : texts_)
    if (!texts.tool_calls.told_apart())
      cut_off(
          "the chunks of the stream's tool calls have no index, and do not add up to whole calls; "
          "partial_text() has the text that came");
  // The text that came before the filter is in the chunks, and in the error by `tell`.
  if (!filtered_) return;
  ErrorDetails all = details();
  all.categories = categories_.names();
  throw ContentFilterError(filtered_answer_text, std::move(all));
}

void completion_stream_reader::judge_end() {
  if (!all_finished())
    cut_off(
        "the stream ended before the answer did: neither finish_reason nor [DONE] came; partial_text() has "
        "the text that came");
  complete();
}

/// Flushes halves of characters whose other half will not come.
void completion_stream_reader::flush_halves() {
  for (auto& [index, texts] : texts_) {
    std::string rest;
    texts.content.join(rest, true);
    if (rest.empty()) continue;
    AIMessageChunk chunk;
    if (index == 0) {
      keep(rest);
      chunk.content = std::move(rest);
    } else {
      ChoiceChunk& other = chunk.other_choices.emplace_back();
      other.index = index;
      other.content = std::move(rest);
    }
    ready_.push_back(std::move(chunk));
  }
}

}  // namespace corochain::codec
