#include "memory_folder.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::storage::memory {
namespace {

std::ptrdiff_t signed_at(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

// Block `block` of one into the other, as far as it reaches.
void copy_block(const Contents& from, Contents& to, std::size_t block) {
  const std::size_t begin = block * MemoryFolder::block_bytes;
  const std::size_t end = std::min({begin + MemoryFolder::block_bytes, from.size(), to.size()});
  if (begin < end)
    std::copy(from.begin() + signed_at(begin), from.begin() + signed_at(end), to.begin() + signed_at(begin));
}

bool same_block(const Contents& one, const Contents& other, std::size_t block) {
  const std::size_t begin = block * MemoryFolder::block_bytes;
  const std::size_t end = std::min(begin + MemoryFolder::block_bytes, one.size());
  return std::equal(one.begin() + signed_at(begin), one.begin() + signed_at(end),
                    other.begin() + signed_at(begin));
}

}  // namespace

class MemoryFolder::MemoryDisk final : public Disk {
 public:
  MemoryDisk(MemoryFolder& folder, FilePtr file, std::string name)
      : folder_(folder), file_(std::move(file)), name_(std::move(name)) {}

  const std::string& name() const override { return name_; }

  std::uint64_t size() const override {
    const std::scoped_lock lock(folder_.mutex_);
    return file_->written.size();
  }

  Result<std::size_t> read(std::uint64_t position, std::span<std::byte> into) override {
    const std::scoped_lock lock(folder_.mutex_);
    const Contents& bytes = file_->written;
    if (position >= bytes.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(into.size(), bytes.size() - position);
    if (file_->broken && *file_->broken >= position && *file_->broken < position + count)
      return failure(std::errc::io_error, name_ + " cannot be read");
    std::copy_n(bytes.begin() + signed_at(position), count, into.begin());
    return count;
  }

  Result<void> write(std::uint64_t position, std::span<const Piece> pieces) override {
    const std::scoped_lock lock(folder_.mutex_);
    if (counts()) ++folder_.writes_;
    std::size_t end = position;
    for (const Piece piece : pieces) end += piece.size();
    if (auto room = folder_.take_room(*file_, end); !room) return room;
    if (auto begun = folder_.begin_operation(folder_.write_error_); !begun) return begun;
    if (counts() && folder_.misdirects_) {
      folder_.misdirect(pieces);
      return {};
    }
    for (const Piece piece : pieces) {
      folder_.put(*file_, position, piece);
      position += piece.size();
    }
    return {};
  }

  Result<void> reserve(std::uint64_t bytes) override {
    const std::scoped_lock lock(folder_.mutex_);
    if (auto room = folder_.take_room(*file_, bytes); !room) return room;
    if (auto begun = folder_.begin_operation(folder_.reserve_error_); !begun) return begun;
    file_->written.assign(bytes, std::byte{0});
    return {};
  }

  Result<void> write_zeros(std::uint64_t position, std::uint64_t bytes) override {
    const std::scoped_lock lock(folder_.mutex_);
    if (auto begun = folder_.begin_operation({}); !begun) return begun;
    std::fill_n(file_->written.begin() + signed_at(position), bytes, std::byte{0});
    std::fill_n(file_->durable.begin() + signed_at(position), bytes, std::byte{0});
    return {};
  }

  Result<void> sync() override { return folder_.sync_file(file_, counts()); }

 private:
  bool counts() const { return !name_.ends_with(staging_suffix); }

  MemoryFolder& folder_;
  FilePtr file_;
  std::string name_;
};

class MemoryFolder::Handle final : public Folder {
 public:
  explicit Handle(MemoryFolder& folder) : folder_(folder) {}

  const std::string& name() const override { return name_; }

  Result<std::vector<std::string>> list() override {
    const std::scoped_lock lock(folder_.mutex_);
    std::vector<std::string> names;
    for (const auto& [name, file] : folder_.names_) names.push_back(name);
    return names;
  }

