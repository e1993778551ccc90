// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/embedding_list.hpp"

#include <openssl/evp.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

// Embeddings that cost nothing: equal texts get equal vectors, so tests can check that each text has got its
// own. The numbers have no meaning beyond that.
namespace corochain::testing::detail {

namespace {

using json = nlohmann::json;

// Little-endian on each machine, as the service sends it.
std::string base64_of(const std::vector<float>& vector) {
  std::vector<unsigned char> bytes;
  bytes.reserve(vector.size() * 4);
  for (const float value : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<unsigned char>(bits >> shift));
  }
  // OpenSSL appends a zero.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

// A hash of the text seeds a small generator. The standard's generators are the same everywhere, but its
// distributions are not.
std::vector<float> vector_of(std::string_view text, std::size_t dimensions) {
  // The seed of the xorshift generator is the FNV-1a hash of the text.
  std::uint64_t state = 0xCBF29CE484222325;
  for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  if (state == 0) state = 1;
  std::vector<float> vector(dimensions);
  double squares = 0;
  for (float& value : vector) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    // The upper 24 bits, scaled to -1..1. That is as many as a float has.
    value = static_cast<float>(static_cast<double>((state * 0x2545F4914F6CDD1D) >> 40) / 8388608.0 - 1.0);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  // The service's vectors have length 1, and programs compare them by the product alone.
  const double length = std::sqrt(squares);
  if (length > 0)
    for (float& value : vector) value = static_cast<float>(static_cast<double>(value) / length);
  return vector;
}

std::string embedding_list(const std::vector<std::vector<float>>& vectors, bool base64,
                           std::string_view model, std::size_t prompt_tokens) {
  json data = json::array();
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    json entry = {{"object", "embedding"}, {"index", i}};
    if (base64)
      entry["embedding"] = base64_of(vectors[i]);
    else
      entry["embedding"] = vectors[i];
    data.push_back(std::move(entry));
  }
  const json list = {{"object", "list"},
                     {"data", std::move(data)},
                     {"model", model},
                     {"usage", {{"prompt_tokens", prompt_tokens}, {"total_tokens", prompt_tokens}}}};
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace corochain::testing::detail
