// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// The answers of a chat model as nlohmann reads them: slow and plain, to compare ours with.

namespace corochain::fuzz {
using nlohmann::json;

/// Text where there is one, nothing for all else.
inline std::string text_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// An object where there is one, else an empty one.
inline const json& object_at(const json& object, const char* name) {
  static const json none = json::object();
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : none;
}

/// A count as our reader takes it: a whole number, also one that is written as a fraction.
inline std::int64_t count_at(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return 0;
  const double value = found->get<double>();
  if (value < 0 || value >= 0x1p63 || value != static_cast<double>(static_cast<std::int64_t>(value)))
    return 0;
  return found->get<std::int64_t>();
}

/// The elements of `choices` that are objects, each with its place as its index where it has none.
inline std::vector<json> choices_of(const json& body) {
  std::vector<json> choices;
  if (!body.is_object()) return choices;
  const auto found = body.find("choices");
  if (found == body.end() || !found->is_array()) return choices;
  for (std::size_t place = 0; place < found->size(); ++place) {
    json choice = (*found)[place];
    if (!choice.is_object()) continue;
    const auto index = choice.find("index");
    const bool whole =
        index != choice.end() && index->is_number() &&
        index->get<double>() == static_cast<double>(static_cast<std::int64_t>(index->get<double>()));
    if (!whole) choice["index"] = place;
    choices.push_back(std::move(choice));
  }
  return choices;
}

/// The one with index 0, else the first; as many as there are when there is none.
inline std::size_t main_of(const std::vector<json>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (choices[i]["index"] == 0) return i;
  return 0;
}

/// The part that holds a choice's text, under its own name or, where that is missing, the other one.
inline const json& part_of(const json& choice, const char* name, const char* other) {
  return choice.contains(name) ? object_at(choice, name) : object_at(choice, other);
}

/// Whether the content is a text, or missing: not parts.
inline bool has_plain_content(const json& message) {
  const auto found = message.find("content");
  return found == message.end() || !found->is_structured();
}

inline bool is_error(const json& object) {
  const auto found = object.find("error");
  if (found == object.end()) return false;
  if (found->is_number()) return found->get<double>() != 0;
  if (found->is_boolean()) return found->get<bool>();
  if (found->is_string()) return !found->get_ref<const std::string&>().empty();
  return !found->empty();
}

/// Whether an error stands beside the choices or in one of them.
inline bool may_report_error(const json& body) {
  if (!body.is_object()) return true;
  if (is_error(body)) return true;
  for (const json& choice : choices_of(body))
    if (is_error(choice) || text_at(choice, "finish_reason") == "error") return true;
  return false;
}

inline std::size_t depth_of(const json& value) {
  std::size_t deepest = 0;
  if (value.is_structured())
    for (const json& each : value) deepest = std::max(deepest, 1 + depth_of(each));
  return value.is_structured() ? std::max<std::size_t>(deepest, 1) : 0;
}

/// Whether one of the limits refuses it: depth, indices, how many choices or tool calls.
inline bool passes_limits(const json& body) {
  if (depth_of(body) > 100) return true;
  const auto beyond = [](const json& object) {
    const auto index = object.find("index");
    return index != object.end() && index->is_number() &&
           (index->get<double>() < 0 || index->get<double>() > 1023);
  };
  const std::vector<json> choices = choices_of(body);
  if (body.is_object() && body.contains("choices") && body["choices"].size() > 1024) return true;
  for (const json& choice : choices) {
    if (beyond(choice)) return true;
    for (const char* name : {"message", "delta"}) {
      const auto calls = object_at(choice, name).find("tool_calls");
      if (calls == object_at(choice, name).end() || !calls->is_array()) continue;
      if (calls->size() > 1024) return true;
      for (const json& call : *calls)
        if (call.is_object() && beyond(call)) return true;
    }
  }
  return false;
}

}  // namespace corochain::fuzz