  Result<std::unique_ptr<Disk>> open(const std::string& file) override {
    const std::scoped_lock lock(folder_.mutex_);
    const auto found = folder_.names_.find(file);
    if (found == folder_.names_.end()) {
      return failure(std::errc::no_such_file_or_directory, name_ + "/" + file + " is not there");
    }
    return std::make_unique<MemoryDisk>(folder_, found->second, name_ + "/" + file);
  }

  Result<std::unique_ptr<Disk>> create(const std::string& file) override {
    const std::scoped_lock lock(folder_.mutex_);
    if (auto room = folder_.take_room({}, 1); !room) return tl::unexpected(std::move(room.error()));
    if (auto begun = folder_.begin_operation({}); !begun) return tl::unexpected(std::move(begun.error()));
    Names names = folder_.names_;
    names[file] = std::make_shared<File>();
    folder_.change_names(names);
    return std::make_unique<MemoryDisk>(folder_, names[file], name_ + "/" + file);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    const std::scoped_lock lock(folder_.mutex_);
    if (auto begun = folder_.begin_operation({}); !begun) return begun;
    Names names = folder_.names_;
    auto moved = names.extract(from);
    if (moved.empty()) return failure(std::errc::no_such_file_or_directory, from + " is not there");
    names[to] = moved.mapped();
    folder_.change_names(std::move(names));
    return {};
  }

  Result<void> remove(const std::string& file) override {
    const std::scoped_lock lock(folder_.mutex_);
    if (auto begun = folder_.begin_operation({}); !begun) return begun;
    Names names = folder_.names_;
    names.erase(file);
    folder_.change_names(std::move(names));
    return {};
  }

  Result<void> sync() override {
    const std::scoped_lock lock(folder_.mutex_);
    if (auto begun = folder_.begin_operation({}); !begun) return begun;
    folder_.unsynced_names_.clear();
    folder_.durable_names_ = folder_.names_;
    return {};
  }

  std::optional<std::uint64_t> free_bytes() const override { return std::nullopt; }

 private:
  MemoryFolder& folder_;
  std::string name_ = "data/log";
};

MemoryFolder::MemoryFolder(const Image& image) {
  for (const auto& [name, contents] : image) {
    names_[name] =
        std::make_shared<File>(File{.written = contents, .durable = contents, .dirty = {}, .broken = {}});
  }
  durable_names_ = names_;
}

std::unique_ptr<Folder> MemoryFolder::folder() { return std::make_unique<Handle>(*this); }

void MemoryFolder::put(File& file, std::size_t position, Piece piece) {
  if (piece.empty()) return;
  const std::size_t end = position + piece.size();
  if (file.written.size() < end) file.written.resize(end);
  std::ranges::copy(piece, file.written.begin() + signed_at(position));
  for (std::size_t block = position / block_bytes; block * block_bytes < end; ++block)
    file.dirty.insert(block);
}

void MemoryFolder::misdirect(std::span<const Piece> pieces) {
  const auto below = std::exchange(misdirects_, nullptr);
  const auto chosen = std::next(names_.begin(), static_cast<std::ptrdiff_t>(below(names_.size())));
  File& file = *chosen->second;
  if (file.written.empty()) return;
  std::size_t position = below(file.written.size());
  for (const Piece piece : pieces) {
    const std::size_t fits = std::min(piece.size(), file.written.size() - position);
    put(file, position, piece.first(fits));
    position += fits;
  }
}

std::uint64_t MemoryFolder::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, file] : names_) bytes += file->written.size();
  return bytes;
}

Result<void> MemoryFolder::take_room(const File& file, std::size_t size) {
  if (size <= file.written.size()) return {};
  const bool is_full = (room_until_ && operations_ >= *room_until_) ||
                       (capacity_ && used() - file.written.size() + size > *capacity_);
  return is_full ? failure(std::errc::no_space_on_device, "the disk is full as the test asked")
                 : Result<void>();
}

Result<void> MemoryFolder::begin_operation(const std::optional<std::errc>& error) {
  if (power_until_ && operations_ >= *power_until_) return failure(std::errc::io_error, "the power is off");
  if (error) return failure(*error, "the disk fails as the test asked");
  ++operations_;
  return {};
}

void MemoryFolder::change_names(Names names) {
  names_ = std::move(names);
  unsynced_names_.push_back(names_);
}

