#include "medium.hpp"

#include <algorithm>

namespace bellwether::storage::test {
namespace {

constexpr std::uint64_t growth_bytes = 512;  // small, so that every bit of the file can be tried

Result<void> outcome(const std::optional<std::errc>& error) {
  if (error) return failure(*error, "the medium fails as the test asked");
  return {};
}

}  // namespace

class Medium::MediumDisk final : public Disk {
 public:
  explicit MediumDisk(Medium& medium) : medium_(medium) {}

  const std::string& name() const override { return name_; }

  std::uint64_t size() const override {
    const std::scoped_lock lock(medium_.mutex_);
    return medium_.written_.size();
  }

  Result<std::size_t> read(std::uint64_t position, std::span<std::byte> into) override {
    const std::scoped_lock lock(medium_.mutex_);
    const Image& bytes = medium_.written_;
    if (position >= bytes.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(into.size(), bytes.size() - position);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(position), count, into.begin());
    return count;
  }

  Result<void> write(std::uint64_t position, std::span<const Piece> pieces) override {
    const std::scoped_lock lock(medium_.mutex_);
    ++medium_.writes_;
    if (medium_.write_error_) return outcome(medium_.write_error_);
    for (const Piece piece : pieces) {
      if (medium_.written_.size() < position + piece.size()) medium_.written_.resize(position + piece.size());
      std::ranges::copy(piece, medium_.written_.begin() + static_cast<std::ptrdiff_t>(position));
      position += piece.size();
    }
    return {};
  }

  Result<void> reserve(std::uint64_t end) override {
    const std::scoped_lock lock(medium_.mutex_);
    if (end <= medium_.written_.size()) return {};
    if (medium_.reserve_error_) return outcome(medium_.reserve_error_);
    medium_.written_.resize((end + growth_bytes - 1) / growth_bytes * growth_bytes);
    return {};
  }

  Result<void> truncate(std::uint64_t end) override {
    const std::scoped_lock lock(medium_.mutex_);
    medium_.written_.resize(end);
    return {};
  }

  Result<void> sync() override {
    std::unique_lock lock(medium_.mutex_);
    const Image taken = medium_.written_;
    medium_.has_held_sync_ = medium_.holds_syncs_;
    medium_.changed_.notify_all();
    medium_.changed_.wait(lock, [this] { return !medium_.holds_syncs_; });
    medium_.has_held_sync_ = false;
    ++medium_.syncs_;
    if (!medium_.sync_error_) medium_.durable_ = taken;
    return outcome(medium_.sync_error_);
  }

 private:
  Medium& medium_;
  std::string name_ = "data/log";
};

std::unique_ptr<Disk> Medium::disk() { return std::make_unique<MediumDisk>(*this); }

Image Medium::written() const {
  const std::scoped_lock lock(mutex_);
  return written_;
}

Image Medium::durable() const {
  const std::scoped_lock lock(mutex_);
  return durable_;
}

int Medium::writes() const {
  const std::scoped_lock lock(mutex_);
  return writes_;
}

int Medium::syncs() const {
  const std::scoped_lock lock(mutex_);
  return syncs_;
}

void Medium::fail_writes(std::errc error) {
  const std::scoped_lock lock(mutex_);
  write_error_ = error;
}

void Medium::fail_syncs(std::errc error) {
  const std::scoped_lock lock(mutex_);
  sync_error_ = error;
}

void Medium::fail_reserve(std::errc error) {
  const std::scoped_lock lock(mutex_);
  reserve_error_ = error;
}

void Medium::hold_syncs() {
  const std::scoped_lock lock(mutex_);
  holds_syncs_ = true;
}

void Medium::release_syncs() {
  const std::scoped_lock lock(mutex_);
  holds_syncs_ = false;
  changed_.notify_all();
}

void Medium::wait_until_a_sync_is_held() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return has_held_sync_; });
}

}  // namespace bellwether::storage::test
