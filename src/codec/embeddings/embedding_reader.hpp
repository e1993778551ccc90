// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "codec/chat_completions/completion_reader.hpp"
#include "codec/json/json_events.hpp"

// The first of two steps from an answer to its vectors: this one collects, and `embedding_response` judges.
namespace corochain::codec {

/// An element of `data`. If it is no object, only `shape` is set.
struct found_embedding {
  json_shape shape = json_shape::absent;
  found_count index;
  json_shape embedding = json_shape::absent;
  std::vector<float> values;
  /// The fault of the values, as the end of a sentence; empty if there is none.
  std::string_view fault;
};

/// Collects the embeddings of an answer from its JSON events, with their shapes. It judges nothing. Vectors
/// are decoded as they come. If a field comes twice, the last one counts.
class embedding_reader final : public json_visitor {
 public:
  /// Embeddings beyond `most` are not kept, and `too_many` is set.
  explicit embedding_reader(std::size_t most) : most_(most) {}

  json_shape root = json_shape::absent;
  json_shape error = json_shape::absent;
  std::string model;
  json_shape data = json_shape::absent;
  std::vector<found_embedding> embeddings;
  bool too_many = false;
  found_usage usage;

  void on_object() override;
  void on_array() override;
  void on_end() override;
  bool on_key(std::string_view key) override;
  void on_null() override;
  void on_bool(bool value) override;
  void on_number(const json_number& number) override;
  void on_text(std::string_view text) override;

 private:
  /// The innermost open object or array. `outside` is everything that is not of interest.
  enum class place : unsigned char { outside, root, data, entry, vector, usage };
  /// The last key that was read in an object of interest. `count` is a member that `count_` points to.
  enum class field : unsigned char { other, error, model, data, usage, embedding, count };

  field field_named(std::string_view key) noexcept;
  field count_in(found_count& slot) noexcept;
  void arrived(json_shape shape);
  void begin_entry(json_shape shape);
  found_embedding& entry() noexcept { return embeddings.back(); }
  void open(place next) noexcept;
  void decode(std::string_view text);

  std::size_t most_;
  // The places around each open object or array, to return to.
  std::array<place, json_depth_limit> open_{};
  std::size_t depth_ = 0;
  place place_ = place::outside;
  field field_ = field::other;
  // Where the next value goes if it is a number.
  found_count* count_ = nullptr;
  // The size of the vector before. The next one has the same size.
  std::size_t last_size_ = 0;
  // The decoded bytes of the last vector. Their memory is used again for the next one.
  std::string bytes_;
};

}  // namespace corochain::codec
