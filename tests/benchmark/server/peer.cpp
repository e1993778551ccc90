// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "server/peer.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <new>

namespace corochain::benchmark {

peer::peer(int socket, SSL_CTX* tls) : socket_(socket) {
  if (!tls) return;
  ssl_ = SSL_new(tls);
  if (!ssl_ || SSL_set_fd(ssl_, socket) != 1) throw std::bad_alloc();
  SSL_set_accept_state(ssl_);
}

peer::~peer() {
  if (ssl_) {
    if (SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
    SSL_free(ssl_);
    ERR_clear_error();
  }
  ::close(socket_);
}

bool peer::receive() {
  char chunk[16384];
  for (;;) {
    ssize_t count;
    if (ssl_) {
      ERR_clear_error();
      count = SSL_read(ssl_, chunk, sizeof chunk);
      if (count <= 0) return SSL_get_error(ssl_, static_cast<int>(count)) == SSL_ERROR_WANT_READ;
    } else {
      count = ::recv(socket_, chunk, sizeof chunk, MSG_DONTWAIT);
      if (count == 0) return false;
      if (count < 0) return errno == EAGAIN || errno == EINTR;
    }
    in_.append(chunk, static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < sizeof chunk && (!ssl_ || SSL_pending(ssl_) == 0)) return true;
  }
}

std::optional<behaviour> peer::next_request() {
  static constexpr std::string_view length_name = "\r\nContent-Length: ";
  const std::string_view all(in_);
  const auto end = all.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = all.substr(0, end);
  std::size_t length = 0;
  if (const auto at = head.find(length_name); at != std::string_view::npos)
    std::from_chars(head.data() + at + length_name.size(), head.data() + head.size(), length);
  if (all.size() < end + 4 + length) return std::nullopt;
  const behaviour found = behaviour_of(head.substr(0, head.find("\r\n")));
  in_.erase(0, end + 4 + length);
  return found;
}

bool peer::flush() {
  while (sent_ < out_.size()) {
    const char* const from = out_.data() + sent_;
    const std::size_t left = out_.size() - sent_;
    ssize_t count;
    if (ssl_) {
      ERR_clear_error();
      count = SSL_write(ssl_, from, static_cast<int>(std::min<std::size_t>(left, INT_MAX)));
      if (count <= 0) return SSL_get_error(ssl_, static_cast<int>(count)) == SSL_ERROR_WANT_WRITE;
    } else {
      count = ::send(socket_, from, left, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0) return errno == EAGAIN || errno == EINTR;
    }
    sent_ += static_cast<std::size_t>(count);
  }
  out_.clear();
  sent_ = 0;
  return true;
}

}  // namespace corochain::benchmark
