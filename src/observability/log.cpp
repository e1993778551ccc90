// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/observability/log.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <ostream>
#include <utility>

#include "core/enum_name.hpp"
#include "observability/log_line.hpp"

// The log: one function for the process, which transport, models and the callback queue tell about
// connections, attempts and failures. Callers ask log_wants() first, so a program without a log pays one
// relaxed load for each line.
namespace corochain {

namespace {

/// Shared, so that a line that is being written keeps the function alive while set_log() replaces it.
struct listener {
  listener(LogFunction called, LogContents shown) : function(std::move(called)), contents(shown) {}
  LogFunction function;
  LogContents contents;
};

/// Never destroyed: static objects may close connections later.
struct hook {
  // The two atomics repeat the listener's settings for the quick answer "no" without the lock.
  std::atomic<int> most{0};
  std::atomic<bool> contents{false};
  std::mutex mutex;
  std::shared_ptr<const listener> told;
};

hook& the_hook() {
  static hook* const made = new hook;
  return *made;
}

}  // namespace

const char* to_string(LogLevel level) noexcept {
  return detail::name_of<LogLevel::debug>(level, {"off", "error", "warning", "info", "debug"});
}
const char* to_string(LogContents contents) noexcept {
  return detail::name_of<LogContents::shown>(contents, {"hidden", "shown"});
}
std::ostream& operator<<(std::ostream& out, LogLevel level) { return out << to_string(level); }
std::ostream& operator<<(std::ostream& out, LogContents contents) { return out << to_string(contents); }

/// A line that another thread has begun may still see the old settings. write() asks the listener again.
void set_log(LogLevel most, LogFunction function, LogContents contents) {
  auto& target = the_hook();
  const bool on = most != LogLevel::off && function;
  // The former function is destroyed at the end of this function, after the lock is released: it is the
  // user's, and its destructor may log.
  auto kept = on ? std::make_shared<const listener>(std::move(function), contents) : nullptr;
  const std::lock_guard lock(target.mutex);
  target.told.swap(kept);
  target.contents = on && most >= LogLevel::debug && contents == LogContents::shown;
  target.most = on ? static_cast<int>(most) : 0;
}

namespace detail {

bool log_wants(LogLevel level) noexcept {
  return static_cast<int>(level) <= the_hook().most.load(std::memory_order_relaxed);
}

bool log_wants_contents() noexcept { return the_hook().contents.load(std::memory_order_relaxed); }

/// A flag beside the text: an answer may be empty, and its line still needs a listener that wants contents.
log_line& log_line::content(std::string text) {
  content_ = std::move(text);
  has_content_ = true;
  return *this;
}

/// A line is "key=value" pairs with blanks between them. Blanks and control characters in a value become
/// underscores, so that no value can look like two pairs or begin another line.
log_line& log_line::add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ' ';
  text_.append(name).append("=");
  for (const char c : value) text_ += static_cast<unsigned char>(c) > ' ' && c != 0x7F ? c : '_';
  return *this;
}

log_line& log_line::add(std::string_view name, std::int64_t value) {
  return add(name, std::to_string(value));
}

log_line& log_line::add(std::string_view name, std::chrono::steady_clock::duration value) {
  // Whole numbers instead of a stream or printf: a decimal point in any locale.
  const auto micro = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
  std::string text = std::to_string(micro / 1000) + '.';
  const std::string rest = std::to_string(micro % 1000);
  text.append(3 - std::min<std::size_t>(3, rest.size()), '0').append(rest).append("ms");
  return add(name, text);
}

/// The text of an exception is not quoted: it may hold a prompt, and a log must not.
const char* kind_of_exception() noexcept {
  try {
    throw;
  } catch (const std::exception&) {
    return "an exception";
  } catch (...) {
    return "something that is no exception";
  }
}

void log_line::write() const noexcept {
  try {
    // The function is called without the lock. It is the user's code, may be slow, and may call set_log().
    std::shared_ptr<const listener> told;
    {
      const std::lock_guard lock(the_hook().mutex);
      told = the_hook().told;
    }
    // The listener may have changed since the line was begun, and the new one may not want contents.
    if (!told || (has_content_ && told->contents != LogContents::shown)) return;
    told->function({level_, event_, text_, content_});
  } catch (...) {
    // A log must not end the work that it describes.
  }
}

}  // namespace detail
}  // namespace corochain
