// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/dict_chunk.hpp"

#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "corochain/core/ai_message_chunk.hpp"

// The chunks of a RunnableParallel's stream and their sum. Most chunks hold one key and pass through unadded.
// So a chunk has one of four forms, and only the form `sum` needs a map: += makes it when two chunks really
// meet.
namespace corochain {
namespace {

/// The sum of the chunks of one value. Texts grow in place, so the cost of a stream is linear in its length.
using sum = std::variant<Value, std::string, AIMessageChunk, DictChunk>;

/// Opens the value's type, so that the next chunk of the same key can be appended in place.
sum begin_sum(const Value& value) {
  if (const auto* text = value.get_if<std::string>()) return *text;
  if (const auto* chunk = value.get_if<AIMessageChunk>()) return *chunk;
  if (const auto* chunk = value.get_if<DictChunk>()) return *chunk;
  return value;
}

/// Replaces where appending has no meaning: for numbers, lists and other values, and where a key changes its
/// type. The later chunk is then the newer state of the value.
void add(sum& into, const sum& next) {
  if (into.index() != next.index() || std::holds_alternative<Value>(next))
    into = next;
  else if (auto* text = std::get_if<std::string>(&into))
    text->append(std::get<std::string>(next));
  else if (auto* message = std::get_if<AIMessageChunk>(&into))
    *message += std::get<AIMessageChunk>(next);
  else
    std::get<DictChunk>(into) += std::get<DictChunk>(next);
}

/// Closes the sum: a value of a Dict is an AIMessage or a Dict, never a chunk of one.
Value whole_of(sum&& value) {
  if (auto* text = std::get_if<std::string>(&value)) return std::move(*text);
  if (auto* message = std::get_if<AIMessageChunk>(&value)) return std::move(*message).whole();
  if (auto* dict = std::get_if<DictChunk>(&value)) return std::move(*dict).whole();
  return std::move(std::get<Value>(value));
}

}  // namespace

/// The sum of several chunks. A map, so that keys come out in the order that a Dict has.
struct DictChunk::sums {
  std::map<std::string, sum, std::less<>> by_key;
  std::optional<std::string> bare_text;

  /// Adds to the key's sum, or begins it.
  void add_value(const std::string& key, sum value) {
    const auto found = by_key.find(key);
    if (found == by_key.end())
      by_key.emplace(key, std::move(value));
    else
      add(found->second, value);
  }
  /// Adds a chunk of any form: a value, a whole Dict, or a sum.
  void add_chunk(const DictChunk& chunk) {
    if (chunk.form_ == form::one) add_value(chunk.key_, begin_sum(chunk.value_));
    if (chunk.dict_) {
      for (const auto& [key, value] : *chunk.dict_) add_value(key, begin_sum(value));
      if (const auto* text = chunk.dict_->bare_text()) add_bare(*text);
    }
    if (!chunk.sums_) return;
    for (const auto& [key, value] : chunk.sums_->by_key) add_value(key, value);
    if (chunk.sums_->bare_text) add_bare(*chunk.sums_->bare_text);
  }
  /// A Dict may be made from bare text. Streamed text arrives in parts, which are one text.
  void add_bare(const std::string& text) {
    if (!bare_text) bare_text.emplace();
    bare_text->append(text);
  }
};

// The special members cannot be defaulted. A sum is owned and must be copied deeply, and the form of a chunk
// that was moved from must become `nothing`, or it would promise a value that is gone.
DictChunk::DictChunk() = default;
DictChunk::DictChunk(std::string key, Value value)
    : form_(form::one), key_(std::move(key)), value_(std::move(value)) {}
DictChunk::DictChunk(Dict whole) : form_(form::dict), dict_(std::make_shared<const Dict>(std::move(whole))) {}
DictChunk::DictChunk(const DictChunk& other)
    : form_(other.form_),
      key_(other.key_),
      value_(other.value_),
      dict_(other.dict_),
      sums_(other.sums_ ? std::make_unique<sums>(*other.sums_) : nullptr) {}
DictChunk::DictChunk(DictChunk&& other) noexcept
    : form_(std::exchange(other.form_, form::nothing)),
      key_(std::move(other.key_)),
      value_(std::move(other.value_)),
      dict_(std::move(other.dict_)),
      sums_(std::move(other.sums_)) {}
DictChunk& DictChunk::operator=(const DictChunk& other) { return *this = DictChunk(other); }
DictChunk& DictChunk::operator=(DictChunk&& other) noexcept {
  if (this == &other) return *this;
  form_ = std::exchange(other.form_, form::nothing);
  key_ = std::move(other.key_);
  value_ = std::move(other.value_);
  dict_ = std::move(other.dict_);
  sums_ = std::move(other.sums_);
  return *this;
}
DictChunk::~DictChunk() = default;

/// Each form knows its keys without becoming a sum.
std::vector<std::string> DictChunk::keys() const {
  if (form_ == form::one) return {key_};
  if (dict_) return dict_->names();
  std::vector<std::string> all;
  if (sums_)
    for (const auto& [key, value] : sums_->by_key) all.push_back(key);
  return all;
}

/// The members of the former form are cleared, because key() and value() promise to be empty for a sum.
void DictChunk::become_sum() {
  auto made = std::make_unique<sums>();
  made->add_chunk(*this);
  sums_ = std::move(made);
  form_ = form::sum;
  key_.clear();
  value_ = Value();
  dict_ = nullptr;
}

/// `RunnablePick` and `assign` take keys out of chunks that pass. A chunk without keys left becomes
/// `nothing`, which the streams drop.
bool DictChunk::erase(std::string_view key) {
  if (form_ == form::one && key_ == key) {
    *this = DictChunk();
    return true;
  }
  if (dict_) {
    if (!dict_->contains(key)) return false;
    // The Dict is shared with copies of this chunk, so it is copied before it is changed.
    Dict rest = *dict_;
    rest.erase(key);
    *this = rest.empty() && !rest.bare_text() ? DictChunk() : DictChunk(std::move(rest));
    return true;
  }
  if (!sums_) return false;
  const auto found = sums_->by_key.find(key);
  if (found == sums_->by_key.end()) return false;
  sums_->by_key.erase(found);
  if (sums_->by_key.empty() && !sums_->bare_text) *this = DictChunk();
  return true;
}

/// The sum of one chunk is the chunk itself, so a stream of one chunk needs no map.
DictChunk& DictChunk::operator+=(const DictChunk& next) {
  // The map grows while it is read.
  if (this == &next) return *this += DictChunk(next);
  if (empty()) return *this = next;
  if (next.empty()) return *this;
  if (form_ != form::sum) become_sum();
  sums_->add_chunk(next);
  return *this;
}

/// One value goes through a sum as well, because it may be a chunk that must become a whole.
Dict DictChunk::whole() && {
  if (dict_) return *dict_;
  if (form_ == form::one) become_sum();
  // Bare text first: it is the state that the named values are then added to.
  Dict made;
  if (!sums_) return made;
  if (sums_->bare_text) made = Dict(*sums_->bare_text);
  for (auto& [key, value] : sums_->by_key) made.set(key, whole_of(std::move(value)));
  return made;
}
Dict DictChunk::whole() const& { return DictChunk(*this).whole(); }

std::ostream& operator<<(std::ostream& out, const DictChunk& chunk) { return out << chunk.whole(); }

}  // namespace corochain
