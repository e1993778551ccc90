// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/version.hpp>

#include "corochain/core/export.hpp"

#if BOOST_VERSION < 108100
#error "corochain needs Boost 1.81 or later: put its headers before those of the older Boost that was found"
#endif

// Asio is header-only: the library and the program compile the same functions, and the linker keeps one of
// each. Some of Asio's macros change the size of its objects, so a program with macros other than the
// library's would crash. This header makes such a program fail to link. With an installed library it does not
// even compile.

namespace corochain::detail {

template <int major, int minor>
struct boost_version;
struct io_uring_as_default;
struct epoll;
struct kqueue;
struct dev_poll;
struct select;
struct io_uring;
struct eventfd;
struct timerfd;
struct no_threads;
struct no_exceptions;
struct no_typeid;
struct handler_tracking;
struct buffer_debugging;
struct ts_executor_as_default;
struct no_aligned_alloc;
struct no_small_block_recycling;
struct no_awaitable_frame_recycling;
template <int size>
struct recycling_allocator_cache;

template <class... Switch>
struct asio_switches;

/// The switches that this file is compiled with.
using asio_switches_here = asio_switches<
    // clang-format off
  boost_version<BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000>
#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
  , io_uring_as_default
#elif defined(BOOST_ASIO_HAS_EPOLL)
  , epoll
#elif defined(BOOST_ASIO_HAS_KQUEUE)
  , kqueue
#elif defined(BOOST_ASIO_HAS_DEV_POLL)
  , dev_poll
#else
  , select
#endif
#if defined(BOOST_ASIO_HAS_IO_URING)
  , io_uring
#endif
#if defined(BOOST_ASIO_HAS_EVENTFD)
  , eventfd
#endif
#if defined(BOOST_ASIO_HAS_TIMERFD)
  , timerfd
#endif
#if !defined(BOOST_ASIO_HAS_THREADS)
  , no_threads
#endif
#if defined(BOOST_ASIO_NO_EXCEPTIONS)
  , no_exceptions
#endif
#if defined(BOOST_ASIO_NO_TYPEID)
  , no_typeid
#endif
#if defined(BOOST_ASIO_ENABLE_HANDLER_TRACKING) || defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
  , handler_tracking
#endif
#if defined(BOOST_ASIO_ENABLE_BUFFER_DEBUGGING)
  , buffer_debugging
#endif
#if defined(BOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT)
  , ts_executor_as_default
#endif
#if defined(BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC) || defined(BOOST_ASIO_DISABLE_BOOST_ALIGN)
  , no_aligned_alloc
#endif
#if defined(BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
  , no_small_block_recycling
#endif
#if defined(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
  , no_awaitable_frame_recycling
#endif
#if defined(BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE) && BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE != 2
  , recycling_allocator_cache<BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE>
#endif
    // clang-format on
    >;

/// The library has this function for the switches that it was compiled with, and for no others.
COROCHAIN_EXPORT void compile_with_the_same_boost_and_asio_switches_as_corochain(
    asio_switches_here*) noexcept;

// Makes each object file refer to the function. Only `retain` keeps the reference if the linker drops unused
// sections.
#if __has_attribute(retain)
[[gnu::used, gnu::retain]]
#else
[[gnu::used]]
#endif
static void (*const asks_for_the_same_switches)(asio_switches_here*) noexcept =
    &compile_with_the_same_boost_and_asio_switches_as_corochain;

}  // namespace corochain::detail

// In an installed tree this header lies beside this file: see cmake/install.cmake.
#if __has_include("corochain_built_with.hpp")
#include "corochain_built_with.hpp"

namespace corochain::detail {

template <class Here, class Installed>
struct same_asio_switches {
  static constexpr bool value = false;
};
template <class Switches>
struct same_asio_switches<Switches, Switches> {
  static constexpr bool value = true;
};
static_assert(
    same_asio_switches<asio_switches_here, asio_switches_installed>::value,
    "corochain: this file is compiled with another Boost, or with other BOOST_ASIO_* macros, than the "
    "installed corochain, and would crash; compile both with the same ones. "
    "same_asio_switches<HERE, INSTALLED> names both");

}  // namespace corochain::detail
#endif
