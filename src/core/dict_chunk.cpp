// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/dict_chunk.hpp"

#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "corochain/core/ai_message_chunk.hpp"

namespace corochain {
namespace {

/// The sum of the chunks of one value. Texts grow in place, so the cost of a stream is linear in its length.
using sum = std::variant<Value, std::string, AIMessageChunk, DictChunk>;

sum begin_sum(const Value& value) {
  if (const auto* text = value.get_if<std::string>()) return *text;
  if (const auto* chunk = value.get_if<AIMessageChunk>()) return *chunk;
  if (const auto* chunk = value.get_if<DictChunk>()) return *chunk;
  return value;
}

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

Value whole_of(sum&& value) {
  if (auto* text = std::get_if<std::string>(&value)) return std::move(*text);
  if (auto* message = std::get_if<AIMessageChunk>(&value)) return std::move(*message).whole();
  if (auto* dict = std::get_if<DictChunk>(&value)) return std::move(*dict).whole();
  return std::move(std::get<Value>(value));
}

}  // namespace

struct DictChunk::sums {
  std::map<std::string, sum, std::less<>> by_key;
  std::optional<std::string> bare_text;

  void add_value(const std::string& key, sum value) {
    const auto found = by_key.find(key);
    if (found == by_key.end())
      by_key.emplace(key, std::move(value));
    else
      add(found->second, value);
  }
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
  void add_bare(const std::string& text) {
    if (!bare_text) bare_text.emplace();
    bare_text->append(text);
  }
};

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

std::vector<std::string> DictChunk::keys() const {
  if (form_ == form::one) return {key_};
  if (dict_) return dict_->names();
  std::vector<std::string> all;
  if (sums_)
    for (const auto& [key, value] : sums_->by_key) all.push_back(key);
  return all;
}

void DictChunk::become_sum() {
  auto made = std::make_unique<sums>();
  made->add_chunk(*this);
  sums_ = std::move(made);
  form_ = form::sum;
  key_.clear();
  value_ = Value();
  dict_ = nullptr;
}

bool DictChunk::erase(std::string_view key) {
  if (form_ == form::one && key_ == key) {
    *this = DictChunk();
    return true;
  }
  if (dict_) {
    if (!dict_->contains(key)) return false;
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

DictChunk& DictChunk::operator+=(const DictChunk& next) {
  if (this == &next) return *this += DictChunk(next);
  if (empty()) return *this = next;
  if (next.empty()) return *this;
  if (form_ != form::sum) become_sum();
  sums_->add_chunk(next);
  return *this;
}

Dict DictChunk::whole() && {
  if (dict_) return *dict_;
  if (form_ == form::one) become_sum();
  Dict made;
  if (!sums_) return made;
  if (sums_->bare_text) made = Dict(*sums_->bare_text);
  for (auto& [key, value] : sums_->by_key) made.set(key, whole_of(std::move(value)));
  return made;
}
Dict DictChunk::whole() const& { return DictChunk(*this).whole(); }

}  // namespace corochain
