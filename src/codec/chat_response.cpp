// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_response.hpp"

#include <utility>

#include "codec/answer_complaint.hpp"
#include "codec/completion_parts.hpp"
#include "codec/completion_reader.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {
namespace {

void check_choices(const completion_reader& read, const answer_complaint& complain) {
  if (read.root != json_shape::object) complain.misshapen("its JSON is no object");
  switch (read.choices) {
    case json_shape::array: break;
    case json_shape::absent: complain.misshapen("'choices' is missing");
    case json_shape::null: complain.misshapen("'choices' is null");
    default: complain.misshapen("'choices' is no array");
  }
  if (read.all_choices.empty()) complain.misshapen("'choices' is empty");
  if (read.misshapen_choice)
    complain.misshapen("'choices[" + std::to_string(*read.misshapen_choice) + "]' is no object");
  if (read.too_many) complain.misshapen("it has more than 1024 choices or tool calls");
}

/// The choice with index 0, else the first.
std::size_t main_choice(const std::vector<found_choice>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (choices[i].index.whole == 0) return i;
  return 0;
}

Choice other_choice(found_choice& found) {
  Choice choice;
  choice.index = index_of(found);
  choice.content = std::move(found.content.text);
  choice.refusal = std::move(found.refusal.text);
  choice.finish_reason = std::move(found.finish_reason.text);
  choice.tool_calls = tool_calls_of(found);
  choice.logprobs = std::move(found.logprobs);
  return choice;
}

}  // namespace

AIMessage read_chat_response(std::string_view body, const header_fields& headers) {
  const answer_complaint complain("chat completion", body, headers);
  completion_reader read(completion_part::message);
  complain.check_json(visit_json(body, read));
  if (read.error == json_shape::object || read.error == json_shape::text) complain.error_object();
  check_choices(read, complain);
  const std::size_t main = main_choice(read.all_choices);
  found_choice& choice = read.all_choices[main];

  // Before the shape of the message: a filtered answer may lack one.
  if (choice.finish_reason.text == "content_filter") {
    ErrorDetails details = complain.details();
    details.text = std::move(choice.content.text);
    details.usage = usage_of(read.usage);
    details.categories = choice.categories.names();
    throw ContentFilterError(
        complain.text(
            "the provider's content filter stopped the answer; see categories() and partial_text(), and "
            "change the prompt or the filter's settings"),
        std::move(details));
  }
  for (const found_choice& each : read.all_choices) {
    const std::string wrong = misshapen(each, "message", true);
    if (!wrong.empty()) complain.misshapen(wrong);
  }
  const std::string_view wrong_usage = misshapen(read.usage);
  if (!wrong_usage.empty()) complain.misshapen(wrong_usage);

  AIMessage message;
  message.content = std::move(choice.content.text);
  message.refusal = std::move(choice.refusal.text);
  message.finish_reason = std::move(choice.finish_reason.text);
  // Of no consequence for the answer: another shape than text is passed over.
  message.id = std::move(read.id.text);
  message.model = std::move(read.model.text);
  message.system_fingerprint = std::move(read.system_fingerprint.text);
  message.service_tier = std::move(read.service_tier.text);
  message.usage = usage_of(read.usage);
  message.tool_calls = tool_calls_of(choice);
  message.logprobs = std::move(choice.logprobs);
  for (std::size_t i = 0; i < read.all_choices.size(); ++i)
    if (i != main) message.other_choices.push_back(other_choice(read.all_choices[i]));
  head_facts(headers).move_to(message);
  return message;
}

}  // namespace corochain::codec
