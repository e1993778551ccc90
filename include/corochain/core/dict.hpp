// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "corochain/core/chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"

namespace corochain {

class Dict;
class DictChunk;
class Value;
template <>
struct chunk_of<Dict> {
  // Defined in dict_chunk.hpp.
  using type = DictChunk;
};
template <>
struct whole_of_chunk<DictChunk> {
  using type = Dict;
};
using List = std::vector<Value>;

namespace detail {

/// A C++ value of a type that `Value` does not know.
class COROCHAIN_EXPORT opaque {
 public:
  virtual ~opaque();
  virtual const std::type_info& type() const noexcept = 0;
  virtual const void* address() const noexcept = 0;
  /// The text of the value in a prompt, or nothing if it has none.
  virtual std::optional<std::string> text() const = 0;
  virtual bool is_json() const noexcept = 0;
};

/// A JSON value of any library. `nlohmann::json` is not named, so its header is not needed here.
template <class T>
concept dumps_itself = requires(const T& value) {
  { value.dump() } -> std::convertible_to<std::string>;
};

template <class T>
class opaque_of final : public opaque {
 public:
  explicit opaque_of(T value) : value_(std::move(value)) {}
  const std::type_info& type() const noexcept override { return typeid(T); }
  const void* address() const noexcept override { return &value_; }
  std::optional<std::string> text() const override {
    if constexpr (dumps_itself<T>)
      return value_.dump();
    else
      return std::nullopt;
  }
  bool is_json() const noexcept override { return dumps_itself<T>; }

 private:
  T value_;
};

template <class T>
concept text_like = std::convertible_to<const T&, std::string_view>;

/// A container of pairs whose first parts are texts: a `std::map` or `std::unordered_map`, or a vector of
/// pairs.
template <class R>
concept named_values = !text_like<R> && requires(const R& range) {
  { range.begin()->first } -> text_like;
  range.begin()->second;
  range.end();
};

/// Its name says in the compiler's message what to write.
struct write_value_get_of_T;

/// Makes a Dict of a JSON value. Defined in dict_json.hpp, for the values of nlohmann's library.
template <class Json>
struct dict_of_json {
  static constexpr bool is_known = false;
};

/// True if a `T` can be copied. `std::is_copy_constructible` is true of containers with any elements, so the
/// elements are tested, too.
template <class T>
struct can_be_copied : std::is_copy_constructible<T> {};
template <class T>
  requires requires {
    typename T::allocator_type;
    requires !std::same_as<typename T::value_type, T>;
  }
struct can_be_copied<T>
    : std::conjunction<std::is_copy_constructible<T>, can_be_copied<typename T::value_type>> {};
template <class T>
struct can_be_copied<std::optional<T>> : can_be_copied<T> {};
template <class A, class B>
struct can_be_copied<std::pair<A, B>> : std::conjunction<can_be_copied<A>, can_be_copied<B>> {};
template <class... T>
struct can_be_copied<std::tuple<T...>> : std::conjunction<can_be_copied<T>...> {};

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;
template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

[[noreturn]] COROCHAIN_EXPORT void throw_number_too_large();

}  // namespace detail

/// One value of a `Dict`: null, bool, integer, double, text, list, Dict, Messages, AIMessage, a JSON value
/// (`nlohmann::json`, when its header is included where the value is made), or any copyable C++ value.
///
/// Lists, Dicts and C++ values are shared between copies and never change. Distinct objects may be used by
/// distinct threads; const access is safe from several.
class COROCHAIN_EXPORT Value {
 public:
  Value() noexcept {}
  Value(std::nullptr_t) noexcept {}
  template <class T>
    requires(!std::same_as<T, Value> && !std::same_as<T, Dict>)
  Value(T value) {
    assign(std::move(value));
  }
  Value(Dict value);
  Value(const Value& other);
  /// `other` is null afterwards.
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  /// `other` is null afterwards.
  Value& operator=(Value&& other) noexcept;
  ~Value();

  bool is_null() const noexcept { return kind_ == kind::null; }
  /// The name of the type: "text", "integer", "Dict", ... or the C++ type's name as the compiler spells it.
  std::string type_name() const;

  /// The value, or null if it has another type. `get_if<double>` does not read integers; `get<double>` does.
  template <class T>
  const T* get_if() const noexcept;
  /// The value. Throws a `PromptError` that names both types if it has another type. Reads an integer as a
  /// double, too.
  template <class T>
  T get() const;
  /// A value has no type that a compiler knows, so it converts to none: write `value.get<int>()`.
  template <class T, class Hint = detail::write_value_get_of_T>
    requires(std::is_arithmetic_v<T> || std::same_as<T, std::string>)
  operator T() const = delete;

