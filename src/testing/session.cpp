// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "testing/mock_reply_state.hpp"
#include "testing/server_loop.hpp"

// One connection of the mock server. The way of a request: read_available, receive (TLS), read_request,
// serve, the gate of the loop, answer_when_due, answer, send_reply, and for each part send_part_when_due,
// send_part, written, finish_answer.
namespace corochain::testing::detail {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using ending = mock_reply_state::ending;

// The number of bytes that a client may send ahead while its request is being served.
constexpr std::size_t ahead_limit = std::size_t{1024} * 1024;

// The socket has no bytes for now. It is non-blocking, so this is no failure.
bool is_blocked(error_code error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

session::session(server_loop& loop, tcp::socket socket, std::size_t number)
    : loop_(loop), socket_(std::move(socket)), number_(number) {}

void session::start() {
  error_code error;
  socket_.non_blocking(true, error);
  // Parts of an answer are sent when the test says, not when the system has collected enough.
  if (!error) socket_.set_option(tcp::no_delay(true), error);
  // The client has gone already.
  if (error) return close();
  wait_readable();
}

// At most one wait is outstanding. A client that sends ahead is read up to a limit, beyond which TCP holds it
// back.
void session::wait_readable() {
  if (readable_wanted_ || phase_ == phase::closed) return;
  // finish_answer() continues reading.
  if (phase_ != phase::reading && input_.size() > ahead_limit) return;
  readable_wanted_ = true;
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    self->readable_wanted_ = false;
    if (error) return self->close();
    self->read_available();
  });
}

// Reads once, so that a client that never stops sending does not block the others.
void session::read_available() {
  if (phase_ == phase::closed) return;
  auto& scratch = loop_.scratch();
  error_code error;
  const std::size_t size = socket_.read_some(asio::buffer(scratch), error);
  // The client has gone.
  if (error && !is_blocked(error)) return close();
  if (!error) receive(std::string_view(scratch.data(), size));
  wait_readable();
}

// Bytes that arrive while the connection ends are dropped: nobody will answer them.
void session::receive(std::string_view bytes) {
  if (phase_ == phase::ending) return;
  if (loop_.tls() == nullptr) {
    input_.append(bytes);
    return read_request();
  }
  // Not made when the connection is accepted, because accepting must be quick.
  if (!tls_) tls_ = std::make_unique<tls_engine>(loop_.tls());
  const bool new_connection = !tls_->handshake_done();
  const auto state = tls_->receive(bytes, input_);
  if (new_connection && tls_->handshake_done()) loop_.records().handshake_finished(tls_->resumed());
  queue_encrypted();
  if (state != tls_engine::state::open) return end_after_output();
  write_queued();
  read_request();
}

// Bytes of a next request wait in input_ until the answer is finished: HTTP/1.1 answers in order.
void session::read_request() {
  // A stalled session serves no more requests, so their bytes must not accumulate.
  if (phase_ == phase::stalled) input_.clear();
  if (phase_ != phase::reading || input_.empty()) return;
  // A reader reads one request. An idle connection has none, which is how is_idle() knows.
  if (!reader_) reader_.emplace(loop_.body_limit());
  switch (reader_->read(input_)) {
    case request_reader::progress::incomplete: return;
    case request_reader::progress::complete: return serve();
    case request_reader::progress::malformed:
      return refuse(400, "BadRequest", "The request is not HTTP/1.1.");
    case request_reader::progress::too_large:
      return refuse(413, "RequestEntityTooLarge", "The request is larger than this server reads.");
  }
}

// The answer is chosen when the request has arrived, not when it is sent. So scripted answers go to requests
// in order of arrival, whatever their latencies are.
void session::serve() {
  RecordedRequest request = reader_->take();
  keep_alive_ = reader_->keep_alive();
  reader_.reset();
  request.connection = number_;
  request.received_at = std::chrono::steady_clock::now();
  phase_ = phase::waiting;
  request_ = &loop_.records().request_received(std::move(request));
  reply_.emplace(loop_.choose_reply(*request_));
  loop_.enter_gate(shared_from_this(), request_->index);
}

// The answer to bytes that are no request. The connection is closed after it, because nobody knows where the
// next request would begin.
void session::refuse(int status, const char* code, const char* message) {
  reader_.reset();
  mock_reply_state state = mock_reply_state::of(MockReply::error(status, code, message));
  // The request has no number, so it has no ids.
  state.service_headers = false;
  send_reply(mock_reply_state::make(std::move(state)), RecordedRequest(), false);
}

// The latency counts from the arrival, so a request that the gate held long enough is answered at once.
void session::answer_when_due() {
  const auto due = request_->received_at + mock_reply_state::of(*reply_).latency;
  if (due <= std::chrono::steady_clock::now()) return answer();
  if (!due_) due_.emplace(socket_.get_executor());
  due_->expires_at(due);
  due_->async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->phase_ == phase::waiting) self->answer();
  });
}

