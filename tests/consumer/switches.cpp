// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The least of a program that shares Asio with the library.
#include <corochain/core/awaitable.hpp>

int main() {}
