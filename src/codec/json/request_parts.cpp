// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/json/request_parts.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "codec/json/json_events.hpp"
#include "core/json_text.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"

// Requests are written by appending: values are checked where they are written, and no tree of JSON is built.
namespace corochain::codec {
namespace {

/// Finds whether a JSON text is an object, and the names of its members.
class member_names final : public json_visitor {
 public:
  std::vector<std::string> names;
  bool is_object = false;

  void on_object() override {
    if (std::exchange(outside_, false)) is_object = true;
  }
  void on_array() override { outside_ = false; }
  bool on_key(std::string_view key) override {
    names.emplace_back(key);
    return false;
  }

 private:
  bool outside_ = true;
};

// Both `extra_body` and the options that are JSON objects come here. The text was written by a person or a
// program, and is checked in full.
member_names read_object(std::string_view option, std::string_view text) {
  member_names members;
  if (visit_json(text, members).problem != json_problem::none || !members.is_object)
    throw ConfigError("the option '" + std::string(option) + "' is no JSON object; give one as text");
  return members;
}

/// Returns the members of a JSON object, without its braces and the blanks around them. Empty if it has none.
std::string_view members_of(std::string_view object) {
  // The text was checked, so it has both braces.
  object.remove_prefix(object.find('{') + 1);
  object.remove_suffix(object.size() - object.rfind('}'));
  const std::size_t first = object.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : object.substr(first);
}

}  // namespace

void append_name(std::string& out, std::string_view name) { out.append(",\"").append(name).append("\":"); }

void append_option(std::string& out, std::string_view name, const std::optional<double>& value) {
  if (!value) return;
  // JSON has no form for these, and `null` would mean something else to the server.
  if (!std::isfinite(*value)) throw ConfigError(std::string(name) + " is not a finite number");
  append_name(out, name);
  detail::append_json_number(out, *value);
}

void append_option(std::string& out, std::string_view name, const std::optional<std::int64_t>& value) {
  if (!value) return;
  append_name(out, name);
  out.append(std::to_string(*value));
}

void append_option(std::string& out, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  check_option_text(name, text);
  append_name(out, name);
  detail::append_json_string(out, text);
}

void append_option(std::string& out, std::string_view name, std::optional<bool> value) {
  if (!value) return;
  append_name(out, name);
  out += *value ? "true" : "false";
}

/// The text was checked as JSON, so its members can be copied as they are.
void append_extra(std::string& out, const std::string& extra, std::span<const std::string_view> own) {
  if (extra.empty()) return;
  const member_names members = read_object("extra_body", extra);
  for (const std::string& name : members.names)
    // A member that comes twice would be decided by the server, and differently by different ones.
    for (const std::string_view each : own)
      if (name == each)
        throw ConfigError("the option 'extra_body' has a member '" + name +
                          "', which the library writes itself; use the option of that name");
  const std::string_view inside = members_of(extra);
  if (!inside.empty()) out.append(",").append(inside);
}

void check_option_text(std::string_view name, std::string_view text) {
  if (detail::invalid_utf8_at(text)) throw ConfigError(std::string(name) + " is not valid UTF-8");
}

void refuse_input(std::string_view kind, std::size_t index, std::string_view complaint,
                  std::optional<std::size_t> column) {
  ErrorDetails details;
  details.message_index = index;
  details.column = column;
  std::string text(kind);
  text.append(" ").append(std::to_string(index)).append(" ").append(complaint);
  throw PromptError(text, std::move(details));
}

void check_text(std::string_view kind, std::size_t index, std::string_view what, std::string_view text) {
  const auto at = detail::invalid_utf8_at(text);
  if (!at) return;
  const std::string column = std::to_string(*at + 1), counted(kind);
  refuse_input(kind, index,
               std::string(what) + "is not valid UTF-8 at byte " + column + " (" + counted +
                   "s count from 0, bytes from 1)",
               *at + 1);
}

void check_object(std::string_view option, std::string_view text) { read_object(option, text); }

}  // namespace corochain::codec
