// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/chat_response.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "codec/chat_completions/answer_complaint.hpp"
#include "codec/chat_completions/completion_parts.hpp"
#include "codec/chat_completions/completion_reader.hpp"
#include "codec/chat_completions/completion_stream.hpp"
#include "codec/chat_completions/error_report.hpp"
#include "codec/http/body_form.hpp"
#include "codec/streamed_answer.hpp"
#include "corochain/core/error.hpp"

// The order matters: an error that the body reports comes before complaints about its shape, and a filtered
// answer before complaints about what the filter has cut away.
namespace corochain::codec {
namespace {

/// Throws a `ResponseFormatError` for a body that is JSON and no chat completion.
void check_choices(const completion_reader& read, const answer_complaint& complain) {
  complain.check_array("choices", read.root, read.choices);
  if (read.all_choices.empty()) complain.misshapen("'choices' holds no object");
  if (read.too_many) complain.misshapen(too_many_text);
}

/// Returns the position of the choice with index 0, else that of the first. Servers may send the choices in
/// any order.
std::size_t main_choice(const std::vector<found_choice>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (index_of(choices[i]) == 0) return i;
  return 0;
}

/// Throws the error that the body reports, with everything that the body has of an answer. An array at the
/// root is read as Google's form of an error: `[{"error":{...}}]`.
void check_for_error(completion_reader& read, const answer_complaint& complain, std::string_view body) {
  const bool reported = read.root == json_shape::array ? read_error_report(body).found : read.reports_error();
  if (!reported) return;
  std::string text;
  if (!read.all_choices.empty()) text = std::move(read.all_choices[main_choice(read.all_choices)].content);
  complain.reported_error(std::move(text), usage_of(read.any_usage()));
}

/// Such an answer is no success: a gateway that lost the content would go unnoticed.
bool says_nothing(const found_choice& choice) noexcept {
  return choice.content.empty() && choice.refusal.empty() && choice.tool_calls.empty() &&
         choice.finish_reason.empty();
}

/// Moves a further choice (option `n`) out of the reader.
Choice other_choice(found_choice& found) {
  Choice choice;
  choice.index = index_of(found);
  choice.content = std::move(found.content);
  choice.refusal = std::move(found.refusal);
  choice.finish_reason = std::move(found.finish_reason);
  choice.tool_calls = tool_calls_of(found);
  choice.logprobs = std::move(found.logprobs);
  return choice;
}

/// Reads the answer of a server that streams although it was not asked to.
AIMessage read_streamed_response(std::string_view body, const header_fields& headers) {
  // The transport has checked the body's limit.
  constexpr std::uint64_t no_limit = std::numeric_limits<std::size_t>::max() / 2;
  // Bounds the number of waiting chunks.
  constexpr std::size_t fed_at_once = std::size_t{64} * 1024;
  completion_stream_reader reader(headers, no_limit, no_limit, completion_stream_reader::keeping::nothing);
  streamed_answer all;
  try {
    do {
      reader.feed(body.substr(0, fed_at_once));
      body.remove_prefix(std::min(fed_at_once, body.size()));
      // The end is told before the chunks are taken, so that its error comes behind them.
      if (body.empty() && !reader.done()) reader.end();
      while (auto chunk = reader.next()) all.add(std::move(*chunk));
    } while (!body.empty() && !reader.done());
    // The text that came is moved into the error, as for a stream that was asked for.
  } catch (const Error& error) {
    ErrorDetails details = error.details();
    details.text = all.take_text();
    reader.tell(details);
    throw_error(error.kind(), error.what(), std::move(details));
  }
  return all.take();
}

}  // namespace

/// The parts are moved from the reader to the answer: a long text is in memory once.
void read_chat_response(std::string_view body, const header_fields& headers,
                        std::optional<AIMessage>& answer) {
  if (form_of(body, true, headers) == body_form::events) {
    answer.emplace(read_streamed_response(body, headers));
    return;
  }
  const answer_complaint complain("chat completion", body, headers);
  completion_reader read(completion_part::message);
  complain.check_json(visit_json(body, read, json_text_errors::replaced));
  read.drop_misshapen_choices();
  check_for_error(read, complain, body);
  check_choices(read, complain);
  // The other choices are in `other_choices`, in their order.
  const std::size_t main = main_choice(read.all_choices);
  found_choice& choice = read.all_choices[main];

  // Before the shapes are judged: the filter may have cut off anything.
  if (choice.finish_reason == "content_filter") {
    ErrorDetails details = complain.details();
    details.text = std::move(choice.content);
    details.usage = usage_of(read.any_usage());
    details.categories = choice.categories.names();
    throw ContentFilterError(complain.text(filtered_answer_text), std::move(details));
  }
  // All choices, also those that are not the main one: `other_choices` has their indices.
  for (const found_choice& each : read.all_choices) {
    const std::string wrong = misshapen(each);
    if (!wrong.empty()) complain.misshapen(wrong);
  }
  if (says_nothing(choice))
    complain.misshapen("its choice has neither text, refusal, tool call nor finish_reason");

  AIMessage& message = answer.emplace();
  message.content = std::move(choice.content);
  message.refusal = std::move(choice.refusal);
  message.finish_reason = std::move(choice.finish_reason);
  // These do not matter to the answer: a value that is not text is ignored.
  message.id = std::move(read.id);
  message.model = std::move(read.model);
  message.system_fingerprint = std::move(read.system_fingerprint);
  message.service_tier = std::move(read.service_tier);
  message.usage = usage_of(read.any_usage());
  message.tool_calls = tool_calls_of(choice);
  message.logprobs = std::move(choice.logprobs);
  for (std::size_t i = 0; i < read.all_choices.size(); ++i)
    if (i != main) message.other_choices.push_back(other_choice(read.all_choices[i]));
  head_facts(headers).move_to(message);
}

}  // namespace corochain::codec
