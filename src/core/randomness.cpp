// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "core/randomness.hpp"

#include <pthread.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>

// The randomness of the library: numbers that spread waits, and ids that name a call to the service. codec
// takes random numbers as arguments, so that its tests need no luck; models call these functions. A child of
// fork goes on with the memory of its parent, so both sources notice a fork.
namespace corochain::detail {
namespace {

/// Increases in each child of fork, because the stored bytes of a thread are those of its parent.
std::atomic<unsigned> generation{0};

/// The handler of forks is registered at the first use and stays: POSIX has no way to remove one.
unsigned current_generation() noexcept {
  [[maybe_unused]] static const int hooked =
      ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
  return generation.load(std::memory_order_relaxed);
}

/// Random bytes of the system, fetched for many keys at once. `std::random_device` asks the processor for
/// each word, which takes a microsecond a key (measured). Trivially destructible, for threads that end.
struct byte_store {
  std::array<unsigned char, 1024> bytes;
  std::size_t used;
  unsigned generation;
};
thread_local constinit byte_store store{{}, sizeof store.bytes, 0};

/// Throws if the system has no random numbers. An id without them could name two calls.
void refill() {
  // Linux, macOS and the BSDs have this function, and each gives 256 bytes at most.
  constexpr std::size_t most = 256;
  static_assert(sizeof store.bytes % most == 0);
  for (std::size_t filled = 0; filled < store.bytes.size(); filled += most)
    if (::getentropy(store.bytes.data() + filled, most) != 0)
      throw std::system_error(errno, std::generic_category(), "the system returned no random numbers");
  store.used = 0;
}

/// No bytes are returned twice.
/// Bytes of another process's store are dropped: after a fork both would return the same ids.
template <std::size_t size>
std::array<unsigned char, size> random_bytes() {
  static_assert(sizeof store.bytes % size == 0);
  const unsigned now = current_generation();
  if (store.used == store.bytes.size() || store.generation != now) {
    refill();
    store.generation = now;
  }
  std::array<unsigned char, size> taken;
  std::memcpy(taken.data(), store.bytes.data() + store.used, size);
  // Erases the copy: the returned bytes are the caller's alone.
  std::memset(store.bytes.data() + store.used, 0, size);
  store.used += size;
  return taken;
}

}  // namespace

double uniform01() {
  thread_local unsigned seeded_in = current_generation();
  // Not for secrets, only to spread waits. A generator for each thread needs no lock.
  thread_local std::mt19937_64 generator{std::random_device{}()};
  // Children of fork need a seed of their own, or they all wait as long as their parent.
  if (seeded_in != current_generation()) {
    seeded_in = current_generation();
    generator.seed(std::random_device{}());
  }
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

/// The text form: 8, 4, 4, 4 and 12 hexadecimal digits.
std::string random_uuid() {
  static constexpr char hex[] = "0123456789abcdef";
  auto bytes = random_bytes<16>();
  // Version 4 and the variant of RFC 9562.
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string text(36, '-');
  std::size_t at = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    text[at++] = hex[bytes[i] >> 4];
    text[at++] = hex[bytes[i] & 15];
  }
  return text;
}

}  // namespace corochain::detail
