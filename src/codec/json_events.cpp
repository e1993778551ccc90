// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/json_events.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace corochain::codec {

json_visitor::~json_visitor() = default;

namespace {

/// nlohmann's SAX interface. Its parser keeps the open objects and arrays in a vector of bits and loops: it
/// does not recurse, whatever the depth (`detail::parser::sax_parse_internal`, looked at in 3.11.2). A false
/// return ends it. It reports its own failures, numbers that overflow a double included, to `parse_error` and
/// throws nothing.
class sax_handler {
 public:
  explicit sax_handler(json_visitor& visitor) : visitor_(visitor) {}

  bool null() {
    visitor_.on_null();
    return true;
  }
  bool boolean(bool value) {
    visitor_.on_bool(value);
    return true;
  }
  bool number_integer(nlohmann::json::number_integer_t value) {
    visitor_.on_number({value, static_cast<double>(value)});
    return true;
  }
  bool number_unsigned(nlohmann::json::number_unsigned_t value) {
    const bool fits = value <= static_cast<nlohmann::json::number_unsigned_t>(INT64_MAX);
    visitor_.on_number(
        {fits ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt, static_cast<double>(value)});
    return true;
  }
  bool number_float(nlohmann::json::number_float_t value, const std::string&) {
    // 2^63 is exact as a double; from there on a conversion would be undefined. -2^63 may have been rounded
    // to.
    const bool fits = value > -0x1p63 && value < 0x1p63 && std::trunc(value) == value;
    visitor_.on_number({fits ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt, value});
    return true;
  }
  bool string(std::string& value) {
    visitor_.on_text(value);
    return true;
  }
  bool binary(nlohmann::json::binary_t&) { return false; }  // never in JSON text
  bool key(std::string& value) {
    visitor_.on_key(value);
    return true;
  }
  bool start_object(std::size_t) {
    if (!deeper()) return false;
    visitor_.on_object();
    return true;
  }
  bool start_array(std::size_t) {
    if (!deeper()) return false;
    visitor_.on_array();
    return true;
  }
  bool end_object() { return end(); }
  bool end_array() { return end(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) {
    const bool overflow = dynamic_cast<const nlohmann::json::out_of_range*>(&error) != nullptr;
    outcome_ = {overflow ? json_problem::number_too_large : json_problem::syntax, position};
    return false;
  }

  json_outcome outcome() const noexcept { return outcome_; }

 private:
  bool deeper() {
    if (++depth_ <= json_depth_limit) return true;
    outcome_ = {json_problem::too_deep, 0};
    return false;
  }
  bool end() {
    --depth_;
    visitor_.on_end();
    return true;
  }

  json_visitor& visitor_;
  std::size_t depth_ = 0;
  json_outcome outcome_;
};

}  // namespace

json_outcome visit_json(std::string_view text, json_visitor& visitor) {
  // nlohmann's reader takes a zero byte for the end of its input and would not look at what follows.
  const std::size_t zero = text.find('\0');
  if (zero != std::string_view::npos) return {json_problem::syntax, zero + 1};
  sax_handler handler(visitor);
  const bool done = nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &handler);
  if (!done && handler.outcome().problem == json_problem::none) return {json_problem::syntax, 0};
  return handler.outcome();
}

}  // namespace corochain::codec
