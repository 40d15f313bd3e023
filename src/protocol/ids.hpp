// protocol/ids.hpp: the numbers that name things. Ids that must not be mixed up are types of their own.
#pragma once

#include <compare>
#include <cstdint>

namespace bellwether {

enum class NodeId : std::uint64_t {};      // 1, 2, 3, ... given out by the log, never reused; 0 = nobody
enum class ProducerId : std::uint64_t {};  // epoch * 2^40 + index of its reg entry; 0 = no producer

using Index = std::uint64_t;         // position of an entry in the log, from 1; 0 = before the first
using Offset = std::uint64_t;        // number of a message, from 0
using Sequence = std::uint64_t;      // number of a group within its producer, from 1
using RecordNumber = std::uint64_t;  // position of a record in one node's write-ahead order, from 1

constexpr NodeId nobody{0};
constexpr ProducerId no_producer{0};

constexpr std::uint64_t number(NodeId id) { return static_cast<std::uint64_t>(id); }
constexpr std::uint64_t number(ProducerId id) { return static_cast<std::uint64_t>(id); }

}  // namespace bellwether
