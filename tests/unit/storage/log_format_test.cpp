#include "storage/log_format.hpp"

#include <gtest/gtest.h>

#include <string>

#include "samples.hpp"
#include "storage/batch_encoder.hpp"

namespace bellwether::storage {
namespace {

using test::sample_file;

std::vector<std::byte> bytes_of(const BatchEncoder& batch) {
  std::vector<std::byte> bytes;
  for (const Piece piece : batch.pieces()) bytes.insert(bytes.end(), piece.begin(), piece.end());
  return bytes;
}

std::vector<std::byte> encoded(const replication::Record& record, std::uint64_t position) {
  BatchEncoder batch(sample_file, position, position);
  if (const auto* append = std::get_if<replication::AppendRecord>(&record)) {
    Index index = append->first;
    for (const EntryPtr& entry : append->entries) batch.add_entry(index++, *entry);
    return bytes_of(batch);
  }
  if (const auto* truncate = std::get_if<replication::TruncateRecord>(&record)) {
    batch.add_truncate(truncate->from, 9);
  } else {
    batch.add(record);
  }
  return bytes_of(batch);
}

TEST(LogFormat, AStoredRecordHasTheSizeThatWasCountedForIt) {
  const auto entry = test::batch(1, "hello");
  for (const replication::Record& record :
       {test::promise(4), test::append(1, {entry, test::noop(2)}),
        replication::Record(replication::TruncateRecord{3}),
        replication::Record(replication::DecidedRecord{2}), replication::Record(replication::RemovedRecord{}),
        replication::Record(replication::LostRecord{})}) {
    EXPECT_EQ(encoded(record, 0).size(), stored_bytes(record)) << "kind " << record.index();
  }
}

TEST(LogFormat, EveryBitOfAnOpeningIsGuardedByASum) {
  BatchEncoder batch(sample_file, 1000, 1000);
  Opening opening;
  opening.last = 12;
  batch.add_opening(opening);
  const auto good = bytes_of(batch);
  ASSERT_TRUE(decode_record_header(sample_file, 1000, good));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    auto bytes = good;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_record_header(sample_file, 1000, bytes)) << "bit " << bit;
  }
}

TEST(LogFormat, ARecordIsValidAtItsOwnPlaceOnly) {
  const auto bytes = encoded(test::promise(4), 1000);
  EXPECT_TRUE(decode_record_header(sample_file, 1000, bytes));
  EXPECT_FALSE(decode_record_header(sample_file, 1001, bytes));
  EXPECT_FALSE(decode_record_header(sample_file, 2000, bytes));
}

TEST(LogFormat, ARecordOfAnotherFileIsNotValid) {
  const auto bytes = encoded(test::promise(4), 1000);
  EXPECT_FALSE(decode_record_header(FileId{99}, 1000, bytes));
}

TEST(LogFormat, ARecordThatIsCutShortIsNotValid) {
  const auto bytes = encoded(test::promise(4), 1000);
  for (std::size_t count = 0; count < bytes.size(); ++count) {
    EXPECT_FALSE(decode_record_header(sample_file, 1000, std::span(bytes).first(count))) << count << " bytes";
  }
}

TEST(LogFormat, EveryBitOfAnAppendIsGuardedByASum) {
  const auto good = encoded(test::append(1, {test::batch(1, std::string(200, 'x'))}), 1000);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    auto bytes = good;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    if (!decode_record_header(sample_file, 1000, bytes)) continue;
    const std::string_view payload(reinterpret_cast<const char*>(bytes.data()) + record_header_bytes,
                                   bytes.size() - record_header_bytes);
    EXPECT_FALSE(decode_payload(RecordKind::append, Bytes::copy_of(payload))) << "bit " << bit;
  }
}

// The example of docs/storage.md.
TEST(LogFormat, ADecidedRecordLooksAsTheDocumentShowsIt) {
  const auto bytes = encoded(replication::DecidedRecord{7}, 264);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_EQ(text.substr(0, 24), std::string_view("BWR1\4\0\0\0\10\0\0\0\0\0\0\0\10\1\0\0\0\0\0\0", 24));
  EXPECT_EQ(text.substr(32), std::string_view("\7\0\0\0\0\0\0\0", 8));
}

}  // namespace
}  // namespace bellwether::storage
