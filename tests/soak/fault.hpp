// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace corochain::soak {

/// What the server does to a request instead of answering it as it should.
enum class fault : std::uint8_t {
  none,
  close_before,   ///< ends the connection, orderly, without a byte of an answer
  reset_before,   ///< the same with a reset
  reset_in_head,  ///< half a head, then a reset
  reset_in_body,  ///< a head and a part of the body, then a reset
  cut_body,       ///< the same with an orderly end
  close_after,    ///< answers, and ends the connection without having said so
  reset_after,    ///< the same with a reset
  too_many,       ///< 429 with a short retry-after-ms
  failed,         ///< 500
  garbage,        ///< what is not HTTP
  bad_json,       ///< 200 with what is no completion
  stall_before,   ///< never answers
  stall_in_body,  ///< stops in the body
  odd_shape,      ///< an answer whose fields are in other places and of other types than OpenAI's
  odd_line,       ///< the same with a status line and an error member that gateways write
  other_form,     ///< a stream where the whole was asked for, or the whole instead of a stream
  error_in_200,   ///< 200 with an error object that stands for a 429
  choice_error,   ///< an answer with a text whose choice has an error that stands for a 400
  cold_model,     ///< 424 with a short retry-after-ms and an error in an array
  stream_end,     ///< a stream that ends without having come to its end
  stream_error,   ///< an error amidst a stream
  odd_events,     ///< joined events, foreign ones, pings and comments between the pieces
  early_error,    ///< an error as the first event
  early_end,      ///< a stream that ends before its first content
  count
};
constexpr auto fault_kinds = static_cast<std::size_t>(fault::count);

inline const char* name_of(fault kind) {
  static constexpr std::array<const char*, fault_kinds> names{
      "none",       "close_before", "reset_before", "reset_in_head", "reset_in_body",
      "cut_body",   "close_after",  "reset_after",  "too_many",      "failed",
      "garbage",    "bad_json",     "stall_before", "stall_in_body", "odd_shape",
      "odd_line",   "other_form",   "error_in_200", "choice_error",  "cold_model",
      "stream_end", "stream_error", "odd_events",   "early_error",   "early_end"};
  return names[static_cast<std::size_t>(kind)];
}

/// Decides by number alone, so that a run can be repeated: one request in twenty has a fault.
inline fault fault_of(std::uint64_t seed, std::uint64_t call, std::uint64_t request, bool streamed) {
  std::uint64_t x = seed ^ (call * 0x9E3779B97F4A7C15U) ^ (request << 56);  // splitmix64
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  x ^= x >> 31;
  if (x % 20 != 0) return fault::none;
  const std::size_t kinds = streamed ? fault_kinds : static_cast<std::size_t>(fault::stream_end);
  return static_cast<fault>(1 + (x >> 32) % (kinds - 1));
}

/// What the server has seen of one call. Written by the server before it answers, read by the client after.
struct call_record {
  std::atomic<std::uint8_t> requests;
  std::atomic<std::uint8_t> unanswered_on_reused;  ///< that the client sends again without counting a retry
  std::atomic<std::uint8_t> last;                  ///< the fault of the newest request
};

/// In memory that both processes see.
struct ledger {
  std::array<std::atomic<std::uint64_t>, fault_kinds> faults;
  std::atomic<std::uint64_t> connections;
  call_record calls[1];  ///< as many as there are calls

  static std::size_t size(std::size_t calls) { return sizeof(ledger) + calls * sizeof(call_record); }
};

/// The right answer to a call, of many sizes.
inline std::string answer_to(std::uint64_t call) {
  return "a" + std::to_string(call) + ":" + std::string(call % 3001, static_cast<char>('a' + call % 26));
}

}  // namespace corochain::soak
