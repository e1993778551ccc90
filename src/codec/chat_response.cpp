// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_response.hpp"

#include <charconv>
#include <utility>

#include "codec/ascii.hpp"
#include "codec/completion_reader.hpp"
#include "codec/error_report.hpp"
#include "codec/request_id.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {
namespace {

constexpr std::int64_t highest_choice_index = 1023;

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

/// Why `usage` cannot be read; empty when it can.
std::string_view misshapen(const found_usage& usage) {
  const auto object_or_nothing = [](json_shape shape) {
    return shape == json_shape::object || shape == json_shape::null || shape == json_shape::absent;
  };
  if (!object_or_nothing(usage.shape)) return "'usage' is no object";
  if (!object_or_nothing(usage.prompt_details)) return "'usage.prompt_tokens_details' is no object";
  if (!object_or_nothing(usage.completion_details)) return "'usage.completion_tokens_details' is no object";
  if (!usage.prompt_tokens.is_count_or_nothing()) return "'usage.prompt_tokens' is no number of tokens";
  if (!usage.completion_tokens.is_count_or_nothing())
    return "'usage.completion_tokens' is no number of tokens";
  if (!usage.total_tokens.is_count_or_nothing()) return "'usage.total_tokens' is no number of tokens";
  if (!usage.cached_tokens.is_count_or_nothing())
    return "'usage.prompt_tokens_details.cached_tokens' is no number of tokens";
  if (!usage.reasoning_tokens.is_count_or_nothing())
    return "'usage.completion_tokens_details.reasoning_tokens' is no number of tokens";
  return {};
}

std::optional<Usage> usage_of(const found_usage& found) {
  if (found.shape != json_shape::object || !misshapen(found).empty()) return std::nullopt;
  Usage usage;
  usage.input_tokens = found.prompt_tokens.whole.value_or(0);
  usage.output_tokens = found.completion_tokens.whole.value_or(0);
  usage.total_tokens = found.total_tokens.whole.value_or(0);
  usage.cached_tokens = found.cached_tokens.whole.value_or(0);
  usage.reasoning_tokens = found.reasoning_tokens.whole.value_or(0);
  return usage;
}

void check_choices(const completion_reader& read, const complaint& complain) {
  if (read.root != json_shape::object) complain.no_completion("its JSON is no object");
  switch (read.choices) {
    case json_shape::array: break;
    case json_shape::absent: complain.no_completion("'choices' is missing");
    case json_shape::null: complain.no_completion("'choices' is null");
    default: complain.no_completion("'choices' is no array");
  }
  if (!read.choice) complain.no_completion("'choices' is empty");
  if (read.misshapen_choice)
    complain.no_completion("'choices[" + std::to_string(*read.misshapen_choice) + "]' is no object");
}

void check_choice(const found_choice& choice, const complaint& complain) {
  const auto misshapen_at = [&](std::string_view what) {
    complain.no_completion("'choices[" + std::to_string(choice.position) + "]" + std::string(what));
  };
  if (choice.message == json_shape::absent) misshapen_at(".message' is missing");
  if (choice.message != json_shape::object) misshapen_at(".message' is no object");
  if (!choice.content.is_text_or_nothing()) misshapen_at(".message.content' is neither text nor null");
  if (!choice.refusal.is_text_or_nothing()) misshapen_at(".message.refusal' is neither text nor null");
  if (!choice.finish_reason.is_text_or_nothing()) misshapen_at(".finish_reason' is neither text nor null");
  if (!choice.index.is_count_or_nothing() || choice.index.whole.value_or(0) > highest_choice_index)
    misshapen_at(".index' is no number from 0 to 1023");
}

/// A header with a whole number that is not negative; a fraction is cut off.
std::optional<std::int64_t> number_in(const header_fields& headers, std::string_view name) {
  const auto text = headers.find(name);
  if (!text || text->empty() || !is_ascii_digit(text->front())) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || (end != text->data() + text->size() && *end != '.')) return std::nullopt;
  return value;
}

void read_headers(const header_fields& headers, AIMessage& message) {
  message.request_id = request_id(headers);
  message.region = detail::utf8_excerpt(headers.find("x-ms-region").value_or(std::string_view()), 128);
  message.remaining_requests = number_in(headers, "x-ratelimit-remaining-requests");
  message.remaining_tokens = number_in(headers, "x-ratelimit-remaining-tokens");
  // What is longer than a year is no time of a call, and might not fit the unit.
  constexpr std::int64_t year = std::chrono::milliseconds(std::chrono::hours(24 * 366)).count();
  const auto processing = number_in(headers, "openai-processing-ms");
  if (processing && *processing <= year) message.processing = std::chrono::milliseconds(*processing);
}

}  // namespace

AIMessage read_chat_response(std::string_view body, const header_fields& headers) {
  const complaint complain(body, headers);
  completion_reader read;
  check_json(visit_json(body, read), body, complain);
  if (read.error == json_shape::object || read.error == json_shape::text) complain.error_object();
  check_choices(read, complain);
  found_choice& choice = *read.choice;

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
  check_choice(choice, complain);
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
  message.usage = usage_of(read.usage);
  read_headers(headers, message);
  return message;
}

}  // namespace corochain::codec
