// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/dict.hpp"

#include <array>

#include "core/json_text.hpp"
#include "corochain/core/error.hpp"

namespace corochain {
namespace {

void append_json(std::string& out, const Value& value);

void append_json(std::string& out, const Dict& dict) {
  out += '{';
  const char* separator = "";
  for (const auto& [name, value] : dict) {
    out += separator;
    detail::append_json_string(out, name);
    out += ": ";
    append_json(out, value);
    separator = ", ";
  }
  out += '}';
}

void append_json(std::string& out, const Value& value) {
  if (const auto* text = value.get_if<std::string>()) {
    detail::append_json_string(out, *text);
  } else if (const auto* list = value.get_if<List>()) {
    out += '[';
    const char* separator = "";
    for (const Value& element : *list) {
      out += separator;
      append_json(out, element);
      separator = ", ";
    }
    out += ']';
  } else if (const auto* dict = value.get_if<Dict>()) {
    append_json(out, *dict);
  } else if (value.get_if<Messages>() || value.get_if<AIMessage>()) {
    detail::append_json_string(out, value.to_text());
  } else {
    out += value.to_text();  // null, bool, numbers; JSON libraries' values write themselves
  }
}

}  // namespace

namespace detail {

opaque::~opaque() = default;

void throw_wrong_type(const Value& value, const char* wanted) {
  throw PromptError("asked for " + std::string(wanted) + ", but the value is " + value.type_name() +
                    "; ask for that type");
}

void throw_number_too_large() {
  throw PromptError(
      "an integer does not fit the type that was asked for; values hold signed 64-bit integers");
}

}  // namespace detail

// ---- Value

Value::Value(Dict value) : data_(std::make_shared<const Dict>(std::move(value))) {}

std::string Value::type_name() const {
  static constexpr std::array names{"null", "bool", "integer",  "double",   "text",
                                    "list", "Dict", "Messages", "AIMessage"};
  if (data_.index() < names.size()) return names[data_.index()];
  const auto& boxed = std::get<std::shared_ptr<const detail::opaque>>(data_);
  return boxed->is_json() ? "JSON" : "a C++ value of type " + std::string(boxed->type().name());
}

std::string Value::to_text() const {
  if (is_null()) return "null";
  if (const auto* flag = get_if<bool>()) return *flag ? "true" : "false";
  if (const auto* integer = get_if<std::int64_t>()) return std::to_string(*integer);
  if (const auto* text = get_if<std::string>()) return *text;
  if (const auto* messages = get_if<Messages>()) return messages->to_text();
  if (const auto* message = get_if<AIMessage>()) return message->content;
  std::string out;
  if (const auto* number = get_if<double>()) {
    detail::append_json_number(out, *number);
  } else if (get_if<List>() || get_if<Dict>()) {
    append_json(out, *this);
  } else {
    auto text = std::get<std::shared_ptr<const detail::opaque>>(data_)->text();
    if (!text) throw PromptError("cannot put " + type_name() + " into a prompt; format it into text first");
    out = std::move(*text);
  }
  return out;
}

// ---- Dict

struct Dict::state {
  map_type values;
  std::optional<std::string> bare_text;
};

Dict::Dict() = default;
Dict::Dict(const Dict& other) : state_(other.state_ ? std::make_unique<state>(*other.state_) : nullptr) {}
Dict::Dict(Dict&& other) noexcept = default;
Dict& Dict::operator=(const Dict& other) {
  if (this != &other) *this = Dict(other);
  return *this;
}
Dict& Dict::operator=(Dict&& other) noexcept = default;
Dict::~Dict() = default;

Dict::Dict(from_text, std::string_view text) { (void)own(), state_->bare_text.emplace(text); }
Dict::Dict(Var a) { add(a); }
Dict::Dict(Var a, Var b) { add(a), add(b); }
Dict::Dict(Var a, Var b, Var c) { add(a), add(b), add(c); }
Dict::Dict(Var a, Var b, Var c, Var d) { add(a), add(b), add(c), add(d); }
Dict::Dict(Var a, Var b, Var c, Var d, Var e, Var f, Var g, Var h, Var i, Var j, Var k, Var l) {
  const std::size_t named = 5;  // the rest are defaults, which are left out when they have no name
  std::size_t index = 0;
  for (Var* var : {&a, &b, &c, &d, &e, &f, &g, &h, &i, &j, &k, &l})
    if (index++ < named || !var->name_.empty() || !var->value_.is_null()) add(*var);
}

void Dict::add(Var& var) { own().insert_or_assign(std::move(var.name_), std::move(var.value_)); }

Dict::map_type& Dict::own() {
  if (!state_) state_ = std::make_unique<state>();
  return state_->values;
}

Dict& Dict::set(std::string name, Value value) {
  own().insert_or_assign(std::move(name), std::move(value));
  return *this;
}

bool Dict::erase(std::string_view name) {
  if (!state_) return false;
  const auto found = state_->values.find(name);
  if (found == state_->values.end()) return false;
  state_->values.erase(found);
  return true;
}

bool Dict::contains(std::string_view name) const { return find(name) != nullptr; }

const Value* Dict::find(std::string_view name) const noexcept {
  if (!state_) return nullptr;
  const auto found = state_->values.find(name);
  return found == state_->values.end() ? nullptr : &found->second;
}

const Value& Dict::at(std::string_view name) const {
  if (const Value* value = find(name)) return *value;
  ErrorDetails details;
  details.expected.emplace_back(name);
  details.received = names();
  std::string message = "the Dict has no value named '" + std::string(name) + "'; it has ";
  if (bare_text()) {
    message += "bare text only: give it by name, {{\"" + std::string(name) + "\", text}}";
  } else if (empty()) {
    message += "none";
  } else {
    const char* separator = "";
    for (const std::string& present : details.received)
      message += std::exchange(separator, ", ") + ('\'' + present + '\'');
  }
  throw PromptError(std::move(message), std::move(details));
}

std::size_t Dict::size() const noexcept { return state_ ? state_->values.size() : 0; }

namespace {
const Dict::map_type& no_values() {
  static const Dict::map_type none;
  return none;
}
}  // namespace

Dict::const_iterator Dict::begin() const noexcept {
  return state_ ? state_->values.begin() : no_values().begin();
}
Dict::const_iterator Dict::end() const noexcept { return state_ ? state_->values.end() : no_values().end(); }

std::vector<std::string> Dict::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : *this) names.push_back(name);
  return names;
}

const std::string* Dict::bare_text() const noexcept {
  return state_ && state_->bare_text ? &*state_->bare_text : nullptr;
}

std::string Dict::to_text() const {
  if (const std::string* text = bare_text()) return *text;
  std::string out;
  append_json(out, *this);
  return out;
}

}  // namespace corochain
