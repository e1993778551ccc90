// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/message_history.hpp"

#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>
#include <vector>

#include "concurrency/async_mutex.hpp"
#include "concurrency/permit_wait.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/error.hpp"

// Conversations: the store in memory, and what a run of a chain with a history does around the chain. The
// templates in detail/message_history.hpp know the output type; a `history_visit` is one run of theirs, and
// the `history_state` is what all runs of one runnable share.
namespace corochain {
namespace asio = boost::asio;

ChatMessageHistoryStore::~ChatMessageHistoryStore() = default;

MessageHistoryKeys::MessageHistoryKeys() = default;
MessageHistoryKeys::MessageHistoryKeys(std::string input, std::string output, std::string history)
    : input_messages_key(std::move(input)),
      output_messages_key(std::move(output)),
      history_messages_key(std::move(history)) {}

// ---- InMemoryChatMessageHistory

// Sessions are never forgotten by themselves: `clear` is the program's.
struct InMemoryChatMessageHistory::state {
  // Runs of several loops may use one store at the same time.
  mutable std::mutex mutex;
  std::map<std::string, std::vector<Message>> sessions;
};

InMemoryChatMessageHistory::InMemoryChatMessageHistory() : state_(std::make_shared<state>()) {}

// A session that is not known is a new one, as `load` promises. Only `append` makes an entry.
Messages InMemoryChatMessageHistory::messages(const std::string& session) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->sessions.find(session);
  return Messages(found == state_->sessions.end() ? std::vector<Message>() : found->second);
}
void InMemoryChatMessageHistory::clear(const std::string& session) {
  const std::lock_guard lock(state_->mutex);
  state_->sessions.erase(session);
}
awaitable<Messages> InMemoryChatMessageHistory::load(std::string session) { co_return messages(session); }
// The lock is never held across an await.
awaitable<void> InMemoryChatMessageHistory::append(std::string session, Messages added) {
  const std::lock_guard lock(state_->mutex);
  auto& all = state_->sessions[session];
  all.insert(all.end(), added.begin(), added.end());
  co_return;
}

// ---- runs

namespace detail {

/// A store, and the locks of the sessions that are in use. Two runnables with one store do not know of each
/// other's locks; the store itself has to keep each `append` whole.
struct history_state {
  std::shared_ptr<ChatMessageHistoryStore> store;
  MessageHistoryKeys keys;

  /// The lock of a session. It lives as long as a run holds it or waits for it.
  std::shared_ptr<async_mutex> turns_of(const std::string& session) {
    const std::lock_guard lock(mutex_);
    // The table would grow with every session of a server that runs for months.
    std::erase_if(turns_, [](const auto& each) { return each.second.expired(); });
    auto& known = turns_[session];
    auto found = known.lock();
    if (!found) known = found = std::make_shared<async_mutex>();
    return found;
  }

 private:
  std::mutex mutex_;
  // One for each session that is in use.
  std::map<std::string, std::weak_ptr<async_mutex>> turns_;
};

struct history_visit::session {
  std::string id;
  // The messages of this run: the user's from the start on, the model's at the end. They are stored together,
  // so that a run that fails leaves no question without an answer behind.
  std::vector<Message> said;
  // The session's turn. A run that ends by an exception gives it up with this object.
  std::optional<async_mutex::lock> pass;
  // Cancels a use of the store in `finish`.
  const std::shared_ptr<child_stop> saving = std::make_shared<child_stop>();
  bool stopped = false;
};

namespace {

/// The session of a run, from the configuration in force. A chain may be made once for all sessions, so the
/// id comes with the call. It names a user or a conversation, so no error text shows it.
std::string session_id(const run_context& context) {
  // There are no settings at all if no configuration was given with the call or around it.
  const Value* id = nullptr;
  if (context.settings) id = context.settings->configurable.find("session_id");
  if (!id)
    throw ConfigError(
        "a RunnableWithMessageHistory was called without a session_id; give one with the call: "
        "RunConfig().configurable(\"session_id\", \"...\")");
  // A number would do as an id, but 1 and "1" would then be one session in some stores, and two in others.
  const auto* text = id->get_if<std::string>();
  if (!text)
    throw ConfigError("the session_id of a RunnableWithMessageHistory must be a text, not " +
                      id->type_name());
  return *text;
}

/// Converts the value of an input or output to messages and adds them. Text alone has no role: `of_model`
/// gives it one.
void add_messages(std::vector<Message>& to, const Value& value, bool of_model, const std::string& key) {
  // `StrOutputParser` gives a text, a model alone an AIMessage; Messages are for inputs of several messages.
  if (const auto* text = value.get_if<std::string>())
    to.push_back(of_model ? Message::ai(*text) : Message::human(*text));
  else if (const auto* answer = value.get_if<AIMessage>())
    to.push_back(answer->to_message());
  else if (const auto* messages = value.get_if<Messages>())
    to.insert(to.end(), messages->begin(), messages->end());
  else if (const auto* message = value.get_if<Message>())
    to.push_back(*message);
  else
    throw PromptError("a message history takes '" + key +
                      "' as a text, an AIMessage or Messages, but it is of type " + value.type_name());
}

/// Awaits a use of a store, which is user code and so gets the context on its executor. A stream's consumer
/// that awaits a pull itself has another context there: then `stop` cancels the use without the consumer.
awaitable<void> below(const call_context& context, awaitable<void> use,
                      std::shared_ptr<child_stop> stop = nullptr) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (!is_on(here, context))
    use = spawn_and_wait(executor_of(context.state()->run->serial, context.state()), std::move(use), nullptr,
                         std::move(stop));
  co_await std::move(use);
}

}  // namespace

