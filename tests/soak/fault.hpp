// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace corochain::soak {

/// The server's reaction to a request instead of a correct answer.
enum class fault : std::uint8_t {
  none,
  /// Ends the connection, orderly, without a byte of an answer.
  close_before,
  /// Ends it with a reset, without a byte of an answer.
  reset_before,
  /// Sends half a head, then a reset.
  reset_in_head,
  /// Sends a head and a part of the body, then a reset.
  reset_in_body,
  /// Sends a head and a part of the body, then an orderly end.
  cut_body,
  /// Answers, and ends the connection without announcing that.
  close_after,
  /// Answers, then resets the connection.
  reset_after,
  /// 429 with a short retry-after-ms.
  too_many,
  /// 500.
  failed,
  /// Bytes that are not HTTP.
  garbage,
  /// 200 with a body that is no completion.
  bad_json,
  /// Never answers.
  stall_before,
  /// Stops in the body.
  stall_in_body,
  /// An answer whose fields are in other places and of other types than OpenAI's.
  odd_shape,
  /// The same, with a status line and an error member as gateways write them.
  odd_line,
  /// A stream instead of a whole answer, or a whole answer instead of a stream.
  other_form,
  /// 200 with an error object that stands for a 429.
  error_in_200,
  /// An answer with a text whose choice has an error that stands for a 400.
  choice_error,
  /// 424 with a short retry-after-ms and an error in an array.
  cold_model,
  /// A stream that ends before its last event.
  stream_end,
  /// An error in the middle of a stream.
  stream_error,
  /// Joined events, foreign events, pings and comments between the chunks.
  odd_events,
  /// An error as the first event.
  early_error,
  /// A stream that ends before its first content.
  early_end,
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

/// Depends on the numbers only, so that a run can be repeated. One request in twenty has a fault.
inline fault fault_of(std::uint64_t seed, std::uint64_t call, std::uint64_t request, bool streamed) {
  std::uint64_t x = seed ^ (call * 0x9E3779B97F4A7C15U) ^ (request << 56);  // splitmix64
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  x ^= x >> 31;
  if (x % 20 != 0) return fault::none;
  const std::size_t kinds = streamed ? fault_kinds : static_cast<std::size_t>(fault::stream_end);
  return static_cast<fault>(1 + (x >> 32) % (kinds - 1));
}

/// The server's record of one call. The server writes it before it answers, and the client reads it after
/// that.
struct call_record {
  std::atomic<std::uint8_t> requests;
  /// Requests that the client sends again without counting a retry.
  std::atomic<std::uint8_t> unanswered_on_reused;
  /// The fault of the newest request.
  std::atomic<std::uint8_t> last;
};

/// Lies in memory that both processes share.
struct ledger {
  std::array<std::atomic<std::uint64_t>, fault_kinds> faults;
  std::atomic<std::uint64_t> connections;
  /// Has an element for each call.
  call_record calls[1];

  static std::size_t size(std::size_t calls) { return sizeof(ledger) + calls * sizeof(call_record); }
};

/// The right answer to a call, of many sizes.
inline std::string answer_to(std::uint64_t call) {
  return "a" + std::to_string(call) + ":" + std::string(call % 3001, static_cast<char>('a' + call % 26));
}

}  // namespace corochain::soak
