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
  std::array<char*, 4> blocks;
  std::size_t count;
  bool ended;
};
thread_local constinit free_blocks free_of_thread{};

/// Frees the blocks that the thread kept.
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
  cleaner.touch();  // an object of a thread is made when it is first used
  free_of_thread.blocks[free_of_thread.count++] = block;
}

}  // namespace corochain::transport
