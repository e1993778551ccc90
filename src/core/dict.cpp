// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/dict.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "core/json_text.hpp"
#include "core/quoted_list.hpp"
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
    // null, bool, numbers, and the values of JSON libraries, which write their own text.
    out += value.to_text();
  }
}

}  // namespace

namespace detail {

opaque::~opaque() = default;

void throw_number_too_large() {
  throw PromptError(
      "an integer does not fit the type that was asked for; values hold signed 64-bit integers");
}

}  // namespace detail

// ---- Value

Value::Value(Dict value) { put(std::move(value)); }
Value::Value(const Value& other) { copy(other); }
Value::Value(Value&& other) noexcept { take(other); }
Value& Value::operator=(const Value& other) { return *this = Value(other); }
Value& Value::operator=(Value&& other) noexcept {
  if (this != &other) {
    // The old value outlives the assignment, because it may hold `other`.
    Value old;
    old.take(*this);
    take(other);
  }
  return *this;
}
Value::~Value() { clear(); }

void Value::put(bool value) noexcept {
  boolean_ = value;
  kind_ = kind::boolean;
}
void Value::put(std::int64_t value) noexcept {
  integer_ = value;
  kind_ = kind::integer;
}
void Value::put(double value) noexcept {
  number_ = value;
  kind_ = kind::number;
}
void Value::put(std::string value) noexcept {
  std::construct_at(&text_, std::move(value));
  kind_ = kind::text;
}
void Value::put(std::string_view value) { put(std::string(value)); }
void Value::put(List value) { put_box(kind::list, std::make_shared<const List>(std::move(value))); }
void Value::put(Dict value) { put_box(kind::dict, std::make_shared<const Dict>(std::move(value))); }
void Value::put(Messages value) {
  put_box(kind::messages, std::make_shared<const Messages>(std::move(value)));
}
void Value::put(AIMessage value) {
  put_box(kind::ai_message, std::make_shared<const AIMessage>(std::move(value)));
}
void Value::put_other(const detail::opaque* value) {
  put_box(kind::other, std::shared_ptr<const detail::opaque>(value));
}
void Value::put_box(kind of, std::shared_ptr<const void> box) noexcept {
  std::construct_at(&box_, std::move(box));
  kind_ = of;
}

/// Requires that this is null, as `take` does.
void Value::copy(const Value& other) {
  switch (other.kind_) {
    case kind::null: return;
    case kind::boolean: return put(other.boolean_);
    case kind::integer: return put(other.integer_);
    case kind::number: return put(other.number_);
    case kind::text: return put(std::string_view(other.text_));
    default: return put_box(other.kind_, other.box_);
  }
}

void Value::take(Value& other) noexcept {
  switch (other.kind_) {
    case kind::null: return;
    case kind::boolean: put(other.boolean_); break;
    case kind::integer: put(other.integer_); break;
    case kind::number: put(other.number_); break;
    case kind::text: put(std::move(other.text_)); break;
    default: put_box(other.kind_, std::move(other.box_));
  }
  other.clear();
}

void Value::clear() noexcept {
  switch (std::exchange(kind_, kind::null)) {
    case kind::null:
    case kind::boolean:
    case kind::integer:
    case kind::number: return;
    case kind::text: return std::destroy_at(&text_);
    default: return std::destroy_at(&box_);
  }
}

const void* Value::address_of(kind wanted) const noexcept {
  if (kind_ != wanted) return nullptr;
  switch (kind_) {
    case kind::null: return nullptr;
    case kind::boolean: return &boolean_;
    case kind::integer: return &integer_;
    case kind::number: return &number_;
    case kind::text: return &text_;
    default: return box_.get();
  }
}

const detail::opaque& Value::other() const noexcept {
  return *static_cast<const detail::opaque*>(address_of(kind::other));
}

const void* Value::address_of_other(const std::type_info& wanted) const noexcept {
  return kind_ == kind::other && other().type() == wanted ? other().address() : nullptr;
}

// In the order of `Value::kind`. The last kind has no name of its own here: it is named after the C++ type.
static constexpr std::array kind_names{"null", "bool", "integer",  "double",   "text",
                                       "list", "Dict", "Messages", "AIMessage"};

