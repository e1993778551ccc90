// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/dict.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <utility>

#include "core/json_text.hpp"
#include "core/quoted_list.hpp"
#include "corochain/core/error.hpp"

// Value and Dict, the input of prompts and the traffic between steps of several values. Value is a union with
// a tag, written by hand, because std::variant in the header would cost each program its compilation. A
// value larger than text lies behind one shared pointer and never changes, so its copy costs one increment.
namespace corochain {
namespace {

/// The text of a value that is no list and no Dict, for JSON: `Value::to_text`, or another one.
using leaf_text = std::string(const Value& value);
std::string text_of(const Value& value) { return value.to_text(); }

// Values hold lists and Dicts, which hold values: each of the two functions needs the other.
void append_json(std::string& out, const Value& value, leaf_text& leaf);

/// Writes a blank after colon and comma, as Python's `json.dumps` does.
void append_json(std::string& out, const Dict& dict, leaf_text& leaf) {
  out += '{';
  const char* separator = "";
  for (const auto& [name, value] : dict) {
    out += separator;
    detail::append_json_string(out, name);
    out += ": ";
    append_json(out, value, leaf);
    separator = ", ";
  }
  out += '}';
}

void append_json(std::string& out, const Value& value, leaf_text& leaf) {
  // Text is quoted here. Alone in a prompt it is not: to_text() returns it as it is.
  if (const auto* text = value.get_if<std::string>()) {
    detail::append_json_string(out, *text);
  } else if (const auto* list = value.get_if<List>()) {
    out += '[';
    const char* separator = "";
    for (const Value& element : *list) {
      out += separator;
      append_json(out, element, leaf);
      separator = ", ";
    }
    out += ']';
  } else if (const auto* dict = value.get_if<Dict>()) {
    append_json(out, *dict, leaf);
  } else if (value.get_if<Messages>() || value.get_if<AIMessage>()) {
    // JSON has no such type, so it shows the text that a prompt would show.
    detail::append_json_string(out, value.to_text());
  } else {
    // null, bool, numbers, and the values of JSON libraries, which write their own text.
    out += leaf(value);
  }
}

}  // namespace

namespace detail {

// Here and not in the class, so that the table of virtual functions is in the library alone.
opaque::~opaque() = default;

// Does not name the type: one function serves all integer types, so that the header holds no text.
void throw_number_too_large() {
  throw PromptError(
      "an integer does not fit the type that was asked for; values hold signed 64-bit integers");
}

}  // namespace detail

// ---- Value

// The header cannot do this as for other types, because Dict is incomplete where Value is defined.
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

// Each of the functions writes its member first and the kind last, since the kind says which member is alive.
// They require a null Value: a member that is alive would not be destroyed.
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
// The shared pointer is made of the bare pointer here, not in the header, where each type of a program would
// need a control block of its own. If that fails, it deletes the value.
void Value::put_other(const detail::opaque* value) {
  put_box(kind::other, std::shared_ptr<const detail::opaque>(value));
}
void Value::put_box(kind of, std::shared_ptr<const void> box) noexcept {
  std::construct_at(&box_, std::move(box));
  kind_ = of;
}

/// Requires that this is null, as `take` does.
/// Texts are copied, since most are short and a union member cannot be shared. All other large values share
/// their box.
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

/// Moves the value of `other` here and leaves null there. Requires that this is null: what it held would
/// leak.
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

/// The kind changes first, so that this is a null Value while the old value is being destroyed.
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

/// The header casts the result back: it knows the type that belongs to the kind. A box holds the value
/// itself, except that of the kind `other`, which is an `opaque` around it.
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

/// Requires the kind `other`.
const detail::opaque& Value::other() const noexcept {
  return *static_cast<const detail::opaque*>(address_of(kind::other));
}

/// Compares with the operator of type_info, which also works for a value from another shared library.
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

/// Users see this name in errors, so the names are those of the documentation: "text", not a mangled name of
/// std::string. Only types that Value does not know have the compiler's name.
std::string Value::type_name() const {
  if (kind_ != kind::other) return kind_names[static_cast<std::size_t>(kind_)];
  return other().is_json() ? "JSON" : "a C++ value of type " + std::string(other().type().name());
}

/// The text of a prompt: what a person would type for the value. Lists and Dicts become JSON, which has a
/// form for everything that they can hold.
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
    append_json(out, *this, text_of);
  } else {
    auto text = other().text();
    // An address or a type name in a prompt would go unnoticed until somebody reads the answers.
    if (!text) throw PromptError("cannot put " + type_name() + " into a prompt; format it into text first");
    out = std::move(*text);
  }
  return out;
}

// ---- Dict

/// Behind a pointer, so that an empty Dict is one null pointer and a Dict can be moved without a throw.
struct Dict::state {
  // Ordered by name. There are few, and most accesses are look-ups.
  std::vector<value_type> values;
  std::optional<std::string> bare_text;

  /// The place of the name, or the place where it belongs.
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
// The old state is deleted last, when this Dict holds the new one.
Dict& Dict::operator=(Dict&& other) noexcept {
  if (this != &other) delete std::exchange(state_, std::exchange(other.state_, nullptr));
  return *this;
}
Dict::~Dict() { delete state_; }

// A Dict of bare text has no names. The prompt that it reaches knows whether it has the one variable to fill.
Dict::Dict(from_text, std::string_view text) : Dict() { own().bare_text.emplace(text); }
// One constructor for each number of values up to four, which are the usual ones: defaulted arguments are
// made and destroyed in each caller. See list_arg.hpp for why there is no initializer_list.
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

/// Moves from the argument of a constructor.
void Dict::add(Var& var) { set(std::move(var.name_), std::move(var.value_)); }

/// An empty Dict has no state, so it costs no allocation. The first value makes it.
Dict::state& Dict::own() {
  if (!state_) state_ = new state;
  return *state_;
}

/// Keeps the order by name. Values are few, so a move of the ones behind costs less than a node for each.
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
  // The state stays, also if it is empty now. An empty state behaves as none.
  state_->values.erase(state_->place_of(name));
  return true;
}

bool Dict::contains(std::string_view name) const { return find(name) != nullptr; }

const Value* Dict::find(std::string_view name) const noexcept {
  if (!state_) return nullptr;
  const auto place = state_->place_of(name);
  return place != state_->values.end() && place->first == name ? &place->second : nullptr;
}

/// The error names what the Dict has instead, because the usual cause is a name that was spelled in another
/// way.
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

// Null pointers are a valid, empty range.
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

/// Text that fills a prompt of one variable stays that text: it is not wrapped into JSON.
std::string Dict::to_text() const {
  if (const std::string* text = bare_text()) return *text;
  std::string out;
  append_json(out, *this, text_of);
  return out;
}

namespace {
/// For people who look for a mistake: it never throws, and shows the type of a value that has no text.
std::string shown(const Value& value) {
  try {
    return value.to_text();
  } catch (const PromptError&) {
    return '<' + value.type_name() + '>';
  }
}
}  // namespace

std::ostream& operator<<(std::ostream& out, const Value& value) {
  if (!value.get_if<List>() && !value.get_if<Dict>()) return out << shown(value);
  std::string text;
  append_json(text, value, shown);
  return out << text;
}
std::ostream& operator<<(std::ostream& out, const Dict& dict) {
  if (const std::string* text = dict.bare_text()) return out << *text;
  std::string text;
  append_json(text, dict, shown);
  return out << text;
}

}  // namespace corochain