// `keys.output_messages_key` is not checked: only chains that give a Dict need it.
std::shared_ptr<history_state> make_history(std::shared_ptr<ChatMessageHistoryStore> store,
                                            MessageHistoryKeys keys) {
  // These are mistakes of the program: they show when the chain is made, not with the first user.
  if (!store)
    throw ConfigError(
        "a RunnableWithMessageHistory was given no store; give it an InMemoryChatMessageHistory");
  if (keys.input_messages_key.empty() || keys.history_messages_key.empty())
    throw ConfigError("a RunnableWithMessageHistory needs an input_messages_key and a history_messages_key");
  auto made = std::make_shared<history_state>();
  made->store = std::move(store);
  made->keys = std::move(keys);
  return made;
}

history_visit::history_visit(std::shared_ptr<history_state> state) : state_(std::move(state)) {}
history_visit::~history_visit() = default;

awaitable<void> history_visit::begin(const call_context& context, Dict& input) {
  // The session of a stream is known with the first chunk only: until then there is no context to ask.
  session_ = std::make_unique<session>();
  session_->id = session_id(*context.state());
  const MessageHistoryKeys& keys = state_->keys;
  // The chain is given a Dict with the history beside the text, so the text needs its name here.
  if (input.bare_text()) {
    std::string text = *input.bare_text();
    input = Dict();
    input.set(keys.input_messages_key, std::move(text));
  }
  // Before the turn is taken: an input that cannot be used fails without a wait for others.
  add_messages(session_->said, input.at(keys.input_messages_key), false, keys.input_messages_key);
  // From here to `leave` no other run of this session reads or writes: it would miss what this one adds. A
  // run that waits lends its permit, because the one that it waits for may need a permit to end.
  auto turn = keep(async_mutex::acquire(state_->turns_of(session_->id)), session_->pass);
  co_await without_permit(context, std::move(turn));
  std::optional<Messages> before;
  auto load = keep(state_->store->load(session_->id), before);
  co_await below(context, std::move(load));
  // The history does not hold the user's new words yet: the prompt has them in a place of their own.
  input.set(keys.history_messages_key, std::move(*before));
}

awaitable<void> history_visit::finish(const call_context& context, Value output) {
  // A chain that gives a Dict says in `output_messages_key` which of its values is the model's answer.
  const auto* parts = output.get_if<Dict>();
  const std::string& key = state_->keys.output_messages_key;
  if (parts)
    add_messages(session_->said, parts->at(key), true, key);
  else
    add_messages(session_->said, output, true, "output");
  if (session_->stopped) throw CancelledError("the stream was stopped before its messages were saved");
  Messages said(std::move(session_->said));
  // The turn ends after the store has the messages: the next run loads them.
  co_await below(context, state_->store->append(session_->id, std::move(said)), session_->saving);
  leave();
}

void history_visit::stop() noexcept {
  if (!session_) return;
  session_->stopped = true;
  session_->saving->request();
}

// Also called for a stream that was left before its first chunk, when there is no session yet.
void history_visit::leave() noexcept {
  if (session_) session_->pass.reset();
}

}  // namespace detail
}  // namespace corochain