void Value::throw_wrong_type(kind wanted, const std::type_info& type) const {
  static_assert(kind_names.size() == static_cast<std::size_t>(kind::other));
  const char* const name = wanted == kind::other ? type.name() : kind_names[static_cast<std::size_t>(wanted)];
  throw PromptError("asked for " + std::string(name) + ", but the value is " + type_name() +
                    "; ask for that type");
}

std::string Value::type_name() const {
  if (kind_ != kind::other) return kind_names[static_cast<std::size_t>(kind_)];
  return other().is_json() ? "JSON" : "a C++ value of type " + std::string(other().type().name());
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
    auto text = other().text();
    if (!text) throw PromptError("cannot put " + type_name() + " into a prompt; format it into text first");
    out = std::move(*text);
  }
  return out;
}

// ---- Dict

struct Dict::state {
  // Ordered by name. There are few, and most accesses are look-ups.
  std::vector<value_type> values;
  std::optional<std::string> bare_text;

  std::vector<value_type>::iterator place_of(std::string_view name) noexcept {
    return std::lower_bound(
        values.begin(), values.end(), name,
        [](const value_type& held, std::string_view wanted) { return held.first < wanted; });
  }
};

// The other constructors delegate to this one, so the destructor runs when they throw.
Dict::Dict() = default;
Dict::Dict(const Dict& other) : state_(other.state_ ? new state(*other.state_) : nullptr) {}
Dict::Dict(Dict&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
Dict& Dict::operator=(const Dict& other) { return *this = Dict(other); }
Dict& Dict::operator=(Dict&& other) noexcept {
  if (this != &other) delete std::exchange(state_, std::exchange(other.state_, nullptr));
  return *this;
}
Dict::~Dict() { delete state_; }

Dict::Dict(from_text, std::string_view text) : Dict() { own().bare_text.emplace(text); }
Dict::Dict(Var a) : Dict() { add(a); }
Dict::Dict(Var a, Var b) : Dict() { add(a), add(b); }
Dict::Dict(Var a, Var b, Var c) : Dict() { add(a), add(b), add(c); }
Dict::Dict(Var a, Var b, Var c, Var d) : Dict() { add(a), add(b), add(c), add(d); }
Dict::Dict(Var a, Var b, Var c, Var d, Var e, Var f, Var g, Var h, Var i, Var j, Var k, Var l) : Dict() {
  // The other parameters have defaults; those without a name are skipped.
  const std::size_t named = 5;
  std::size_t index = 0;
  for (Var* var : {&a, &b, &c, &d, &e, &f, &g, &h, &i, &j, &k, &l})
    if (index++ < named || !var->name_.empty() || !var->value_.is_null()) add(*var);
}

void Dict::add(Var& var) { set(std::move(var.name_), std::move(var.value_)); }

Dict::state& Dict::own() {
  if (!state_) state_ = new state;
  return *state_;
}

Dict& Dict::set(std::string name, Value value) {
  auto& values = own().values;
  const auto place = state_->place_of(name);
  if (place != values.end() && place->first == name)
    place->second = std::move(value);
  else
    values.emplace(place, std::move(name), std::move(value));
  return *this;
}

bool Dict::erase(std::string_view name) {
  if (!contains(name)) return false;
  state_->values.erase(state_->place_of(name));
  return true;
}

bool Dict::contains(std::string_view name) const { return find(name) != nullptr; }

const Value* Dict::find(std::string_view name) const noexcept {
  if (!state_) return nullptr;
  const auto place = state_->place_of(name);
  return place != state_->values.end() && place->first == name ? &place->second : nullptr;
}

const Value& Dict::at(std::string_view name) const {
  if (const Value* value = find(name)) return *value;
  ErrorDetails details;
  details.expected.emplace_back(name);
  details.received = names();
  std::string message = "the Dict has no value named '" + std::string(name) + "'; it has ";
  if (bare_text())
    message += "bare text only: give it by name, {{\"" + std::string(name) + "\", text}}";
  else
    message += detail::quoted_list(details.received);
  throw PromptError(std::move(message), std::move(details));
}

std::size_t Dict::size() const noexcept { return state_ ? state_->values.size() : 0; }

Dict::const_iterator Dict::begin() const noexcept { return state_ ? state_->values.data() : nullptr; }
Dict::const_iterator Dict::end() const noexcept { return begin() + size(); }

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
