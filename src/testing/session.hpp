// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "corochain/testing/mock_reply.hpp"
#include "corochain/testing/recorded_request.hpp"
#include "testing/answer.hpp"
#include "testing/request_reader.hpp"
#include "testing/tls_engine.hpp"

namespace corochain::testing::detail {

class server_loop;

// One connection. All of it runs on the loop's thread.
//
// Reading goes on at all times, whatever the request on the connection is doing: that is how a client that leaves
// is noticed. So this is a machine driven by three events (readable, written, due) and not a coroutine that does
// one thing after the other. An operation that is under way keeps the session alive; closing the socket ends all.
class session : public std::enable_shared_from_this<session> {
 public:
  session(server_loop& loop, boost::asio::ip::tcp::socket socket, std::size_t number);

  void start();

  // Answers the request that waits, once its latency is over.
  void answer_when_due();

  // Whether it is between two requests.
  bool is_idle() const;

  // Closes the connection; whatever was going on is given up. Calling it again does nothing.
  void close();

  // As close(), but a TLS client is told first, if the socket takes it at once.
  void close_politely();

 private:
  enum class phase {
    reading,  // a request, or waiting for one
    waiting,  // a request is complete; held, or in latency
    sending,  // the answer
    stalled,  // the answer was begun and is not to be finished
    ending,   // the last bytes go out, then the connection is closed
    closed
  };

  void wait_readable();
  void read_available();
  void receive(std::string_view bytes);
  void read_request();
  void serve();
  void refuse(int status, const char* code, const char* message);
  void answer();
  void send_reply(const MockReply& reply, const RecordedRequest& request, bool keep_alive);
  void send_part_when_due();
  void send_part();
  void finish_answer();
  void end_after_output();
  void queue_encrypted();
  void write_queued();
  void written(bool failed);
  void discard_unread();

  server_loop& loop_;
  boost::asio::ip::tcp::socket socket_;
  std::size_t number_;
  phase phase_ = phase::reading;
  bool readable_wanted_ = false;  // whether a wait for the socket to be readable is under way
  bool writing_ = false;
  bool keep_alive_ = true;  // as the request on the connection asks
  std::unique_ptr<tls_engine> tls_;
  std::string input_;               // decrypted, not read yet
  std::string sending_;             // being written
  std::string queued_;              // to be written next
  std::vector<answer_part> parts_;  // of the answer, one or more
  std::size_t next_part_ = 0;
  bool part_waits_ = false;                   // for its time
  std::optional<request_reader> reader_;      // while a request is incomplete
  std::optional<MockReply> reply_;            // while it waits and is answered
  const RecordedRequest* request_ = nullptr;  // while it waits; owned by the ledger
  std::optional<boost::asio::steady_timer> due_;
};

}  // namespace corochain::testing::detail
