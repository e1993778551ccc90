// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// The inner loop of the JSON writer in core and of the JSON readers in codec. Prompts and answers are mostly
// plain text, so both look at many bytes at once and handle one by one only those that need it.
namespace corochain::detail {

/// Skips bytes from `at` on that a JSON string may hold without an escape, many at a time. Stops at a quote,
/// a backslash or a control byte, and with `ascii_only` at a byte that is not ASCII. It may stop a few bytes
/// before, and always does so near the end: the caller checks the byte at the result.
template <bool ascii_only>
const char* skip_plain_text(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  while (end - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    // Control characters, and with ascii_only also the bytes above 127.
    __m128i others;
    if constexpr (ascii_only)
      // The comparison is signed, so bytes that are not ASCII are less, too.
      others = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    else
      others = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const int specials = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), others));
    if (specials != 0) return at + std::countr_zero(static_cast<unsigned>(specials));
    at += 16;
  }
#endif
  // Without SSE2, and for the last bytes: eight at a time in a usual register.
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  // The well-known test for a zero byte in a word. An exclusive or makes the wanted byte zero.
  const auto has_zero = [](std::uint64_t w) { return (w - ones) & ~w & highs; };
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    // The highest bit of each special byte. The lowest mark is exact; marks above it may be false.
    std::uint64_t specials = has_zero(word ^ (ones * '"')) | has_zero(word ^ (ones * '\\')) |
                             ((word - ones * 0x20) & ~word & highs);
    if constexpr (ascii_only) specials |= word & highs;
    if (specials != 0) {
      // On little-endian machines the lowest mark belongs to the first special byte.
      if constexpr (std::endian::native == std::endian::little) at += std::countr_zero(specials) / 8;
      return at;
    }
    at += 8;
  }
  return at;
}

}  // namespace corochain::detail
