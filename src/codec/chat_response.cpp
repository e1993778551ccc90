// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_response.hpp"

#include <utility>

#include "codec/completion_parts.hpp"
#include "codec/completion_reader.hpp"
#include "codec/error_report.hpp"
#include "codec/request_id.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {
namespace {

/// What all errors of one answer have in common.
class complaint {
 public:
  complaint(std::string_view body, const header_fields& headers) : body_(body), headers_(headers) {}

  ErrorDetails details() const {
    ErrorDetails details;
    details.answered = true;
    details.http_status = 200;
    details.request_id = request_id(headers_);
    return details;
  }
  std::string text(std::string_view what) const {
    std::string text = "HTTP 200, but " + std::string(what);
    const std::string id = request_id(headers_);
    if (!id.empty()) text += " (request id: " + id + ")";
    return text;
  }
  [[noreturn]] void no_completion(std::string_view what) const {
    ErrorDetails all = details();
    all.server_message = detail::utf8_excerpt(body_, server_message_limit);
    throw ResponseFormatError(text(std::string("the body is no chat completion: ").append(what)),
                              std::move(all));
  }
  [[noreturn]] void error_object() const {
    error_report report = read_error_report(body_);
    ErrorDetails all = details();
    all.server_message = std::move(report.message);
    all.server_code = std::move(report.code);
    all.param = std::move(report.param);
    throw ResponseFormatError(text("the body reports an error instead of an answer; see server_message()"),
                              std::move(all));
  }

 private:
  std::string_view body_;
  const header_fields& headers_;
};

void check_json(const json_outcome& outcome, std::string_view body, const complaint& complain) {
  static constexpr std::string_view hint =
      "; a proxy or a wrong endpoint may have answered: check the endpoint";
  if (outcome.problem == json_problem::none) return;
  if (outcome.problem == json_problem::too_deep)
    complain.no_completion("its JSON is nested deeper than " + std::to_string(json_depth_limit) + " levels");
  if (outcome.problem == json_problem::number_too_large)
    complain.no_completion("it holds a number that is too large");
  const std::size_t start = body.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) complain.no_completion(std::string("the body is empty").append(hint));
  if (body[start] == '<')
    complain.no_completion(std::string("the body is not JSON but looks like an HTML page").append(hint));
  if (const auto at = detail::invalid_utf8_at(body))
    complain.no_completion("the body is not valid UTF-8 at byte " + std::to_string(*at + 1));
  complain.no_completion("the body is not JSON, as seen at byte " + std::to_string(outcome.at) +
                         std::string(hint));
}

void check_choices(const completion_reader& read, const complaint& complain) {
  if (read.root != json_shape::object) complain.no_completion("its JSON is no object");
  switch (read.choices) {
    case json_shape::array: break;
    case json_shape::absent: complain.no_completion("'choices' is missing");
    case json_shape::null: complain.no_completion("'choices' is null");
    default: complain.no_completion("'choices' is no array");
  }
  if (read.all_choices.empty()) complain.no_completion("'choices' is empty");
  if (read.misshapen_choice)
    complain.no_completion("'choices[" + std::to_string(*read.misshapen_choice) + "]' is no object");
  if (read.too_many) complain.no_completion("it has more than 1024 choices or tool calls");
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
  const complaint complain(body, headers);
  completion_reader read;
  check_json(visit_json(body, read), body, complain);
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
    if (!wrong.empty()) complain.no_completion(wrong);
  }
  const std::string_view wrong_usage = misshapen(read.usage);
  if (!wrong_usage.empty()) complain.no_completion(wrong_usage);

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
