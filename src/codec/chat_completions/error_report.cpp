// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/error_report.hpp"

#include <array>
#include <utility>

#include "codec/ascii.hpp"
#include "codec/chat_completions/filtered_categories.hpp"
#include "codec/json/json_events.hpp"
#include "core/utf8.hpp"

// There is no standard of error bodies. The shapes that are known: OpenAI's object `error`, Azure's with
// `innererror`, Google's in an array, FastAPI's `detail`, bare members at the root, and an error within a
// choice.
namespace corochain::codec {
namespace {

// The longest code, type or name of a parameter that is kept.
constexpr std::size_t short_limit = 256;
// A server may complain about each of a thousand messages in the same words.
constexpr std::size_t most_complaints = 16;

/// How near to the error a message was found. A nearer message replaces one that is less near.
enum class nearness : unsigned char { none, inside_message, beside, error };

/// Follows the places where an error may be, and keeps the best message so far.
class error_reader final : public json_visitor {
 public:
  explicit error_reader(error_report& report) : report_(report) { open_.reserve(json_depth_limit); }

  void on_object() override { open(place_of_object()); }
  void on_array() override {
    place next = place::outside;
    if (open_.empty())
      next = place::list;
    else if (place_ == place::root && key_ == "choices")
      next = place::choices;
    else if (place_ == place::message && key_ == "loc")
      next = place::location;
    else if (holds_message() || within_message())
      next = place::message;
    open(next);
  }
  void on_end() override {
    if (place_ == place::message) end_complaint();
    place_ = open_.back();
    open_.pop_back();
    key_.clear();
  }
  bool on_key(std::string_view key) override {
    key_ = key;
    return true;
  }
  void on_bool(bool value) override {
    if (place_ == place::category && key_ == "filtered") categories_.set(category_, value);
  }
  void on_number(const json_number& number) override {
    // A location has indices among its names: `["body","messages",0,"content"]`.
    if (number.whole && place_ == place::location) add_to_field("[" + std::to_string(*number.whole) + "]");
    // Codes are numbers or texts, by server.
    if (number.whole && (is_code() || key_ == "status")) on_text(std::to_string(*number.whole));
  }
  void on_text(std::string_view text) override {
    if ((place_ == place::root || place_ == place::choice) &&
        key_ == "error") {  // some local servers write it so; code and type may be beside it
      if (!text.empty()) set_message(text, nearness::error);
    } else if (place_ == place::error || (place_ == place::root && !found_error_)) {
      take_field(text);
    } else if (place_ == place::inner && key_ == "code") {
      report_.inner_code = detail::utf8_excerpt(text, short_limit);
    } else if (place_ == place::location) {
      // FastAPI begins each location with the part of the request.
      if (complaint_.field.empty() && text == "body") return;
      add_to_field(complaint_.field.empty() ? std::string(text) : "." + std::string(text));
    } else if (place_ == place::message) {
      if (key_ == "loc") add_to_field(std::string(text));
      if (key_ == "type" || key_ == "msg") complaint_.text += detail::utf8_excerpt(text, short_limit) + ' ';
      if (within_message()) set_message(text, nearness::inside_message);
    }
  }

  const filtered_categories& categories() const noexcept { return categories_; }

 private:
  enum class place : unsigned char {
    outside,
    /// The array around the error.
    list,
    root,
    choices,
    choice,
    error,
    /// Inside a message that is an object or an array.
    message,
    /// Inside the location of a complaint in it.
    location,
    inner,
    categories,
    category,
  };

  bool is_code() const noexcept { return key_ == "code" || key_ == "statusCode" || key_ == "error_code"; }
  /// Whether the member that comes may hold the message as an object or an array.
  bool holds_message() const noexcept {
    const bool here = place_ == place::error || (place_ == place::root && !found_error_);
    return here && (key_ == "message" || key_ == "detail" || key_ == "errors");
  }

  /// Whether a text inside such a message is a part of it.
  bool within_message() const noexcept {
    return place_ == place::message &&
           (key_.empty() || key_ == "msg" || key_ == "message" || key_ == "detail");
  }

  /// Returns the place inside an object that begins now, and begins the error if it is one.
  place place_of_object() {
    // The checks are in the order of depth: an error object may be at the root, in an array, or in a choice.
    if (open_.empty() || place_ == place::list) return place::root;
    if (place_ == place::choices) return place::choice;
    if ((place_ == place::root || place_ == place::choice) && key_ == "error") {
      begin_error();
      return place::error;
    }
    if (place_ == place::error && (key_ == "innererror" || key_ == "inner_error")) return place::inner;
    if ((place_ == place::inner || place_ == place::error) &&
        (key_ == "content_filter_result" || key_ == "content_filter_results"))
      return place::categories;
    if (place_ == place::categories) {
      category_ = key_;
      // An earlier object of the same category counts no more.
      categories_.set(category_, false);
      return place::category;
    }
    if (holds_message() || within_message()) return place::message;
    return place::outside;
  }

