// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/ciphertext_blocks.hpp"

#include <array>
#include <new>

namespace corochain::transport {
namespace {

/// Trivially destructible, so that it can be used for as long as the thread lives: connections may be
/// destroyed after the thread's other objects.
struct free_blocks {
  // A thread that reads from TLS needs two at a time. A few more serve connections that hold half a record.
  std::array<char*, 4> blocks;
  std::size_t count;
  // Set once the thread's objects are being destroyed. Blocks that come later are freed at once.
  bool ended;
};
thread_local constinit free_blocks free_of_thread{};

/// Frees the blocks that the thread kept, when it ends.
struct at_thread_end {
  ~at_thread_end() {
    while (free_of_thread.count > 0) delete[] free_of_thread.blocks[--free_of_thread.count];
    free_of_thread.ended = true;
  }
  void touch() noexcept {}
};
thread_local at_thread_end cleaner;

}  // namespace

char* take_block() noexcept {
  if (free_of_thread.count > 0) return free_of_thread.blocks[--free_of_thread.count];
  return new (std::nothrow) char[block_size];
}

void give_block(char* block) noexcept {
  if (free_of_thread.ended || free_of_thread.count == free_of_thread.blocks.size()) {
    delete[] block;
    return;
  }
  // An object of a thread is made when it is first used, and only then destroyed at the thread's end.
  cleaner.touch();
  free_of_thread.blocks[free_of_thread.count++] = block;
}

}  // namespace corochain::transport
