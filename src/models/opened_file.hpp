// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace corochain::models {

/// A file that is read without a library's buffer, so that no copy of a secret stays behind. The destructor
/// closes it. An error of opening shows when it is read. For the files of keys and tokens that credentials
/// use.
class opened_file {
 public:
  /// `flags` are those of open(2), beside those for reading.
  explicit opened_file(const std::string& path, int flags = 0)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags)) {}
  ~opened_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  opened_file(const opened_file&) = delete;
  opened_file& operator=(const opened_file&) = delete;

  /// Whether it is open, and a file of bytes on a disk: no directory, pipe or device.
  bool is_plain_file() const noexcept {
    struct stat found{};
    return descriptor_ >= 0 && ::fstat(descriptor_, &found) == 0 && S_ISREG(found.st_mode);
  }
  /// Fills the text from the file up to the text's size, and shortens it to the bytes that were read. False
  /// if reading fails.
  bool read(std::string& text) const {
    std::size_t filled = 0;
    while (filled < text.size()) {
      const ssize_t count = ::read(descriptor_, text.data() + filled, text.size() - filled);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      if (count == 0) break;
      filled += static_cast<std::size_t>(count);
    }
    text.resize(filled);
    return true;
  }

 private:
  // -1 if the file could not be opened.
  int descriptor_;
};

}  // namespace corochain::models
