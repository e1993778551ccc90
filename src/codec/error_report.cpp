// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/error_report.hpp"

#include "codec/filtered_categories.hpp"
#include "codec/json_events.hpp"
#include "core/utf8.hpp"

namespace corochain::codec {
namespace {

constexpr std::size_t short_limit = 256;  // of a code, a type, the name of a parameter

class error_reader final : public json_visitor {
 public:
  explicit error_reader(error_report& report) : report_(report) { open_.reserve(json_depth_limit); }

  void on_object() override {
    place next = place::outside;
    if (open_.empty())
      next = place::root;
    else if (place_ == place::root && key_ == "error")
      next = place::error;
    else if (place_ == place::error && (key_ == "innererror" || key_ == "inner_error"))
      next = place::inner;
    else if ((place_ == place::inner || place_ == place::error) &&
             (key_ == "content_filter_result" || key_ == "content_filter_results"))
      next = place::categories;
    else if (place_ == place::categories)
      next = place::category;
    if (next == place::error) report_ = error_report();  // it counts more than what stands beside it
    if (next == place::error) found_error_ = true;
    if (next == place::category) {
      category_ = key_;
      categories_.set(category_, false);
    }
    open(next);
  }
  void on_array() override { open(place::outside); }
  void on_end() override {
    place_ = open_.back();
    open_.pop_back();
  }
  bool on_key(std::string_view key) override {
    key_ = key;
    return true;
  }
  void on_null() override {}
  void on_bool(bool value) override {
    if (place_ == place::category && key_ == "filtered") categories_.set(category_, value);
  }
  void on_number(const json_number& number) override {
    if (number.whole && (key_ == "code" || key_ == "statusCode")) on_text(std::to_string(*number.whole));
  }
  void on_text(std::string_view text) override {
    if (place_ == place::root && key_ == "error") {  // as some local servers write it
      found_error_ = true;
      report_ = error_report();
      report_.message = detail::utf8_excerpt(text, server_message_limit);
    } else if (place_ == place::error || (place_ == place::root && !found_error_)) {
      if (key_ == "message") report_.message = detail::utf8_excerpt(text, server_message_limit);
      if (key_ == "code" || key_ == "statusCode") report_.code = detail::utf8_excerpt(text, short_limit);
      if (key_ == "type") report_.type = detail::utf8_excerpt(text, short_limit);
      if (key_ == "param") report_.param = detail::utf8_excerpt(text, short_limit);
    } else if (place_ == place::inner && key_ == "code") {
      report_.inner_code = detail::utf8_excerpt(text, short_limit);
    }
  }

  const filtered_categories& categories() const noexcept { return categories_; }

 private:
  enum class place : unsigned char { outside, root, error, inner, categories, category };

  void open(place next) {
    open_.push_back(place_);
    place_ = next;
    key_.clear();
  }

  error_report& report_;
  std::vector<place> open_;
  place place_ = place::outside;
  bool found_error_ = false;
  std::string key_;
  std::string category_;
  filtered_categories categories_;
};

}  // namespace

error_report::error_report() = default;

error_report read_error_report(std::string_view body) {
  error_report report;
  error_reader reader(report);
  // What was read before a body ends early or turns out to be no JSON is as good as what follows it.
  visit_json(body, reader);
  report.categories = reader.categories().names();
  if (report.message.empty()) report.message = detail::utf8_excerpt(body, server_message_limit);
  return report;
}

}  // namespace corochain::codec
