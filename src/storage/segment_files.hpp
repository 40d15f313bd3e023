// storage/segment_files.hpp: the segments' bytes as the reader thread sees them: a few files kept open, and
// the pieces read last kept in memory, so that readers which follow one another read each byte once.
// Bounds:  files_max files; pieces_bytes_max of pieces, or one piece that is larger.
// Errors:  a file that cannot be opened or read.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/disk.hpp"
#include "storage/folder.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

class SegmentFiles {
 public:
  static constexpr std::size_t files_max = 16;
  static constexpr std::size_t piece_bytes = 1024 * 1024;
  static constexpr std::size_t pieces_bytes_max = 16 * 1024 * 1024;

  explicit SegmentFiles(Folder& folder) : folder_(folder) {}

  // `count` bytes of the file from `position` on, fewer at `end`: what is before it never changes any more.
  Result<Bytes> view(const SegmentHeader& segment, std::uint64_t position, std::size_t count,
                     std::uint64_t end);

  void forget_before(std::uint64_t segment);  // lets go of those files and their bytes

 private:
  struct File {
    std::uint64_t number;
    std::unique_ptr<Disk> disk;
  };
  struct Piece {
    std::uint64_t number;
    std::uint64_t from;
    Bytes bytes;
  };

  Result<Disk*> file(std::uint64_t number);
  Result<Bytes> read(const SegmentHeader& segment, std::uint64_t position, std::size_t count);
  void keep(Piece piece);

  Folder& folder_;
  std::list<File> files_;    // the one used last first
  std::list<Piece> pieces_;  // likewise
  std::size_t pieces_bytes_ = 0;
};

}  // namespace bellwether::storage
