// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/offload.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>
#include <condition_variable>
#include <mutex>

#include "concurrency/run_context.hpp"
#include "concurrency/run_stop.hpp"
#include "concurrency/shutdown_registry.hpp"
#include "concurrency/stored_handler.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

offload_work::~offload_work() = default;

namespace {

// A call of `offload` crosses two executors: the origin, where the awaiting coroutine is suspended, and the
// other one, mostly a pool. Either may be destroyed first, on its own thread, while the call is at any stage.
// One object, the `job`, decides under a lock which of the two may still touch what.

/// One call on another executor. The first of the other executor, a cancel and the end of either execution
/// context decides under the lock.
///
/// The stages, and what leads from one to the next:
///
/// - `queued`: a `starter` is in the queue of the other executor. `start` makes it `running`. A cancel makes
///   it `over` at once and leaves the starter behind, which then does nothing.
/// - `running`: the function or coroutine is at work, and `finish` makes it `over`. A cancel asks a coroutine
///   to end, and waits for a function. The end of the origin waits for a function, and lets a coroutine run.
/// - `over`: the handler was posted or destroyed. The job lets go of both executors, because it may be
///   destroyed after their contexts. A coroutine that still runs, its origin being gone, keeps its own.
///
/// The owners are the frames behind the waiting handler, the handler on the other executor, and the frames of
/// a coroutine there.
class job final : public std::enable_shared_from_this<job>, public shutdown_listener {
 public:
  job(asio::any_io_executor there, std::shared_ptr<offload_work> work,
      std::shared_ptr<run_origin> return_path)
      : there_(std::move(there)), work_(std::move(work)), return_path_(std::move(return_path)) {}

  // Used on the origin's executor:
  /// Called once, before `post`: from then on the call may end on the other executor at any time.
  void keep(stored_handler waiting, asio::execution_context& origin) {
    handler_ = std::move(waiting);
    listen_to(origin, weak_from_this());
  }
  void post();
  void cancel();
  void context_ended() noexcept override;
  /// Throws what the call has thrown, or a `CancelledError`, for the coroutine that was resumed. With
  /// `keeps_results` a call that has ended nevertheless has its own outcome.
  void rethrow(bool keeps_results);

  // Used on the other executor:
  void start();
  /// The end of the call. It is `lost` if its handler was destroyed without a call, with its pool.
  void finish(std::exception_ptr error, bool lost = false) noexcept;

 private:
  enum class stage { queued, running, over };
  class starter;
  class ended;
  /// Clears the return path when the call needs it no more. The path holds the origin's loop, which may end
  /// before the other executor destroys this object.
  void forget_return_path() noexcept {
    if (return_path_) *return_path_ = run_origin();
  }
  static awaitable<void> main(std::shared_ptr<job> self);

  // Empty when the call is over: the pool may go then.
  asio::any_io_executor there_;
  const std::shared_ptr<offload_work> work_;
  // Set for a coroutine in a run; used on the other executor.
  const std::shared_ptr<run_origin> return_path_;
  // For a coroutine; used on the other executor.
  asio::cancellation_signal signal_;
  // Whether the coroutine has ended; a cancel may come later. Used on the other executor.
  bool ended_ = false;
  // The exception of the coroutine. Used on the other executor.
  std::exception_ptr thrown_;
  // Guards all that follows.
  std::mutex mutex_;
  // Signalled when the call is over, for an origin that is being destroyed.
  std::condition_variable returned_;
  stage stage_ = stage::queued;
  bool cancelled_ = false;
  bool ran_ = false;
  bool lost_ = false;
  std::exception_ptr error_;
  stored_handler handler_;
};

/// The handler in the queue of the other executor. Destroyed without a call, it reports that the call is
/// lost.
class job::starter {
 public:
  explicit starter(std::shared_ptr<job> of) : job_(std::move(of)) {}
  starter(starter&&) noexcept = default;
  ~starter() {
    if (job_) job_->finish(nullptr, true);
  }
  void operator()() { std::exchange(job_, nullptr)->start(); }

 private:
  std::shared_ptr<job> job_;
};

/// A coroutine's completion handler on the other executor.
class job::ended {
 public:
  explicit ended(std::shared_ptr<job> of) : job_(std::move(of)) {}
  ended(ended&&) noexcept = default;
  ~ended() {
    if (job_) end(nullptr, true);
  }
  void operator()(std::exception_ptr error) { end(std::move(error), false); }

 private:
  void end(std::exception_ptr error, bool lost) noexcept {
    const auto self = std::exchange(job_, nullptr);
    self->ended_ = true;
    // The slot holds the other executor.
    self->signal_.slot().clear();
    // The frames on this executor are destroyed later.
    self->forget_return_path();
    if (!error) error = std::exchange(self->thrown_, nullptr);
    self->finish(std::move(error), lost);
  }

