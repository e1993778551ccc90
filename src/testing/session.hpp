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
// The session reads at all times, in any state of the request, so it notices when a client leaves. It is
// therefore a machine driven by three events (readable, written, due) and not a coroutine that does one thing
// after the other. An outstanding operation keeps the session alive. Closing the socket ends all operations.
class session : public std::enable_shared_from_this<session> {
 public:
  // `number` is that of the connection in the ledger. The loop outlives its sessions.
  session(server_loop& loop, boost::asio::ip::tcp::socket socket, std::size_t number);

  // To be called once, when the loop has stored the session.
  void start();

  // Answers the waiting request when its latency is over.
  void answer_when_due();

  // True between two requests.
  bool is_idle() const;

  // Closes the connection and drops all outstanding work. A second call does nothing.
  void close();

  // As close(), but sends a TLS client close_notify first, if the socket takes it at once.
  void close_politely();

 private:
  enum class phase {
    // Reads a request, or waits for one.
    reading,
    // A request is complete, and is held or in its latency.
    waiting,
    // Sends the answer.
    sending,
    // The answer was begun and will not be finished.
    stalled,
    // The last bytes are sent, then the connection is closed.
    ending,
    closed
  };

  // Reading, in the order of the calls.
  void wait_readable();
  // Reads what the socket has, and waits again.
  void read_available();
  // Decrypts bytes of the client, if TLS is on, and reads a request from them.
  void receive(std::string_view bytes);
  // Reads the next request from input_ if none is being served.
  void read_request();
  // Records a complete request and chooses its answer.
  void serve();
  // Answers bytes that are no valid request, then closes.
  void refuse(int status, const char* code, const char* message);
  // Answering.
  void answer();
  // Makes the bytes of the reply and begins to send them.
  void send_reply(const MockReply& reply, const RecordedRequest& request, bool keep_alive);
  // Sends the next part after its wait.
  void send_part_when_due();
  void send_part();
  // Goes on when a part is sent: next part, next request, or the end of the connection.
  void finish_answer();
  // Closes when the bytes that are queued have been written.
  void end_after_output();
  // Writing and the end.
  void queue_encrypted();
  // Begins a write, unless one is outstanding.
  void write_queued();
  // Called at the end of each write.
  void written(bool failed);
  void discard_unread();

  server_loop& loop_;
  boost::asio::ip::tcp::socket socket_;
  std::size_t number_;
  phase phase_ = phase::reading;
  // A wait for the socket to be readable is outstanding.
  bool readable_wanted_ = false;
  // A write is outstanding.
  bool writing_ = false;
  // The request on the connection asks for this.
  bool keep_alive_ = true;
  // Null without TLS, and until the first bytes arrive.
  std::unique_ptr<tls_engine> tls_;
  // Decrypted bytes that are not read yet.
  std::string input_;
  // Bytes that are being written, and those to be written next.
  std::string sending_;
  std::string queued_;
  // The parts of the answer, one or more.
  std::vector<answer_part> parts_;
  std::size_t next_part_ = 0;
  // The next part waits for its time.
  bool part_waits_ = false;
  // Set while a request is incomplete.
  std::optional<request_reader> reader_;
  // Set while a request waits and is answered.
  std::optional<MockReply> reply_;
  // The waiting request, owned by the ledger.
  const RecordedRequest* request_ = nullptr;
  // Waits for the latency of a reply and for the waits between its parts. Made when it is first needed, since
  // most connections need none.
  std::optional<boost::asio::steady_timer> due_;
};

}  // namespace corochain::testing::detail