Result<void> MemoryFolder::sync_file(const FilePtr& file, bool counts) {
  std::unique_lock lock(mutex_);
  const std::set<std::size_t> blocks = std::exchange(file->dirty, {});
  Contents taken;
  taken.resize(file->written.size());
  for (const std::size_t block : blocks) copy_block(file->written, taken, block);
  if (counts) {
    has_held_sync_ = holds_syncs_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !holds_syncs_; });
    has_held_sync_ = false;
    ++syncs_;
  }
  if (auto begun = begin_operation(sync_error_); !begun) {
    // After an error of the disk the system counts them as clean, though they are not on it.
    if (!sync_error_) file->dirty.insert(blocks.begin(), blocks.end());
    return begun;
  }
  file->durable.resize(taken.size());
  for (const std::size_t block : blocks) copy_block(taken, file->durable, block);
  return {};
}

Image MemoryFolder::written() const {
  const std::scoped_lock lock(mutex_);
  Image image;
  for (const auto& [name, file] : names_) image[name] = file->written;
  return image;
}

Image MemoryFolder::durable() const {
  return torn([] { return false; });
}

Image MemoryFolder::torn(const std::function<bool()>& keeps) const {
  const std::scoped_lock lock(mutex_);
  const Names* names = &durable_names_;
  for (const Names& later : unsynced_names_) {
    if (!keeps()) break;
    names = &later;
  }
  Image image;
  for (const auto& [name, file] : *names) {
    Contents contents = file->durable;
    if (contents.size() < file->written.size() && keeps()) contents.resize(file->written.size());
    for (std::size_t block = 0; block * block_bytes < contents.size(); ++block) {
      if (same_block(contents, file->written, block) || !keeps()) continue;
      copy_block(file->written, contents, block);
    }
    image[name] = std::move(contents);
  }
  return image;
}

int MemoryFolder::writes() const {
  const std::scoped_lock lock(mutex_);
  return writes_;
}

int MemoryFolder::syncs() const {
  const std::scoped_lock lock(mutex_);
  return syncs_;
}

int MemoryFolder::operations() const {
  const std::scoped_lock lock(mutex_);
  return operations_;
}

void MemoryFolder::fail_writes(std::errc error) {
  const std::scoped_lock lock(mutex_);
  write_error_ = error;
}

void MemoryFolder::fail_syncs(std::errc error) {
  const std::scoped_lock lock(mutex_);
  sync_error_ = error;
}

void MemoryFolder::fail_reserves(std::optional<std::errc> error) {
  const std::scoped_lock lock(mutex_);
  reserve_error_ = error;
}

void MemoryFolder::set_capacity(std::optional<std::uint64_t> bytes) {
  const std::scoped_lock lock(mutex_);
  capacity_ = bytes;
  room_until_.reset();
}

void MemoryFolder::misdirect_next_write(std::function<std::uint64_t(std::uint64_t)> below) {
  const std::scoped_lock lock(mutex_);
  misdirects_ = std::move(below);
}

void MemoryFolder::give_up(const std::string& file, std::size_t byte) {
  const std::scoped_lock lock(mutex_);
  names_.at(file)->broken = byte;
}

bool MemoryFolder::has_misdirected() const {
  const std::scoped_lock lock(mutex_);
  return misdirects_ == nullptr;
}

void MemoryFolder::fill_up_at(int operation) {
  const std::scoped_lock lock(mutex_);
  room_until_ = operation;
}

void MemoryFolder::cut_power_at(int operation) {
  const std::scoped_lock lock(mutex_);
  power_until_ = operation;
}

void MemoryFolder::restart_process() {
  const std::scoped_lock lock(mutex_);
  power_until_.reset();
}

void MemoryFolder::hold_syncs() {
  const std::scoped_lock lock(mutex_);
  holds_syncs_ = true;
}

void MemoryFolder::release_syncs() {
  const std::scoped_lock lock(mutex_);
  holds_syncs_ = false;
  changed_.notify_all();
}

void MemoryFolder::wait_until_a_sync_is_held() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return has_held_sync_; });
}

}  // namespace bellwether::storage::memory