  std::shared_ptr<job> job_;
};

void job::post() {
  // A copy, because the call may be over before this returns.
  const auto there = there_;
  asio::post(there, starter(shared_from_this()));
}

void job::cancel() {
  asio::any_io_executor there;
  {
    const std::lock_guard lock(mutex_);
    if (stage_ == stage::over) return;
    cancelled_ = true;
    if (stage_ == stage::queued) {
      // The function is destroyed here and not with the starter: it may refer to data of the caller, and the
      // pool may keep the starter for long.
      stage_ = stage::over;
      there_ = nullptr;
      work_->drop();
      forget_return_path();
      handler_.fire();
      return;
    }
    there = there_;
  }
  // Without the lock: dispatch may run the coroutine here, to its end. The signal is emitted on the executor
  // of the coroutine, as it is not safe from two threads. A function cannot be asked to stop.
  if (work_->is_coroutine())
    asio::dispatch(there, [self = shared_from_this()] {
      if (!self->ended_) self->signal_.emit(asio::cancellation_type::terminal);
    });
}

void job::start() {
  asio::any_io_executor there;
  {
    const std::lock_guard lock(mutex_);
    // A cancel or the end of the origin came first; the function is destroyed by now.
    if (stage_ != stage::queued) return;
    stage_ = stage::running;
    ran_ = true;
    there = there_;
  }
  if (work_->is_coroutine()) {
    asio::co_spawn(there, main(shared_from_this()),
                   asio::bind_cancellation_slot(signal_.slot(), ended(shared_from_this())));
    return;
  }
  std::exception_ptr error;
  try {
    work_->call();
  } catch (...) {
    error = std::current_exception();
  }
  finish(std::move(error));
}

awaitable<void> job::main(std::shared_ptr<job> self) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  try {
    co_await self->work_->begin();
  } catch (...) {
    // Kept, because co_spawn would release the exception on this executor while the origin already uses it.
    self->thrown_ = std::current_exception();
  }
  // co_spawn awaits a post outside of its own try after a coroutine that never waited. A cancel must not
  // throw there.
  co_await asio::this_coro::throw_if_cancelled(false);
}

void job::finish(std::exception_ptr error, bool lost) noexcept {
  const auto self = shared_from_this();
  // The loop of the origin cannot end while the handler is fired: its end waits for the lock.
  const std::lock_guard lock(mutex_);
  // The call was cancelled in the queue, or its origin is gone.
  if (stage_ == stage::over) return;
  work_->drop();
  forget_return_path();
  there_ = nullptr;
  stage_ = stage::over;
  lost_ = lost;
  error_ = std::move(error);
  returned_.notify_all();
  if (handler_) handler_.fire();
}

void job::context_ended() noexcept {
  // Destroying the handler destroys the frames that own this. It happens last, without the lock, since the
  // frames may call back.
  const auto self = shared_from_this();
  stored_handler dropped;
  {
    std::unique_lock lock(mutex_);
    // A function may use objects of the frames that are destroyed now.
    if (!work_->is_coroutine()) returned_.wait(lock, [this] { return stage_ != stage::running; });
    if (stage_ == stage::queued) work_->drop();
    if (stage_ != stage::running) {
      there_ = nullptr;
      forget_return_path();
    }
    stage_ = stage::over;
    std::swap(dropped, handler_);
  }
}

void job::rethrow(bool keeps_results) {
  const std::lock_guard lock(mutex_);
  // A cancel comes before the outcome of a function, which could not heed it. A coroutine could, so its own
  // error says more.
  const std::exception_ptr error = std::exchange(error_, nullptr);
  if (cancelled_ && !(keeps_results && ran_ && !lost_) && !(work_->is_coroutine() && error))
    throw CancelledError("the offloaded call was cancelled");
  if (lost_)
    throw CancelledError("the executor that a call was offloaded to was destroyed before the call was done");
  if (error) std::rethrow_exception(error);
}

/// The executor of a coroutine that leaves its run's executor: one thread at a time, with the path back.
asio::any_io_executor elsewhere(const asio::any_io_executor& executor,
                                const std::shared_ptr<run_origin>& return_path) {
  asio::any_io_executor serial = serial_of(locate_run(executor));
  if (!return_path) return serial;
  auto away = std::make_shared<run_context>(*return_path->context);
  away->return_path = return_path;
  return executor_of(serial, std::move(away));
}

}  // namespace

awaitable<void> run_offloaded(asio::any_io_executor executor, std::shared_ptr<offload_work> work) {
  if (!executor) throw ConfigError("offload() to no executor; give it a pool's get_executor()");
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  // Asked for once, because the wait below reports only a cancel that comes later.
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none)
    throw CancelledError("the offloaded call was cancelled");
  std::shared_ptr<run_origin> return_path;
  if (work->is_coroutine()) {
    const run_location location = locate_run(here);
    if (location.context)
      return_path = std::make_shared<run_origin>(run_origin{location.context, location.serial});
    executor = elsewhere(executor, return_path);
  }
  const auto call = std::make_shared<job>(std::move(executor), std::move(work), std::move(return_path));
  // The coroutine may not leave before the function has returned: the function may use data that the caller
  // owns.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto operation = suspend(
      [call, here](stored_handler handler) {
        call->keep(std::move(handler), asio::query(here, asio::execution::context));
        call->post();
      },
      [weak = std::weak_ptr<job>(call)] {
        if (const auto running = weak.lock()) running->cancel();
      });
  co_await std::move(operation);
  co_await asio::this_coro::throw_if_cancelled(throws);
  bool keeps_results = false;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    const auto around = locate_run(here).context;
    keeps_results = around && run_stop::keeps_results(around->stop);
  }
  call->rethrow(keeps_results);
}

}  // namespace corochain::detail
