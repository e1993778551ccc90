// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/embeddings/embedding_reader.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "codec/http/base64.hpp"

// A batch has up to 2048 vectors of some thousand floats, so the values are converted as they come and never
// kept as JSON.
namespace corochain::codec {

embedding_reader::field embedding_reader::count_in(found_count& slot) noexcept {
  count_ = &slot;
  return field::count;
}

/// Unknown members are skipped at their key, with everything inside.
embedding_reader::field embedding_reader::field_named(std::string_view key) noexcept {
  switch (place_) {
    case place::root:
      if (key == "data") return field::data;
      if (key == "model") return field::model;
      if (key == "usage") return field::usage;
      if (key == "error") return field::error;
      break;
    case place::entry:
      if (key == "embedding") return field::embedding;
      if (key == "index") return count_in(entry().index);
      break;
    case place::usage:
      if (key == "prompt_tokens") return count_in(usage.prompt_tokens);
      if (key == "total_tokens") return count_in(usage.total_tokens);
      break;
    default: break;
  }
  return field::other;
}

/// Begins an element of `data`. An element beyond the maximum replaces the last, so that memory stays
/// bounded.
void embedding_reader::begin_entry(json_shape shape) {
  if (embeddings.size() == most_) {
    too_many = true;
    // No slot at all was asked for, so there is nothing to replace.
    if (most_ == 0) return;
    embeddings.pop_back();
  }
  embeddings.emplace_back().shape = shape;
}

/// Notes the shape of a value, and clears the values of an earlier field of the same name.
void embedding_reader::arrived(json_shape shape) {
  // The order: the text itself, elements of the two arrays of interest, then members.
  if (depth_ == 0) {
    root = shape;
    return;
  }
  if (place_ == place::data) {
    begin_entry(shape);
    return;
  }
  if (place_ == place::vector) {
    if (shape != json_shape::number) entry().fault = "holds a value that is no number";
    return;
  }
  switch (field_) {
    case field::error: error = shape; break;
    case field::model: model.clear(); break;
    // A second `data` replaces the first one, with its embeddings.
    case field::data:
      data = shape;
      embeddings.clear();
      too_many = false;
      break;
    case field::usage:
      usage = found_usage();
      usage.shape = shape;
      break;
    case field::embedding:
      entry().embedding = shape;
      entry().values.clear();
      entry().fault = {};
      break;
    case field::count: count_->reset(); break;
    default: break;
  }
}

void embedding_reader::open(place next) noexcept {
  // `visit_json` checks the limit of the depth.
  open_[depth_++] = place_;
  place_ = next;
  field_ = field::other;
}

/// An object of interest is the text itself, an element of `data`, or `usage`.
void embedding_reader::on_object() {
  arrived(json_shape::object);
  place next = place::outside;
  if (depth_ == 0)
    next = place::root;
  else if (place_ == place::data && !embeddings.empty())
    next = place::entry;
  else if (field_ == field::usage)
    next = place::usage;
  open(next);
}

void embedding_reader::on_array() {
  arrived(json_shape::array);
  place next = place::outside;
  if (field_ == field::data) {
    next = place::data;
  } else if (field_ == field::embedding) {
    next = place::vector;
    // All vectors of an answer have the same size.
    entry().values.reserve(last_size_);
  }
  open(next);
}

void embedding_reader::on_end() {
  // All vectors of an answer have the same size: the next one allocates once.
  if (place_ == place::vector) last_size_ = entry().values.size();
  place_ = open_[--depth_];
  // In an object a key comes next; an array has none.
  field_ = field::other;
}

bool embedding_reader::on_key(std::string_view key) {
  field_ = field_named(key);
  return field_ != field::other;
}

void embedding_reader::on_null() { arrived(json_shape::null); }

void embedding_reader::on_bool(bool) { arrived(json_shape::boolean); }

void embedding_reader::on_number(const json_number& number) {
  arrived(json_shape::number);
  if (place_ == place::vector) {
    // A conversion of a larger double to a float would be undefined.
    const bool fits = std::abs(number.value) <= std::numeric_limits<float>::max();
    if (!fits) entry().fault = "holds a number that is too large for a float";
    entry().values.push_back(fits ? static_cast<float>(number.value) : 0);
    return;
  }
  if (field_ == field::count) *count_ = number.whole;
}

void embedding_reader::on_text(std::string_view text) {
  arrived(json_shape::text);
  // A text in these arrays was noted as misshapen.
  if (place_ == place::data || place_ == place::vector) return;
  if (field_ == field::model)
    model = text;
  else if (field_ == field::embedding)
    decode(text);
}

/// Reads little-endian floats, whatever the byte order of this machine.
void embedding_reader::decode(std::string_view text) {
  static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);
  constexpr std::uint32_t exponent = 0x7F800000;
  found_embedding& made = entry();
  if (!decode_base64(text, bytes_)) {
    made.fault = "is not valid base64";
    return;
  }
  if (bytes_.size() % 4 != 0) {
    made.fault = "is no sequence of 4-byte numbers";
    return;
  }
  // The size is known from the text, so there is one allocation for each vector.
  made.values.resize(bytes_.size() / 4);
  // The highest exponent so far: all ones are an infinity or a NaN.
  std::uint32_t highest = 0;
  for (std::size_t i = 0; i < made.values.size(); ++i) {
    const auto byte = [&](std::size_t k) {
      return std::uint32_t{static_cast<unsigned char>(bytes_[4 * i + k])};
    };
    const std::uint32_t bits = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
    highest = std::max(highest, bits & exponent);
    made.values[i] = std::bit_cast<float>(bits);
  }
  // One comparison at the end, so that the loop has no branches.
  if (highest == exponent) made.fault = "holds an infinite number or a NaN";
}

}  // namespace corochain::codec