  /// The text of the value in a prompt: text as it is; numbers in decimal, doubles with the fewest digits
  /// that read back the same; true, false, null; lists and Dicts as JSON; Messages as "Human: ..." lines; an
  /// AIMessage's content. Throws a `PromptError` for a C++ value without a text; the error says to format the
  /// value first.
  std::string to_text() const;
  /// Writes `to_text()`, and the type of a C++ value without a text in brackets. As a friend it is found for
  /// Values alone: everything converts to a Value.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const Value& value);

 private:
  enum class kind : unsigned char {
    null,
    boolean,
    integer,
    number,
    text,
    list,
    dict,
    messages,
    ai_message,
    other
  };
  template <class T>
  static constexpr kind kind_of() noexcept;

  template <class T>
  void assign(T&& value);
  // These functions require a null Value. They are compiled once, in the library, because they use strings
  // and shared pointers.
  void put(bool value) noexcept;
  void put(std::int64_t value) noexcept;
  void put(double value) noexcept;
  void put(std::string value) noexcept;
  void put(std::string_view value);
  void put(List value);
  void put(Dict value);
  void put(Messages value);
  void put(AIMessage value);
  // Takes ownership of `value`.
  void put_other(const detail::opaque* value);
  void put_box(kind of, std::shared_ptr<const void> box) noexcept;
  void copy(const Value& other);
  void take(Value& other) noexcept;
  void clear() noexcept;

  /// The address of the value, or null if it has another kind.
  const void* address_of(kind wanted) const noexcept;
  const void* address_of_other(const std::type_info& wanted) const noexcept;
  const detail::opaque& other() const noexcept;
  /// `type` is the C++ type that was asked for. It is named only if `wanted` is `other`.
  [[noreturn]] void throw_wrong_type(kind wanted, const std::type_info& type) const;

  kind kind_ = kind::null;
  union {
    bool boolean_;
    std::int64_t integer_;
    double number_;
    std::string text_;
    // Holds values of all other kinds. The kind `other` is an `opaque`.
    std::shared_ptr<const void> box_;
  };
};

/// A name and its value, as in `{{"question", q}, {"n", 3}}`.
class COROCHAIN_EXPORT Var {
 public:
  Var() = default;
  template <detail::text_like S, class V>
    requires(!std::same_as<V, Dict>)
  Var(const S& name, V value) : name_(std::string_view(name)), value_(std::move(value)) {}
  /// `{"options", {{"a", 1}, {"b", 2}}}`: a Dict within a Dict.
  template <detail::text_like S>
  Var(const S& name, Dict value);

  const std::string& name() const noexcept { return name_; }
  const Value& value() const noexcept { return value_; }

 private:
  friend class Dict;
  std::string name_;
  Value value_;
};

/// The input dictionary: names to values, ordered by name. Later values of a name replace earlier ones.
///
/// Made from one to twelve `{name, value}` pairs, from bare text, from a map, or from a JSON object. Bare
/// text fills a chain whose prompt has one variable; any other chain throws a `PromptError` that names
/// its variables. A JSON object of nlohmann's library needs `corochain/core/dict_json.hpp`. Iterators,
/// pointers and references into a Dict are valid as long as it is unchanged. Distinct objects may be used by
/// distinct threads; const access is safe from several.
class COROCHAIN_EXPORT Dict {
 public:
  /// `for (const auto& [name, value] : dict)`.
  using value_type = std::pair<std::string, Value>;
  using const_iterator = const value_type*;

  Dict();
  Dict(const Dict& other);
  Dict(Dict&& other) noexcept;
  Dict& operator=(const Dict& other);
  Dict& operator=(Dict&& other) noexcept;
  ~Dict();

  template <detail::text_like S>
  Dict(const S& bare_text) : Dict(from_text{}, std::string_view(bare_text)) {}
  /// Copies the values of a map whose keys are texts.
  template <detail::named_values R>
    requires(!std::same_as<R, Dict>)
  Dict(const R& values) : Dict() {
    for (const auto& [name, value] : values) set(std::string(std::string_view(name)), Value(value));
  }
  /// Copies the members of a JSON object. Throws a `PromptError` for any other JSON value.
  template <detail::dumps_itself Json>
    requires(!detail::text_like<Json> && !detail::named_values<Json>)
  Dict(const Json& object) : Dict() {
    static_assert(detail::dict_of_json<Json>::is_known,
                  "corochain: to make a Dict of a JSON object, include <corochain/core/dict_json.hpp>");
    if constexpr (detail::dict_of_json<Json>::is_known) *this = detail::dict_of_json<Json>::from(object);
  }
  Dict(Var a);
  Dict(Var a, Var b);
  Dict(Var a, Var b, Var c);
  Dict(Var a, Var b, Var c, Var d);
  Dict(Var a, Var b, Var c, Var d, Var e, Var f = Var(), Var g = Var(), Var h = Var(), Var i = Var(),
       Var j = Var(), Var k = Var(), Var l = Var());

