#include "storage/data_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>

#include "memory_folder.hpp"
#include "samples.hpp"
#include "storage/identity_file.hpp"

namespace bellwether::storage {
namespace {

namespace fs = std::filesystem;

Identity sample() {
  return {.cluster = "c-1",
          .key = "secret",
          .token = "token",
          .id = NodeId{3},
          .epoch = 2,
          .membership = Membership::left,
          .contacts = {{NodeId{1}, "127.0.0.1:8001"}, {NodeId{2}, "host:8002"}}};
}

void expect_equal(const Identity& one, const Identity& other) {
  EXPECT_EQ(one.cluster, other.cluster);
  EXPECT_EQ(one.key, other.key);
  EXPECT_EQ(one.token, other.token);
  EXPECT_EQ(one.id, other.id);
  EXPECT_EQ(one.epoch, other.epoch);
  EXPECT_EQ(one.membership, other.membership);
  EXPECT_EQ(one.contacts, other.contacts);
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

class DataDirectoryTest : public testing::Test {
 protected:
  test::TemporaryDirectory temporary;
  fs::path path = temporary.path() / "deep" / "data";
};

TEST_F(DataDirectoryTest, IsCreatedForItsOwnerOnly) {
  const auto directory = DataDirectory::open(path);
  ASSERT_TRUE(directory) << directory.error().what;
  EXPECT_EQ(mode_of(path), 0700u);
}

TEST_F(DataDirectoryTest, ASecondOpenIsRefusedNamingTheHolder) {
  const auto first = DataDirectory::open(path);
  const auto second = DataDirectory::open(path);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find(path.string()), std::string::npos) << second.error().what;
  EXPECT_NE(second.error().what.find("process " + std::to_string(::getpid())), std::string::npos);
}

TEST_F(DataDirectoryTest, IsFreeAgainWhenItsHolderIsGone) {
  { const auto first = DataDirectory::open(path); }
  EXPECT_TRUE(DataDirectory::open(path));
}

TEST_F(DataDirectoryTest, AMovedDirectoryKeepsItsLock) {
  auto first = DataDirectory::open(path);
  const DataDirectory moved = *std::move(first);
  EXPECT_FALSE(DataDirectory::open(path));
}

TEST_F(DataDirectoryTest, ATrailingSlashNamesTheSameDirectory) {
  const auto first = DataDirectory::open(path / "");
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(first->path(), path);
}

TEST_F(DataDirectoryTest, ANewOneHasNoIdentity) {
  const auto directory = DataDirectory::open(path);
  const auto identity = directory->read_identity();
  ASSERT_TRUE(identity);
  EXPECT_FALSE(identity->has_value());
}

TEST_F(DataDirectoryTest, TheIdentityComesBackAsWritten) {
  auto directory = DataDirectory::open(path);
  ASSERT_TRUE(directory->write_identity({}));
  ASSERT_TRUE(directory->write_identity(sample()));
  const auto identity = directory->read_identity();
  ASSERT_TRUE(identity) << identity.error().what;
  ASSERT_TRUE(identity->has_value());
  expect_equal(**identity, sample());
}

TEST_F(DataDirectoryTest, TheIdentityIsReadableByItsOwnerOnly) {
  auto directory = DataDirectory::open(path);
  ASSERT_TRUE(directory->write_identity(sample()));
  EXPECT_EQ(mode_of(path / "identity.json"), 0600u);
}

TEST_F(DataDirectoryTest, ADamagedIdentityIsNamedWithTheNextStep) {
  const auto directory = DataDirectory::open(path);
  std::ofstream(path / "identity.json") << "{\"id\": 3";
  const auto identity = directory->read_identity();
  ASSERT_FALSE(identity);
  EXPECT_NE(identity.error().what.find((path / "identity.json").string()), std::string::npos);
}

// What is in the directory of a node that begins a rejoin: a log and an identity, each with a text of its own.
class RejoinTest : public DataDirectoryTest {
 protected:
  void SetUp() override {
    directory.emplace(*DataDirectory::open(path));
    write(directory->log_path() / "segment", "old log");
    write(path / "identity.json", "old identity");
    rejoin.aside = directory->free_aside_name(rejoin.old);
    ASSERT_TRUE(directory->begin_rejoin(rejoin));
  }

  static void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  static std::string read(const fs::path& file) { return read_whole_file(file).value_or("none"); }

  void expect_moved() const {
    EXPECT_EQ(read(path / "aside-3-1" / "log" / "segment"), "old log");
    EXPECT_EQ(read(path / "aside-3-1" / "identity.json"), "old identity");
    EXPECT_FALSE(fs::exists(directory->log_path()));
    EXPECT_FALSE(fs::exists(path / "identity.json"));
  }

