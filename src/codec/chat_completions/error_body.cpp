// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/error_body.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "codec/ascii.hpp"
#include "codec/chat_completions/error_report.hpp"
#include "codec/chat_completions/refused_field.hpp"
#include "codec/http/request_id.hpp"
#include "codec/http/url.hpp"
#include "codec/retry/retry_policy.hpp"
#include "core/seconds_text.hpp"

// Each advice says what to do with the options of this library. People see it first, so it names the most
// frequent cause and leaves the server's words to `server_message()`.
namespace corochain::codec {
namespace {

/// Whether a text equals one of the words.
bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Whether the prompt is too long, under every name and status that servers use. vLLM and some gateways say
/// it in the message alone.
bool is_context_length(int status, const error_report& report) noexcept {
  if (status < 400) return false;
  if (report.says("context_length_exceeded") || report.says("exceed_context_size")) return true;
  const auto message_has = [&](std::string_view words) {
    return report.message.find(words) != std::string::npos;
  };
  // A limit of tokens per minute is reported in similar words.
  if (status == 429) return false;
  return message_has("maximum context length is") || message_has("max context is") ||
         message_has("exceeds the available context size") ||
         message_has("longer than the maximum model length");
}

/// The codes of the API references of OpenAI ("Error codes") and Azure OpenAI (content filtering, quotas).
ErrorKind kind_of(int status, const error_report& report) noexcept {
  const auto says = [&](std::initializer_list<std::string_view> words) {
    return is_one_of(report.code, words) || is_one_of(report.type, words);
  };
  if (is_context_length(status, report)) return ErrorKind::context_length;
  switch (status) {
    case 400:
      if (says({"content_filter", "content_policy_violation"}) ||
          report.inner_code == "ResponsibleAIPolicyViolation")
        return ErrorKind::content_filter;
      return ErrorKind::bad_request;
    case 401: return ErrorKind::authentication;
    case 403: return ErrorKind::permission_denied;
    case 404: return ErrorKind::not_found;
    case 409: return ErrorKind::conflict;
    // Groq answers so when one request exceeds the tokens of a minute.
    case 413: return report.says("rate_limit") ? ErrorKind::rate_limit : ErrorKind::http_status;
    case 422: return ErrorKind::unprocessable_entity;
    case 429:
      if (report.says("insufficient_quota") || says({"billing_not_active", "billing_hard_limit_reached"}))
        return ErrorKind::quota_exceeded;
      return ErrorKind::rate_limit;
    default: return status >= 500 && status <= 599 ? ErrorKind::server : ErrorKind::http_status;
  }
}

/// Whether a text looks like the name of a request's field, such as `max_tokens` or `messages[0].content`.
/// The server wrote it, so it is quoted only if it cannot be anything else: a key, for example, is longer
/// than any part of such a name.
bool looks_like_option(std::string_view text) noexcept {
  constexpr std::size_t longest = 64;
  constexpr std::size_t longest_part = 30;
  if (text.empty() || text.size() > longest || !is_ascii_alpha(text.front())) return false;
  std::size_t part = 0;
  for (char c : text) {
    if (c == '.' || c == '[' || c == ']') {
      part = 0;
    } else if ((c >= 'a' && c <= 'z') || c == '_' || is_ascii_digit(c)) {
      if (++part > longest_part) return false;
    } else {
      return false;
    }
  }
  return true;
}

/// Names the parameter that the server refuses, if it names one.
std::string bad_request_text(const error_report& report) {
  const bool named = looks_like_option(report.param);
  std::string text;
  // The codes of OpenAI's reasoning models, which refuse many parameters of other models.
  if (report.code == "unsupported_parameter" && named)
    text = "this model does not know the parameter '" + report.param + "'; do not set it";
  else if (report.code == "unsupported_value" && named)
    text = "this model does not take the given value of the parameter '" + report.param +
           "'; change or unset it";
  else if (named)
    text = "the server does not accept the request's '" + report.param + "'; server_message() has its reason";
  else
    text = "the server does not accept the request; server_message() has its reason";
  return text;
}

/// Returns the server's advice as the part of a sentence, or an empty text.
std::string wait_text(std::optional<ErrorDetails::duration> wait) {
  return wait ? "; the server advises to wait " + corochain::detail::seconds_text(*wait) : std::string();
}

/// Quotes the host alone: the rest of a redirect's target may hold parts of the request.
std::string redirect_text(const header_fields& headers) {
  const auto location = headers.find("location");
  // Following it could send the key to another host, so it is always an error.
  std::string text = "the server redirects";
  if (!location)
    return text + "; redirects are never followed, so that the key goes nowhere else: check the endpoint";
  try {
    text += " to " + parse_url(*location, "Location").host_header();
  } catch (const ConfigError&) {
    // A path on the same host, or no URL.
    text +=
        location->starts_with('/') && !location->starts_with("//") ? " within its own host" : " elsewhere";
  }
  return text +
         "; redirects are never followed, so that the key goes nowhere else: if you trust the target, make "
         "it the endpoint";
}

/// Returns what happened and what to do. The kinds come first; statuses without a kind of their own follow.
std::string advice(int status, ErrorKind kind, const error_report& report, const header_fields& headers,
                   std::optional<ErrorDetails::duration> retry_after) {
  // A field that the library sends unasked is not the user's fault, so its way out comes before all others.
  if (kind == ErrorKind::bad_request || kind == ErrorKind::unprocessable_entity)
    if (std::string refused = refused_field_advice(report); !refused.empty()) return refused;
  switch (kind) {
    case ErrorKind::bad_request: return bad_request_text(report);
    case ErrorKind::content_filter:
      return "the provider's content filter refused the prompt; see categories(), and change the prompt or "
             "the filter's settings";
    case ErrorKind::context_length:
      return "the messages and the asked-for answer exceed the model's context; shorten them, lower "
             "max_completion_tokens or take a model with a larger context";
    case ErrorKind::authentication:
      return "the credential is not accepted; check the key or token, and that it belongs to this endpoint";
    case ErrorKind::permission_denied:
      return "the credential may not do this; check its role on the resource, the resource's network rules, "
             "and whether it allows keys at all";
    case ErrorKind::not_found:
      return "not found; check azure_deployment (or model), the endpoint and api_version; a deployment that "
             "was just made needs some minutes";
    case ErrorKind::conflict: return "the request conflicts with another one; try again";
    case ErrorKind::unprocessable_entity:
      return "the server understands the request and cannot process it; server_message() has its reason";
    case ErrorKind::rate_limit:
      if (status == 413)
        return "the request alone has more tokens than the quota allows at once; shorten the messages or ask "
               "for more quota: waiting does not help";
      return "too many requests or tokens" + wait_text(retry_after) +
             "; wait, lower max_concurrency, or ask for more quota";
    case ErrorKind::quota_exceeded:
      return "the account's quota is used up; check its plan and billing: waiting does not help";
    case ErrorKind::server:
      return "the failure is on the provider's side" + wait_text(retry_after) + "; try again later";
    default: break;
  }
  if (status >= 300 && status <= 399) return redirect_text(headers);
  if (status == 402) return "the account has no credit left; check its billing";
  if (status == 407) return "a proxy asks for credentials; check the proxy's settings";
  if (status == 408) return "the server gave up waiting" + wait_text(retry_after) + "; try again";
  if (status == 424 || status == 498)
    return "the server is not ready for the request" + wait_text(retry_after) + "; try again";
  if (status == 413) return "the request is too large for the server; shorten the messages";
  if (status >= 400 && status <= 499)
    return "the server refuses the request; server_message() has its reason";
  return "this is no status of an answer to a chat; check the endpoint";
}

/// Makes the error that `report` stands for under `status`, in an answer with the status `received`. `status`
/// chooses kind and advice. It differs from `received` for errors that came under status 200.
http_error make_http_error(error_report report, int status, int received, const header_fields& headers,
                           std::optional<ErrorDetails::duration> retry_after) {
  http_error error;
  error.kind = kind_of(status, report);

  ErrorDetails& details = error.details;
  details.answered = true;
  details.http_status = received;
  details.request_id = request_id(headers);
  details.retry_after = retry_after;
  // The same rules as those of `decide_retry`, for callers that repeat by themselves.
  details.retryable = !is_permanent(error.kind) && status >= 400 && status != 413 &&
                      should_retry(headers).value_or(is_retryable_status(status));

  error.message = "HTTP " + std::to_string(received);
  if (!details.request_id.empty()) error.message += " (request id: " + details.request_id + ")";
  if (received != status) error.message += ", but the answer reports an error";
  error.message += ": " + advice(status, error.kind, report, headers, retry_after);

  // At last, because the advice reads the report.
  details.server_message = std::move(report.message);
  details.server_code = std::move(report.code);
  details.param = std::move(report.param);
  if (error.kind == ErrorKind::content_filter) details.categories = std::move(report.categories);
  return error;
}

}  // namespace

http_error read_http_error(int status, const header_fields& headers, std::string_view body,
                           std::optional<ErrorDetails::duration> retry_after) {
  return make_http_error(read_error_report(body), status, status, headers, retry_after);
}

/// The head is that of an answer with status 200, so its advice and ids are used, and its status is not.
http_error read_reported_error(const header_fields& headers, std::string_view text,
                               std::optional<ErrorDetails::duration> retry_after) {
  error_report report = read_error_report(text);
  const int status = status_of(report);
  return make_http_error(std::move(report), status, 200, headers, retry_after);
}

}  // namespace corochain::codec
