#include "node/rejoining.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "storage/inspection.hpp"
#include "storage/posix_folder.hpp"

namespace bellwether::node {
namespace {

storage::PosixFolder log_to_read(const storage::DataDirectory& directory) {
  return storage::PosixFolder(directory.log_path(), storage::PosixFolder::Access::read_only);
}

}  // namespace

bool is_damage(const Error& error) {
  return error.code == std::errc::bad_message || error.code == std::errc::no_such_file_or_directory ||
         error.code == std::errc::io_error;
}

std::string with_way_out(const Error& damage) {
  return damage.what +
         ". This node must not vote any more as who it was, and does not start. If a majority of its cluster "
         "runs without it, start it with --rejoin: it keeps what is in its directory in a folder there and "
         "joins "
         "as a new member in the place of the old one, which gets everything from the others. If it was the "
         "only "
         "member, its directory is the only copy, and --rejoin cannot help";
}

Result<void> check_log_of_nobody(const storage::DataDirectory& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory.log_path(), error)) return {};
  auto folder = log_to_read(directory);
  const auto found = storage::inspect_log(folder);
  if (found.segments.empty() && found.checkpoints.empty()) {
    const auto names = folder.list();  // a damaged segment is not among those found
    if (names &&
        !std::ranges::any_of(*names, [](const std::string& name) { return name.ends_with(".segment"); }))
      return {};
  }
  // A start that was cut short leaves nothing, or the entry that founds a cluster.
  const bool is_unfinished = found.problem.empty() && found.reading && found.reading->state.last() <= 1 &&
                             found.reading->state.promised().round <= 1;
  if (is_unfinished) return {};
  return failure(std::errc::bad_message, "cannot tell who this node is: " + directory.path().string() +
                                             " holds a log that was in use, and identity.json is missing");
}

Result<void> check_whole_log(const storage::DataDirectory& directory) {
  auto folder = log_to_read(directory);
  return storage::check_log(folder);
}

Result<storage::Rejoin> begin_rejoin(storage::DataDirectory& directory,
                                     const std::optional<storage::Identity>& old, const std::string& token) {
  storage::Rejoin rejoin;
  rejoin.token = token;
  if (old) {
    rejoin.old = old->id;
    rejoin.cluster = old->cluster;
    rejoin.contacts = old->contacts;
  }
  rejoin.aside = directory.free_aside_name(rejoin.old);
  if (auto begun = directory.begin_rejoin(rejoin); !begun) return tl::unexpected(std::move(begun.error()));
  return rejoin;
}

Result<storage::Rejoin> begin_rejoin_into(storage::DataDirectory& directory, const storage::Identity& old,
                                          const Successor& successor, const std::string& token) {
  storage::Rejoin rejoin;
  rejoin.token = token;
  rejoin.cluster = successor.cluster;
  rejoin.contacts = {{successor.member.id, successor.member.address}};
  rejoin.aside = directory.free_aside_name(old.id);
  if (auto begun = directory.begin_rejoin(rejoin); !begun) return tl::unexpected(std::move(begun.error()));
  return rejoin;
}

}  // namespace bellwether::node