  void add_to_field(const std::string& part) {
    if (complaint_.field.size() + part.size() <= short_limit) complaint_.field += part;
  }
  /// Keeps a complaint that names a field. Others are part of the message alone.
  void end_complaint() {
    const field_complaint ended = std::exchange(complaint_, field_complaint());
    if (!ended.field.empty() && report_.complaints.size() < most_complaints)
      report_.complaints.push_back(ended);
  }

  /// The error object counts more than the members beside it.
  void begin_error() {
    report_ = error_report();
    report_.found = true;
    message_is_ = nearness::none;
    found_error_ = true;
  }
  /// Takes a message unless a nearer one is known.
  void set_message(std::string_view text, nearness where) {
    if (where <= message_is_ && where != nearness::error) return;
    message_is_ = where;
    report_.found = true;
    report_.message = detail::utf8_excerpt(text, server_message_limit);
  }
  /// Takes a member of an error. The names are those of OpenAI, FastAPI, OAuth, Databricks and API
  /// Management.
  void take_field(std::string_view text) {
    if (key_ == "message" || key_ == "error_message")
      set_message(text, nearness::error);
    else if (key_ == "detail" || key_ == "error_description")
      set_message(text, nearness::beside);
    else if (is_code())
      report_.code = detail::utf8_excerpt(text, short_limit);
    else if (key_ == "type" || key_ == "error_type")
      report_.type = detail::utf8_excerpt(text, short_limit);
    else if (key_ == "param")
      report_.param = detail::utf8_excerpt(text, short_limit);
    else if (key_ == "status")
      report_.status = detail::utf8_excerpt(text, short_limit);
  }

  void open(place next) {
    open_.push_back(place_);
    place_ = next;
    key_.clear();
  }

  error_report& report_;
  // The places around each open object or array, to return to.
  std::vector<place> open_;
  place place_ = place::outside;
  nearness message_is_ = nearness::none;
  bool found_error_ = false;
  std::string key_;
  std::string category_;
  field_complaint complaint_;
  filtered_categories categories_;
};

/// Returns a status between 400 and 599 that is written as a number, else 0. Other numbers, such as "200" in
/// the body of an error, stand for no failure.
int status_number(std::string_view text) noexcept {
  if (text.size() != 3 || (text[0] != '4' && text[0] != '5')) return 0;
  if (!is_ascii_digit(text[1]) || !is_ascii_digit(text[2])) return 0;
  return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

struct named_status {
  std::string_view word;
  int status;
};
/// The first match counts. The words are those of the API references of OpenAI, Azure OpenAI, Anthropic,
/// Google (google.rpc.Code), and of vLLM, llama.cpp and OpenRouter. A word is found anywhere in a code, type
/// or status, so the more special words come first.
constexpr std::array named_statuses = {
    named_status{"insufficient_quota", 429},  named_status{"billing", 429},
    named_status{"rate_limit", 429},          named_status{"ratelimit", 429},
    named_status{"resource_exhausted", 429},  named_status{"too_many_requests", 429},
    named_status{"toomanyrequests", 429},     named_status{"overloaded", 503},
    named_status{"unavailable", 503},         named_status{"content_filter", 400},
    named_status{"content_policy", 400},      named_status{"context_length", 400},
    named_status{"exceed_context_size", 400}, named_status{"invalid_request", 400},
    named_status{"invalid_argument", 400},    named_status{"badrequest", 400},
    named_status{"bad_request", 400},         named_status{"failed_precondition", 400},
    named_status{"authentication", 401},      named_status{"unauthenticated", 401},
    named_status{"unauthorized", 401},        named_status{"invalid_api_key", 401},
    named_status{"permission", 403},          named_status{"forbidden", 403},
    named_status{"not_found", 404},           named_status{"notfound", 404},
    named_status{"deadline_exceeded", 504},   named_status{"timeout", 504},
};

}  // namespace

bool error_report::says(std::string_view word) const noexcept {
  return contains_ignoring_case(code, word) || contains_ignoring_case(type, word) ||
         contains_ignoring_case(status, word);
}

/// The members are taken as they come. The categories and the first complaint are added at the end, when the
/// last object has been seen.
error_report read_error_report(std::string_view text) {
  error_report report;
  error_reader reader(report);
  // The outcome is ignored: the part before an early end or an error of JSON is as good as a whole body.
  visit_json(text, reader);
  report.categories = reader.categories().names();
  if (report.param.empty() && !report.complaints.empty()) report.param = report.complaints.front().field;
  // A text that is no JSON, such as HTML, is the message itself.
  if (report.message.empty()) report.message = detail::utf8_excerpt(text, server_message_limit);
  return report;
}

int status_of(const error_report& report) noexcept {
  for (const std::string* text : {&report.code, &report.status})
    if (const int status = status_number(*text)) return status;
  for (const named_status& each : named_statuses)
    if (report.says(each.word)) return each.status;
  return 500;
}

}  // namespace corochain::codec
