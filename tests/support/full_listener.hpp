// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

namespace corochain::test {

/// A listener with a full queue: it accepts no more connections and refuses none, so connecting never ends.
class full_listener {
 public:
  explicit full_listener(const char* address = "127.0.0.1", unsigned short port = 0) : acceptor_(context_) {
    acceptor_.open(boost::asio::ip::tcp::v4());
    acceptor_.bind({boost::asio::ip::make_address(address), port});
    acceptor_.listen(0);
    const auto endpoint = acceptor_.local_endpoint();
    for (int i = 0; i < 4; ++i) {
      auto& filler = fillers_.emplace_back(context_);
      filler.open(boost::asio::ip::tcp::v4());
      filler.non_blocking(true);
      // Asio's own connect would wait for the connections that do not fit into the queue.
      [[maybe_unused]] const int in_progress =
          ::connect(filler.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
    }
  }

  unsigned short port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> fillers_;
};

}  // namespace corochain::test
