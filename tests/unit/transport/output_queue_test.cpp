#include "transport/output_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bellwether::transport {
namespace {

EncodedPacket packet(std::string header, const std::string& body = {}) {
  EncodedPacket encoded;
  encoded.header = std::move(header);
  if (!body.empty()) encoded.body.push_back(Bytes::copy_of(body));
  return encoded;
}

std::string text_of(std::span<const asio::const_buffer> buffers) {
  std::string text;
  for (const auto& buffer : buffers) text.append(static_cast<const char*>(buffer.data()), buffer.size());
  return text;
}

TEST(OutputQueue, SmallPacketsShareOneBuffer) {
  OutputQueue queue;
  for (int i = 0; i < 1'000; ++i) queue.push(packet("line\n"));
  const auto buffers = queue.take_buffers();
  EXPECT_EQ(buffers.size(), 1U);
  EXPECT_EQ(buffers[0].size(), 5'000U);
}

TEST(OutputQueue, ALargeBodyIsNotCopied) {
  OutputQueue queue;
  EncodedPacket encoded = packet("head\n", std::string(100'000, 'x'));
  const void* const data = encoded.body[0].data();
  queue.push(std::move(encoded));
  const auto buffers = queue.take_buffers();
  ASSERT_EQ(buffers.size(), 2U);
  EXPECT_EQ(buffers[1].data(), data);
}

TEST(OutputQueue, WhatIsBeingWrittenStaysInPlaceWhileMoreIsPushed) {
  OutputQueue queue;
  queue.push(packet("first\n"));
  const auto buffers = queue.take_buffers();
  const std::string before = text_of(buffers);
  for (int i = 0; i < 10'000; ++i) queue.push(packet("more\n"));
  EXPECT_EQ(text_of(buffers), before);
  queue.written(before.size());
  EXPECT_TRUE(text_of(queue.take_buffers()).starts_with("more\n"));
}

// Whatever part of it each write takes, the stream is the packets one after the other.
TEST(OutputQueue, PartialWritesLoseAndRepeatNothing) {
  OutputQueue queue;
  std::string expected;
  std::string written;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string header = "packet " + std::to_string(i) + "\n";
    const std::string body(i * 37 % 2'000, static_cast<char>('a' + i % 26));
    expected += header + body;
    queue.push(packet(header, body));
    const std::string all = text_of(queue.take_buffers());
    const std::size_t taken = all.size() * (i % 7) / 7;
    written += all.substr(0, taken);
    queue.written(taken);
    EXPECT_EQ(queue.bytes(), expected.size() - written.size());
  }
  while (!queue.is_empty()) {
    const std::string all = text_of(queue.take_buffers());
    written += all;
    queue.written(all.size());
  }
  EXPECT_EQ(written, expected);
  EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace bellwether::transport