  /// Adds the value, or replaces the value of that name.
  Dict& set(std::string name, Value value);
  bool erase(std::string_view name);
  bool contains(std::string_view name) const;
  /// The value of that name, or null if there is none.
  const Value* find(std::string_view name) const noexcept;
  /// The value of that name. Throws a `PromptError` that lists the names of the Dict if there is none.
  const Value& at(std::string_view name) const;
  /// As `at`: `dict["name"].get<int>()`. To change a value, call `set`.
  template <detail::text_like S>
  const Value& operator[](const S& name) const {
    return at(std::string_view(name));
  }
  template <class T>
  T get(std::string_view name) const {
    return at(name).template get<T>();
  }
  std::size_t size() const noexcept;
  bool empty() const noexcept { return size() == 0; }
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;
  std::vector<std::string> names() const;
  /// The text that this Dict was made from, or null.
  const std::string* bare_text() const noexcept;
  /// The whole Dict as JSON text. Throws a `PromptError` for a C++ value without a text.
  std::string to_text() const;
  /// Writes `to_text()`, and the type of a C++ value without a text in brackets.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const Dict& dict);

 private:
  struct state;
  struct from_text {};
  Dict(from_text, std::string_view text);
  void add(Var& var);
  state& own();

  // Owned; null while the Dict is empty.
  state* state_ = nullptr;
};

template <detail::text_like S>
Var::Var(const S& name, Dict value) : name_(std::string_view(name)), value_(std::move(value)) {}

template <class T>
constexpr Value::kind Value::kind_of() noexcept {
  return std::same_as<T, bool>           ? kind::boolean
         : std::same_as<T, std::int64_t> ? kind::integer
         : std::same_as<T, double>       ? kind::number
         : std::same_as<T, std::string>  ? kind::text
         : std::same_as<T, List>         ? kind::list
         : std::same_as<T, Dict>         ? kind::dict
         : std::same_as<T, Messages>     ? kind::messages
         : std::same_as<T, AIMessage>    ? kind::ai_message
                                         : kind::other;
}

template <class T>
void Value::assign(T&& value) {
  using V = std::remove_cvref_t<T>;
  if constexpr (kind_of<V>() != kind::other) {
    put(std::move(value));
  } else if constexpr (std::same_as<V, char>) {
    put(std::string_view(&value, 1));
  } else if constexpr (std::integral<V>) {
    if constexpr (std::is_unsigned_v<V> && sizeof(V) >= sizeof(std::int64_t))
      if (value > static_cast<V>(INT64_MAX)) detail::throw_number_too_large();
    put(static_cast<std::int64_t>(value));
  } else if constexpr (std::floating_point<V>) {
    put(static_cast<double>(value));
  } else if constexpr (detail::text_like<V>) {
    put(std::string_view(value));
  } else if constexpr (detail::is_vector<V>) {
    List list;
    list.reserve(value.size());
    for (auto&& element : value) list.emplace_back(typename V::value_type(std::move(element)));
    put(std::move(list));
  } else if constexpr (detail::is_optional<V>) {
    if (value) assign(std::move(*value));
  } else {
    // A constraint would depend on itself through the constructors of pairs, so the test stands here.
    static_assert(detail::can_be_copied<V>::value, "corochain: a value of a Dict must be copyable");
    put_other(new detail::opaque_of<V>(std::move(value)));
  }
}

template <class T>
const T* Value::get_if() const noexcept {
  constexpr kind wanted = kind_of<T>();
  if constexpr (wanted == kind::other)
    return static_cast<const T*>(address_of_other(typeid(T)));
  else
    return static_cast<const T*>(address_of(wanted));
}

template <class T>
T Value::get() const {
  if constexpr (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, std::int64_t>) {
    const auto wide = get<std::int64_t>();
    if (!std::in_range<T>(wide)) detail::throw_number_too_large();
    return static_cast<T>(wide);
  } else {
    if (const T* found = get_if<T>()) return *found;
    if constexpr (std::floating_point<T>) {
      if (kind_ == kind::number) return static_cast<T>(number_);
      if (kind_ == kind::integer) return static_cast<T>(integer_);
    }
    throw_wrong_type(std::floating_point<T> ? kind::number : kind_of<T>(), typeid(T));
  }
}

}  // namespace corochain
