// storage/disk.hpp: one file as the log sees it: bytes at positions, and a sync that makes them durable.
// Small on purpose, so that a test can put a disk in its place that fails, hangs or forgets what was not
// synced.
// Errors:  of the system, with the file's name in `what`. After a failed write or sync nothing in the file is
//          certain.
// Threads: read() may run at the same time as any other member; the others are called by one thread at a
//          time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"

namespace bellwether::storage {

using Piece = std::span<const std::byte>;

class Disk {
 public:
  virtual ~Disk() = default;

  virtual const std::string& name() const = 0;  // for messages to a person
  virtual std::uint64_t size() const = 0;

  // Fills `into` from `position` on; less only at the end of the file.
  virtual Result<std::size_t> read(std::uint64_t position, std::span<std::byte> into) = 0;

  // Writes the pieces one behind the other. Durable after the next sync().
  virtual Result<void> write(std::uint64_t position, std::span<const Piece> pieces) = 0;

  // Makes an empty file one of so many bytes that read as zeros and have their blocks. Durable after sync().
  virtual Result<void> reserve(std::uint64_t bytes) = 0;

  // Writes zeros down where reserve() only promised them, durably: later syncs of what is written there are
  // cheaper.
  virtual Result<void> write_zeros(std::uint64_t position, std::uint64_t bytes) = 0;

  virtual Result<void>
  sync() = 0;  // all that was written before is durable when it returns; never repeat a failed one

  // Gives back the memory in which the system keeps what is durable of this file. A hint: reads are slower then, nothing
  // else changes.
  virtual void drop_cached() {}
};

}  // namespace bellwether::storage
