// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// A piece of a streamed Dict: a key and a piece of its value, as in `RunnableParallel`'s stream, or a whole Dict at
/// once.
///
/// Pieces add up, in their order: `whole += piece`. A value is added by its key: texts and `AIMessageChunk`s are
/// appended, Dicts within Dicts are added value by value, anything else replaces what was there. Distinct objects may
/// be used by distinct threads; const access is safe from several.
class COROCHAIN_EXPORT DictChunk {
 public:
  DictChunk();
  /// A piece of the value of `key`: text, an `AIMessageChunk`, a `DictChunk`, or a whole value.
  DictChunk(std::string key, Value piece);
  /// A whole Dict as one piece.
  explicit DictChunk(Dict whole);
  DictChunk(const DictChunk& other);
  DictChunk(DictChunk&& other) noexcept;
  DictChunk& operator=(const DictChunk& other);
  DictChunk& operator=(DictChunk&& other) noexcept;
  ~DictChunk();

  /// Whose value's piece this is; empty text where it is of several.
  const std::string& key() const noexcept { return key_; }
  /// The piece of that value; null where it is of several. `piece.value().get_if<AIMessageChunk>()`, or
  /// `piece.value().to_text()` to show text and numbers.
  const Value& value() const noexcept { return value_; }
  /// The Dict, where the piece is a whole one; else null.
  const Dict* dict() const noexcept { return dict_.get(); }
  /// All keys that something is here of, in their order.
  std::vector<std::string> keys() const;
  bool empty() const noexcept { return form_ == form::nothing; }
  /// Takes out all of one key; whether there was any.
  bool erase(std::string_view key);

  DictChunk& operator+=(const DictChunk& next);
  friend COROCHAIN_EXPORT DictChunk operator+(DictChunk a, const DictChunk& b);

  /// The Dict, when all pieces are added up: an `AIMessageChunk` becomes an `AIMessage`.
  Dict whole() &&;
  Dict whole() const&;

 private:
  enum class form { nothing, one, dict, sum };
  struct sums;
  void become_sum();

  form form_ = form::nothing;
  std::string key_;
  Value value_;
  std::shared_ptr<const Dict> dict_;
  std::unique_ptr<sums> sums_;
};

}  // namespace corochain
