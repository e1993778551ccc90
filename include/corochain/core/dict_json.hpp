// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

// Opt-in: a Dict from and to a JSON object of nlohmann's library. This header includes nlohmann/json.hpp, and
// its functions are inline, because the library's binary interface changes with its version and settings.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "corochain/core/dict.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {

/// The value of a Dict for a JSON value: null, bool, integer, double, text, List or Dict. Throws a
/// `PromptError` for an integer beyond 64 signed bits, and for what is no JSON: binary and discarded values.
template <class Json>
Value value_of_json(const Json& json) {
  switch (json.type()) {
    case nlohmann::json::value_t::null: return Value();
    case nlohmann::json::value_t::boolean: return Value(json.template get<bool>());
    case nlohmann::json::value_t::number_integer: return Value(json.template get<std::int64_t>());
    case nlohmann::json::value_t::number_unsigned: return Value(json.template get<std::uint64_t>());
    case nlohmann::json::value_t::number_float: return Value(json.template get<double>());
    case nlohmann::json::value_t::string: return Value(json.template get<std::string>());
    case nlohmann::json::value_t::array: {
      List list;
      list.reserve(json.size());
      for (const Json& element : json) list.push_back(value_of_json(element));
      return Value(std::move(list));
    }
    case nlohmann::json::value_t::object: {
      Dict dict;
      for (const auto& [name, member] : json.items()) dict.set(name, value_of_json(member));
      return Value(std::move(dict));
    }
    default: throw PromptError(std::string("a Dict holds no JSON value of the type ") + json.type_name());
  }
}

template <class Json>
  requires nlohmann::detail::is_basic_json<Json>::value
struct dict_of_json<Json> {
  static constexpr bool is_known = true;
  static Dict from(const Json& json) {
    if (!json.is_object())
      throw PromptError(
          std::string("a Dict is made of a JSON object, and this is a JSON value of the type ") +
          json.type_name() + "; give it a name: {{\"name\", value}}");
    return value_of_json(json).template get<Dict>();
  }
};

// The other way. Each makes a JSON value of its own: a constructor of nlohmann's library that is left by an
// exception loses what it holds by then.
nlohmann::json json_of(const Dict& dict);
inline nlohmann::json json_of(const Value& value) {
  if (value.is_null()) return nullptr;
  if (const auto* boolean = value.get_if<bool>()) return *boolean;
  if (const auto* integer = value.get_if<std::int64_t>()) return *integer;
  if (const auto* number = value.get_if<double>()) return *number;
  if (const auto* dict = value.get_if<Dict>()) return json_of(*dict);
  if (const auto* own = value.get_if<nlohmann::json>()) return *own;
  const auto* list = value.get_if<List>();
  if (!list) return value.to_text();
  nlohmann::json array = nlohmann::json::array();
  for (const Value& element : *list) array.push_back(json_of(element));
  return array;
}
inline nlohmann::json json_of(const Dict& dict) {
  if (const std::string* text = dict.bare_text()) return *text;
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [name, value] : dict) {
    nlohmann::json member = json_of(value);
    object[name] = std::move(member);
  }
  return object;
}

}  // namespace corochain::detail

namespace corochain {

/// The value as JSON, found by nlohmann's library: `nlohmann::json json = value`. Messages and AIMessages are
/// the text that a prompt would show. Throws a `PromptError` for a C++ value without a text.
inline void to_json(nlohmann::json& json, const Value& value) { json = detail::json_of(value); }

/// The Dict as a JSON object: `nlohmann::json json = dict`. A Dict of bare text is that text. The other way,
/// `Dict dict = json` and `chain.invoke(json)` take a JSON object.
inline void to_json(nlohmann::json& json, const Dict& dict) { json = detail::json_of(dict); }

}  // namespace corochain