  std::optional<DataDirectory> directory;
  Rejoin rejoin{
      .token = "t", .old = NodeId{3}, .cluster = "c", .contacts = {{NodeId{1}, "h:1"}}, .aside = {}};
};

TEST_F(RejoinTest, ComesBackAsItWasBegunUntilItIsOver) {
  const auto begun = directory->read_rejoin();
  ASSERT_TRUE(begun && begun->has_value());
  EXPECT_EQ((*begun)->token, "t");
  EXPECT_EQ((*begun)->old, NodeId{3});
  EXPECT_EQ((*begun)->cluster, "c");
  EXPECT_EQ((*begun)->contacts, rejoin.contacts);
  EXPECT_EQ((*begun)->aside, "aside-3-1");
  ASSERT_TRUE(directory->end_rejoin());
  EXPECT_FALSE(directory->read_rejoin()->has_value());
}

TEST_F(RejoinTest, KeepsWhatWasThere) {
  const auto aside = directory->set_contents_aside(rejoin);
  ASSERT_TRUE(aside) << aside.error().what;
  EXPECT_EQ(*aside, path / "aside-3-1");
  expect_moved();
}

TEST_F(RejoinTest, GoesOnWhereItWasCutShort) {
  fs::create_directory(path / "aside-3-1");
  ASSERT_TRUE(directory->set_contents_aside(rejoin));
  expect_moved();
  fs::rename(path / "aside-3-1" / "identity.json", path / "identity.json");  // the log alone was moved
  ASSERT_TRUE(directory->set_contents_aside(rejoin));
  expect_moved();
}

TEST_F(RejoinTest, RemovesTheLogThatItMadeItselfAndNoOther) {
  ASSERT_TRUE(directory->set_contents_aside(rejoin));
  write(directory->log_path() / "segment", "empty, of the new member");
  ASSERT_TRUE(directory->set_contents_aside(rejoin));
  expect_moved();
}

TEST_F(RejoinTest, OfADirectoryWithoutALogKeepsTheRest) {
  fs::remove_all(directory->log_path());
  ASSERT_TRUE(directory->set_contents_aside(rejoin));
  EXPECT_EQ(read(path / "aside-3-1" / "identity.json"), "old identity");
}

TEST_F(RejoinTest, ASecondOneHasAFolderOfItsOwn) {
  ASSERT_TRUE(directory->set_contents_aside(rejoin));
  EXPECT_EQ(directory->free_aside_name(NodeId{3}), "aside-3-2");
  EXPECT_EQ(directory->free_aside_name(nobody), "aside-unknown-1");
}

TEST_F(RejoinTest, FilesThatCannotBeReadAreFoundByLooking) {
  ASSERT_TRUE(directory->write_identity(sample()));
  EXPECT_TRUE(verify_names(path).empty());
  write(path / "rejoin.json", "{}");
  write(path / "identity.json", "[]");
  EXPECT_EQ(verify_names(path).size(), 2u);
  fs::remove(path / "rejoin.json");
  fs::remove(path / "identity.json");
  EXPECT_EQ(verify_names(path).size(), 1u);  // only one of them has to be there
}

TEST_F(RejoinTest, ADamagedNoteOfItIsNamed) {
  write(path / "rejoin.json", "{}");
  const auto begun = directory->read_rejoin();
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, std::errc::bad_message);
  EXPECT_NE(begun.error().what.find((path / "rejoin.json").string()), std::string::npos);
}

// A node wrote its identity and was killed before the directory was synced; the next one went on with that
// identity, voted, and then the power went.
TEST(SmallText, ThatWasReadIsNotGoneAfterAPowerCut) {
  memory::MemoryFolder files;
  const auto folder = files.folder();
  constexpr int until_renamed = 4;  // made, written, synced, renamed
  files.cut_power_at(files.operations() + until_renamed);
  ASSERT_FALSE(replace_text(*folder, "identity.json", "who it is"));
  files.restart_process();
  ASSERT_FALSE(files.durable().contains("identity.json"));
  const auto read = read_text(*files.folder(), "identity.json");
  ASSERT_TRUE(read && read->has_value());
  EXPECT_EQ(**read, "who it is");
  EXPECT_TRUE(files.durable().contains("identity.json"));
}

TEST(SmallText, ThatIsNotThereIsNoError) {
  memory::MemoryFolder files;
  const auto read = read_text(*files.folder(), "identity.json");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->has_value());
}

TEST_F(DataDirectoryTest, SettingItAsideLeavesANewLockedOneInItsPlace) {
  auto directory = DataDirectory::open(path);
  ASSERT_TRUE(directory->write_identity(sample()));
  const auto aside = directory->set_aside("left");
  ASSERT_TRUE(aside) << aside.error().what;
  EXPECT_EQ(*aside, path.string() + ".left");
  EXPECT_TRUE(fs::exists(*aside / "identity.json"));
  EXPECT_FALSE(directory->read_identity()->has_value());
  EXPECT_FALSE(DataDirectory::open(path)) << "the new directory is not locked";
  EXPECT_TRUE(DataDirectory::open(*aside)) << "the old directory is still locked";
}

TEST_F(DataDirectoryTest, SettingItAsideTwiceKeepsBoth) {
  auto directory = DataDirectory::open(path);
  EXPECT_EQ(*directory->set_aside("left"), path.string() + ".left");
  EXPECT_EQ(*directory->set_aside("left"), path.string() + ".left.2");
}

TEST_F(DataDirectoryTest, SettingItAsideTakesNoDirectoryOfSomebodyElseForTheNewOne) {
  auto directory = DataDirectory::open(path);
  fs::create_directory(path.string() + ".new");
  std::ofstream(path.string() + ".new/log") << "somebody's";
  ASSERT_TRUE(directory->set_aside("left"));
  EXPECT_FALSE(fs::exists(directory->log_path()));
}

TEST(IdentityFile, AChangedCharacterIsNeverTakenForAnotherIdentity) {
  const std::string good = encode_identity(sample());
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string text = good;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    const auto identity = decode_identity(text);
    if (identity) expect_equal(*identity, sample());  // a changed space between two fields
  }
}

TEST(IdentityFile, EveryPartOfTheTextIsNeeded) {
  const std::string good = encode_identity(sample());
  for (std::size_t count = 0; count + 2 < good.size(); ++count) {
    EXPECT_FALSE(decode_identity(good.substr(0, count))) << count << " bytes";
  }
}

TEST(IdentityFile, OtherJsonIsRefused) {
  for (const char* text :
       {"", "[]", "7", "{}", R"({"format":1})", R"({"format":"1","sum":2})", R"({"format":2,"sum":2})"}) {
    EXPECT_FALSE(decode_identity(text)) << text;
  }
}

}  // namespace
}  // namespace bellwether::storage