void session::answer() {
  const auto what = mock_reply_state::of(*reply_).what;
  if (what == mock_reply_state::kind::answer) {
    const RecordedRequest& request = *std::exchange(request_, nullptr);
    const MockReply reply = *reply_;
    // Before the first byte: see MockServer::max_in_flight.
    loop_.records().request_ended();
    return send_reply(reply, request, keep_alive_ && mock_reply_state::of(reply).then != ending::close);
  }
  if (what == mock_reply_state::kind::reset) {
    error_code ignored;
    // With a linger time of 0, closing the socket sends RST instead of FIN.
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    discard_unread();
  }
  close();
}

// Begins to send. `parts_` has at least one element.
void session::send_reply(const MockReply& reply, const RecordedRequest& request, bool keep_alive) {
  const mock_reply_state& state = mock_reply_state::of(reply);
  phase_ = phase::sending;
  reply_ = reply;
  keep_alive_ = keep_alive;
  parts_ = write_answer(state, request, loop_.service_id(), keep_alive);
  next_part_ = 0;
  send_part_when_due();
}

// A part may be only a wait. Then nothing is written, and no end of a write would bring the next part.
void session::send_part() {
  const std::string bytes = std::move(parts_[next_part_++].bytes);
  if (tls_) {
    tls_->send(bytes);
    const auto then = mock_reply_state::of(*reply_).then;
    // A proxy that dies sends no close_notify, and cut bodies are meant to look like that.
    const bool goodbye = !keep_alive_ && then != ending::cut && then != ending::stall;
    if (goodbye && next_part_ == parts_.size()) tls_->close_notify();
    queue_encrypted();
  } else {
    queued_ += bytes;
  }
  // The part was only a wait.
  if (queued_.empty() && !writing_) return finish_answer();
  write_queued();
}

// part_waits_ tells written() that the timer, not the end of a write, brings the next part.
void session::send_part_when_due() {
  const auto wait = parts_[next_part_].wait;
  if (wait <= wait.zero()) return send_part();
  if (!due_) due_.emplace(socket_.get_executor());
  due_->expires_after(wait);
  part_waits_ = true;
  due_->async_wait([self = shared_from_this()](error_code error) {
    self->part_waits_ = false;
    if (!error && self->phase_ == phase::sending) self->send_part();
  });
}

// Called after each part: sends the next one, or ends the answer as the reply says.
void session::finish_answer() {
  if (next_part_ < parts_.size()) return send_part_when_due();
  parts_.clear();
  next_part_ = 0;
  const ending then = mock_reply_state::of(*reply_).then;
  reply_.reset();
  if (then == ending::stall) {
    phase_ = phase::stalled;
    return;
  }
  if (then == ending::cut || !keep_alive_) {
    discard_unread();
    return close();
  }
  phase_ = phase::reading;
  read_request();
  wait_readable();
}

void session::queue_encrypted() { queued_ += tls_->take_output(); }

// One write at a time. Bytes that are queued meanwhile go with the next one.
void session::write_queued() {
  if (writing_ || queued_.empty() || phase_ == phase::closed) return;
  writing_ = true;
  sending_ = std::exchange(queued_, {});
  asio::async_write(
      socket_, asio::buffer(sending_),
      [self = shared_from_this()](error_code error, std::size_t) { self->written(error.failed()); });
}

void session::written(bool failed) {
  writing_ = false;
  // Releases the memory.
  sending_ = std::string();
  if (phase_ == phase::closed) return;
  if (failed) return close();
  if (!queued_.empty()) return write_queued();
  if (phase_ == phase::sending && !part_waits_) return finish_answer();
  if (phase_ == phase::ending) close();
}

// The client has ended the connection or broken the protocol. Its request, if any, is dropped, and the output
// of TLS (an alert) is sent.
void session::end_after_output() {
  if (request_ != nullptr || (!writing_ && queued_.empty())) return close();
  phase_ = phase::ending;
  write_queued();
}

// A handshake that is not over makes a connection busy: a client that waits for it would take the close for a
// failure.
bool session::is_idle() const {
  const bool ready = loop_.tls() == nullptr || (tls_ && tls_->handshake_done());
  return ready && phase_ == phase::reading && !reader_ && input_.empty();
}

// Discards unread bytes. Closing a socket with unread bytes makes the system send a reset, which may overtake
// the answer.
void session::discard_unread() {
  auto& scratch = loop_.scratch();
  error_code error;
  for (std::size_t total = 0; !error && total < ahead_limit;) {
    total += socket_.read_some(asio::buffer(scratch), error);
  }
}

void session::close_politely() {
  if (tls_ && !writing_) {
    tls_->close_notify();
    queue_encrypted();
    // These are a few bytes into an empty buffer. If the socket does not take them, nobody reads it.
    error_code ignored;
    socket_.write_some(asio::buffer(queued_), ignored);
  }
  discard_unread();
  close();
}

void session::close() {
  if (phase_ == phase::closed) return;
  // The loop releases its reference.
  const auto self = shared_from_this();
  phase_ = phase::closed;
  error_code ignored;
  socket_.close(ignored);
  // The handlers of the timer and of reads and writes still run. Each looks at the phase first.
  if (due_) due_->cancel();
  if (request_ != nullptr) {
    loop_.leave_gate(request_->index);
    loop_.records().request_ended();
    request_ = nullptr;
  }
  loop_.closed(number_);
}

}  // namespace corochain::testing::detail
