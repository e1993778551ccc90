// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace corochain::test {

/// A secret that the test never keeps in its plain form, and the search for it in all memory of the process:
/// heap, freed heap, stacks and data.
class hidden_secret {
 public:
  static constexpr std::size_t size = 64;

  /// Writes the text into `to`, after `before`, in one piece of memory; the caller wipes it.
  std::string plain(const std::string& before = "", const std::string& after = "") const {
    std::string text;
    text.reserve(before.size() + size + after.size());
    text += before;
    for (std::size_t i = 0; i < size; ++i) text += plain_at(i);
    text += after;
    return text;
  }

  /// The search for the base64 encoding of the secret after "us:", "user1:" and the like: with three or six
  /// bytes before it.
  hidden_secret in_base64() const {
    hidden_secret encoded = *this;
    encoded.encoded_ = true;
    return encoded;
  }

  /// The number of copies, found in pieces of 16 bytes at least: the allocator overwrites the beginning of
  /// freed memory.
  std::size_t count() const {
    const descriptor memory("/proc/self/mem"), pages("/proc/self/pagemap");
    const buffer copy;
    for (std::size_t i = 0; i < size; ++i) copy.needles()[i] = at(i);
    std::size_t found = 0;
    for (const range& each : ranges()) {
      if (each.begin <= copy.address() && copy.address() < each.end) continue;
      for (std::uintptr_t from = each.begin; from < each.end; from += buffer::step) {
        const std::size_t wanted = std::min<std::uintptr_t>(each.end - from, buffer::size);
        if (!touched(pages.number, from, wanted)) continue;
        const ssize_t got = ::pread(memory.number, copy.data, wanted, static_cast<off_t>(from));
        if (got > 0) found += count_in(copy.data, static_cast<std::size_t>(got), copy.needles());
      }
    }
    return found;
  }

 private:
  static constexpr std::size_t piece = 16;
  struct range {
    std::uintptr_t begin, end;
  };
  struct descriptor {
    explicit descriptor(const char* path) : number(::open(path, O_RDONLY | O_CLOEXEC)) {
      if (number < 0) throw std::runtime_error(path);
    }
    ~descriptor() { ::close(number); }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int number;
  };
  /// Memory that the search skips, because it holds copies. Its parts overlap. The text to search for follows
  /// them.
  struct buffer {
    static constexpr std::size_t step = std::size_t{1} << 20, size = step + 4096,
                                 all = size + hidden_secret::size;
    buffer()
        : data(static_cast<char*>(
              ::mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
      if (data == MAP_FAILED) throw std::bad_alloc();
    }
    ~buffer() {
      std::memset(data, 0, all);
      ::munmap(data, all);
    }
    buffer(const buffer&) = delete;
    buffer& operator=(const buffer&) = delete;
    char* needles() const { return data + size; }
    std::uintptr_t address() const { return reinterpret_cast<std::uintptr_t>(data); }
    char* data;
  };

  char at(std::size_t i) const {
    if (!encoded_) return plain_at(i);
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned group = 0;
    for (std::size_t each = 0; each < 3; ++each)
      group = group << 8 | static_cast<unsigned char>(plain_at(i / 4 * 3 + each));
    return letters[group >> (18 - 6 * (i % 4)) & 0x3F];
  }
  char plain_at(std::size_t i) const {
    return static_cast<char>('A' + (seed_ >> (i % 56) & 0xF) + (i * i + i / 5) % 11);
  }

  /// All writable ranges, except the shadow memory of sanitizers, which has terabytes.
  static std::vector<range> ranges() {
    std::vector<range> all;
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> maps(std::fopen("/proc/self/maps", "re"), close);
    char line[4096];
    while (maps && std::fgets(line, sizeof line, maps.get())) {
      unsigned long begin = 0, end = 0;
      char rights[5] = {};
      if (std::sscanf(line, "%lx-%lx %4s", &begin, &end, rights) != 3 || rights[0] != 'r' || rights[1] != 'w')
        continue;
      if (end - begin < (std::uint64_t{1} << 34)) all.push_back({begin, end});
    }
    if (all.empty()) throw std::runtime_error("/proc/self/maps");
    return all;
  }

  /// True if any of these pages was ever used.
  static bool touched(int pages, std::uintptr_t from, std::size_t bytes) {
    static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::uint64_t states[buffer::size / 4096 + 1] = {};
    const std::size_t count = std::min((bytes + page - 1) / page, std::size(states));
    const ssize_t got =
        ::pread(pages, states, count * sizeof states[0], static_cast<off_t>(from / page * sizeof states[0]));
    for (std::size_t i = 0; i < count; ++i)
      if (got < 0 || states[i] >> 62 != 0) return true;  // in memory or swapped out
    return false;
  }

  /// `needles` holds the text to search for.
  static std::size_t count_in(const char* data, std::size_t length, const char* needles) {
    std::size_t found = 0;
    for (std::size_t where = 0; where < size; where += piece) {
      const char* next = data;
      const auto left = [&] { return static_cast<std::size_t>(data + length - next); };
      while ((next = static_cast<const char*>(::memmem(next, left(), needles + where, piece)))) {
        if (static_cast<std::size_t>(next - data) >= buffer::step) break;  // the next part's
        ++found;
        ++next;
      }
    }
    return found;
  }

  bool encoded_ = false;
  std::uint64_t seed_ = std::random_device()() * 0x9E3779B97F4A7C15u;
};

}  // namespace corochain::test
