// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace corochain::benchmark {

/// The server's reaction to a request. The deployment's name in the path selects it: "now", "delay-20"
/// (milliseconds), "big", "close", "stream-200-10" (events, milliseconds between them), "streamfat-200-0"
/// (with 8 KiB of text in each).
struct behaviour {
  enum class kind { whole, stream, report };
  kind what = kind::whole;
  bool big = false;
  bool fat = false;
  bool close = false;
  std::chrono::milliseconds delay{0};
  int events = 0;
};
behaviour behaviour_of(std::string_view path);

/// The texts of all answers, made once.
struct answers {
  answers();
  /// A head of 570 bytes and a body of 924.
  std::string whole;
  /// The same with `Connection: close`.
  std::string closing;
  /// An answer with a body of 1 MB.
  std::string big;
  /// The head of a stream.
  std::string stream_head;
  /// One event of a stream, as an HTTP chunk.
  std::string event;
  /// An event with 8 KiB of text.
  std::string fat_event;
  /// The last chunks of a stream.
  std::string stream_end;
};

}  // namespace corochain::benchmark
