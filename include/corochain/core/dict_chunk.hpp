// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// A chunk of a streamed Dict: a key and a chunk of its value, as in `RunnableParallel`'s stream, or a whole
/// Dict at once.
///
/// Chunks add up, in their order: `whole += chunk`. A value is added by its key: texts and `AIMessageChunk`s
/// are appended, Dicts within Dicts are added value by value, any other value replaces the earlier one.
/// Distinct objects may be used by distinct threads; const access is safe from several.
class COROCHAIN_EXPORT DictChunk {
 public:
  DictChunk();
  /// A chunk of the value of `key`: text, an `AIMessageChunk`, a `DictChunk`, or a whole value.
  DictChunk(std::string key, Value value);
  /// A whole Dict as one chunk.
  explicit DictChunk(Dict whole);
  DictChunk(const DictChunk& other);
  DictChunk(DictChunk&& other) noexcept;
  DictChunk& operator=(const DictChunk& other);
  DictChunk& operator=(DictChunk&& other) noexcept;
  ~DictChunk();

  /// The key of the value that this chunk belongs to; empty if the chunk holds several keys.
  const std::string& key() const noexcept { return key_; }
  /// The chunk of that value; null if this chunk holds several keys. Read it with
  /// `chunk.value().get_if<AIMessageChunk>()`, or with `chunk.value().to_text()` to show text and numbers.
  const Value& value() const noexcept { return value_; }
  /// The Dict, if this chunk is a whole Dict; else null.
  const Dict* dict() const noexcept { return dict_.get(); }
  /// All keys that this chunk holds a value of, ordered by name.
  std::vector<std::string> keys() const;
  bool empty() const noexcept { return form_ == form::nothing; }
  /// Removes all values of the key. Returns false if there was none.
  bool erase(std::string_view key);

  DictChunk& operator+=(const DictChunk& next);
  friend DictChunk operator+(DictChunk a, const DictChunk& b) { return std::move(a += b); }

  /// The Dict, when all chunks are added up: an `AIMessageChunk` becomes an `AIMessage`.
  Dict whole() &&;
  Dict whole() const&;

  /// Writes `whole()`.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const DictChunk& chunk);

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
