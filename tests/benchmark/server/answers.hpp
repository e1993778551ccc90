// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace corochain::benchmark {

/// What the server does with a request, as the deployment's name in its path says: "now", "delay-20" (milliseconds),
/// "big", "close", "stream-200-10" (events, milliseconds between them), "streamfat-200-0" (with 8 KiB of text in each).
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
  std::string whole;        ///< a body of 924 bytes under a head of 570
  std::string closing;      ///< the same with Connection: close
  std::string big;          ///< a body of 1 MB
  std::string stream_head;  ///< of a stream
  std::string event;        ///< one event of it, as a chunk
  std::string fat_event;    ///< one with 8 KiB of text
  std::string stream_end;   ///< its last chunks
};

}  // namespace corochain::benchmark
