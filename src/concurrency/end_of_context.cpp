// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/end_of_context.hpp"

#include <vector>

namespace corochain::detail {
namespace asio = boost::asio;

class guest_book::service final : public asio::execution_context::service {
 public:
  using key_type = service;
  inline static asio::execution_context::id id;
  explicit service(asio::execution_context& context)
      : asio::execution_context::service(context), book(std::make_shared<guest_book>()) {}

  const std::shared_ptr<guest_book> book;

 private:
  void shutdown() override { book->close(); }
};

std::shared_ptr<guest_book> guest_book::of(asio::execution_context& context) {
  return asio::use_service<service>(context).book;
}

guest_book::entry guest_book::add(std::weak_ptr<context_guest> guest) {
  const std::lock_guard lock(mutex_);
  return guests_.insert(guests_.end(), std::move(guest));
}

void guest_book::remove(entry which) noexcept {
  const std::lock_guard lock(mutex_);
  guests_.erase(which);
}

void guest_book::close() noexcept {
  std::vector<std::shared_ptr<context_guest>> guests;  // what ends here may remove others: no lock meanwhile
  {
    const std::lock_guard lock(mutex_);
    for (const auto& each : guests_)
      if (auto guest = each.lock()) guests.push_back(std::move(guest));
  }
  for (const auto& guest : guests) guest->context_ended();
}

}  // namespace corochain::detail
