#include "transport/connection.hpp"

#include "fixture.hpp"

namespace bellwether::transport {
namespace {

using ConnectionTest = TransportTest;

Packet appended(Offset offset) {
  Appended answer;
  answer.offset = offset;
  return answer;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

constexpr std::string_view append = "{\"type\":\"append\",\"message\":\"hello\"}\n";

TEST_F(ConnectionTest, AnswersLeaveInTheOrderOfTheRequests) {
  listen();
  RawClient client = connect();
  client.send(repeated(append, 3));
  ASSERT_TRUE(run_until_received(3));
  const auto connection = handler.received[0].connection;
  for (const std::size_t i : {2U, 0U, 1U}) connection->answer(handler.received[i].slot, appended(100 + i));
  ASSERT_TRUE(client.wait_for("102"));
  EXPECT_LT(client.text.find("100"), client.text.find("101"));
  EXPECT_LT(client.text.find("101"), client.text.find("102"));
}

TEST_F(ConnectionTest, AnAnswerRepeatsTheIdOfItsRequest) {
  listen();
  RawClient client = connect();
  client.send(
      "{\"type\":\"append\",\"message\":\"a\",\"id\":\"first\"}\n{\"type\":\"append\",\"message\":\"b\","
      "\"id\":2}\n");
  ASSERT_TRUE(run_until_received(2));
  handler.received[0].connection->answer(1, appended(8));
  handler.received[0].connection->answer(0, appended(7));
  ASSERT_TRUE(run([&] { return client.poll(), client.lines() == 2; }));
  const std::string first_line = client.text.substr(0, client.text.find('\n'));
  EXPECT_NE(first_line.find("\"id\":\"first\""), std::string::npos) << client.text;
  EXPECT_NE(client.text.find("\"id\":2"), std::string::npos) << client.text;
}

TEST_F(ConnectionTest, AStreamOfPartsKeepsItsSlotUntilTheLast) {
  listen();
  RawClient client = connect();
  client.send("{\"type\":\"tail\",\"from\":0}\n" + std::string(append));
  ASSERT_TRUE(run_until_received(2));
  const auto connection = handler.received[0].connection;
  connection->answer(1, appended(99));
  connection->answer_part(0, appended(1));
  connection->answer_part(0, appended(2));
  connection->answer(0, End{3, "caught-up"});
  ASSERT_TRUE(client.wait_for("99"));
  EXPECT_LT(client.text.find("caught-up"), client.text.find("99"));
}

TEST_F(ConnectionTest, ASlotWithoutAnswerHoldsNothingBack) {
  listen();
  RawClient client = connect();
  client.send(repeated(append, 2));
  ASSERT_TRUE(run_until_received(2));
  const auto connection = handler.received[0].connection;
  connection->answer(1, appended(99));
  connection->no_answer(0);
  EXPECT_TRUE(client.wait_for("99"));
}

TEST_F(ConnectionTest, AHalfClosedConnectionGetsAllItsAnswersAndIsThenClosed) {
  listen();
  RawClient client = connect();
  client.send(repeated(append, 3));
  client.end_output();
  ASSERT_TRUE(run_until_received(3));
  for (std::uint64_t slot = 0; slot < 3; ++slot) handler.received[0].connection->answer(slot, appended(slot));
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_TRUE(client.has_ended);
  EXPECT_EQ(client.lines(), 3U);
  EXPECT_TRUE(run([&] { return handler.closed == 1; }));
  EXPECT_EQ(listener->connections(), 0U);
}

TEST_F(ConnectionTest, AHalfClosedConnectionKeepsItsOpenStream) {
  listen();
  RawClient client = connect();
  client.send("{\"type\":\"tail\",\"from\":0,\"follow\":true}\n");
  client.end_output();
  ASSERT_TRUE(run_until_received(1));
  const auto connection = handler.received[0].connection;
  connection->answer_part(0, appended(41));
  ASSERT_TRUE(client.wait_for("41"));
  connection->answer_part(0, appended(42));
  ASSERT_TRUE(client.wait_for("42"));
  EXPECT_TRUE(connection->is_open());
  connection->answer(0, End{43, "leaving"});
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(ConnectionTest, AnEndInTheMiddleOfAPacketIsAnsweredWithWhatIsMissing) {
  listen();
  RawClient client = connect();
  client.send("{\"type\":\"status\"}");
  client.end_output();
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_NE(client.text.find("bad-packet"), std::string::npos);
  EXPECT_NE(client.text.find("line break"), std::string::npos);
}

TEST_F(ConnectionTest, ABadPacketIsAnsweredAtItsPlaceAndTheNextOneIsTaken) {
  listen();
  RawClient client = connect();
  client.send(std::string(append) + "{\"type\":\"nonsense\",\"id\":5}\n" + std::string(append));
  ASSERT_TRUE(run_until_received(2));
  const auto connection = handler.received[0].connection;
  connection->answer(handler.received[1].slot, appended(202));
  connection->answer(handler.received[0].slot, appended(200));
  ASSERT_TRUE(client.wait_for("202"));
  EXPECT_LT(client.text.find("200"), client.text.find("unknown-type"));
  EXPECT_LT(client.text.find("unknown-type"), client.text.find("202"));
  EXPECT_NE(client.text.find("\"id\":5"), std::string::npos);
  EXPECT_EQ(handler.refused, (std::vector<ErrorCode>{ErrorCode::unknown_type}));
}

TEST_F(ConnectionTest, AnOverlongLineIsAnsweredAndEndsTheConnectionAfterTheAnswersOwed) {
  listen();
  RawClient client = connect();
  client.send(append);
  client.send("{\"x\":\"" + std::string(200'000, 'x'));
  ASSERT_TRUE(run_until_received(1));
  handler.received[0].connection->answer(0, appended(55));
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_TRUE(client.has_ended) << "a reset may lose the answer";
  EXPECT_LT(client.text.find("55"), client.text.find("too-large")) << client.text;
  client.close();
  EXPECT_TRUE(run([&] { return handler.closed == 1; }));
}

TEST_F(ConnectionTest, TenThousandPipelinedAppendsAreAllAnsweredInOrder) {
  listen();
  std::uint64_t next = 1'000'000;
  handler.react = [&](const Received& request) {
    request.connection->answer(request.slot, appended(next++));
  };
  RawClient client = connect();
  client.send(repeated(append, 10'000));
  client.end_output();
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_EQ(client.lines(), 10'000U);
  EXPECT_LT(handler.batches, 5'000) << "packets that arrive together are one batch";
  std::size_t at = 0;
  for (std::uint64_t offset = 1'000'000; offset < 1'010'000; ++offset) {
    at = client.text.find(std::to_string(offset), at);
    ASSERT_NE(at, std::string::npos) << offset;
  }
}

TEST_F(ConnectionTest, ASlowReaderIsPausedAndTheOthersAreNot) {
  limits.output_bytes_pause = 256 * 1024;
  listen();
  const std::string large(16 * 1024, 'x');
  handler.react = [&](const Received& request) {
    request.connection->answer(request.slot, TextMessage{0, large});
  };
  RawClient slow = connect();
  slow.send(repeated(append, 2'000));  // 32 MiB of answers, far more than the system takes in
  ASSERT_TRUE(run_until_received(1));
  const auto connection = handler.received[0].connection;
  ASSERT_TRUE(run([&] { return connection->output_bytes() > limits.output_bytes_pause; }));
  EXPECT_LT(handler.received.size(), 2'000U);

  RawClient quick = connect();
  quick.send(append);
  EXPECT_TRUE(quick.wait_for("\n"));
  EXPECT_LT(connection->output_bytes(), limits.output_bytes_pause + 2 * large.size());
  EXPECT_TRUE(run([&] { return slow.poll(), slow.lines() == 2'000; }));
}

TEST_F(ConnectionTest, AQueueAboveTheLimitClosesTheConnection) {
  limits.output_bytes_max = 1024 * 1024;
  listen();
  RawClient client = connect();
  client.send("{\"type\":\"tail\",\"from\":0}\n");
  ASSERT_TRUE(run_until_received(1));
  const auto connection = handler.received[0].connection;
  const TextMessage part{0, std::string(64 * 1024, 'x')};
  for (int i = 0; i < 100; ++i) connection->answer_part(0, part);
  EXPECT_FALSE(connection->is_open());
  EXPECT_TRUE(run([&] { return handler.closed == 1; }));
}

TEST_F(ConnectionTest, AFallBelowThePauseIsReportedToTheHandler) {
  limits.output_bytes_pause = 64 * 1024;
  listen();
  RawClient client = connect();
  client.send("{\"type\":\"tail\",\"from\":0}\n");
  ASSERT_TRUE(run_until_received(1));
  const auto connection = handler.received[0].connection;
  int drained = 0;
  connection->on_output_drained = [&] { ++drained; };
  connection->answer_part(0, TextMessage{0, std::string(8 * 1024 * 1024, 'x')});
  EXPECT_TRUE(run([&] { return client.poll(), drained == 1; }));
}

TEST_F(ConnectionTest, TooManyRequestsWithoutAnswerPauseTheReadingOnly) {
  limits.requests_outstanding_max = 10;
  listen();
  RawClient client = connect();
  client.send(repeated(append, 100));
  ASSERT_TRUE(run_until_received(11));
  RawClient other = connect();
  other.send(append);
  ASSERT_TRUE(run_until_received(12));
  EXPECT_EQ(handler.received.size(), 12U);
  handler.react = [&](const Received& request) { request.connection->answer(request.slot, appended(0)); };
  for (std::size_t i = 0; i < 11; ++i) {
    const Received request = handler.received[i];
    request.connection->answer(request.slot, appended(0));
  }
  EXPECT_TRUE(run([&] { return client.poll(), client.lines() == 100; }));
}

TEST_F(ConnectionTest, AClientThatSaysNothingAndWaitsForNothingIsClosed) {
  limits.idle_within = milliseconds(60);
  listen();
  RawClient client = connect();
  handler.react = [&](const Received& request) { request.connection->answer(request.slot, appended(0)); };
  client.send(append);
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(ConnectionTest, AClientThatWaitsForAnAnswerIsNotIdle) {
  limits.idle_within = milliseconds(20);
  listen();
  RawClient waiting = connect();
  waiting.send(append);
  ASSERT_TRUE(run_until_received(1));
  RawClient idle = connect();
  idle.send("{}\n");
  ASSERT_TRUE(idle.wait_for_end());
  EXPECT_TRUE(handler.received[0].connection->is_open());
}

TEST_F(ConnectionTest, APacketThatTakesTooLongClosesTheConnection) {
  limits.packet_within = milliseconds(60);
  listen();
  RawClient client = connect();
  client.send("{\"type\":");
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(ConnectionTest, AReaderThatTakesNothingIsClosedAfterItsTime) {
  limits.write_within = milliseconds(60);
  listen();
  RawClient client = connect();
  client.send("{\"type\":\"tail\",\"from\":0}\n");
  ASSERT_TRUE(run_until_received(1));
  handler.received[0].connection->answer_part(0, TextMessage{0, std::string(16 * 1024 * 1024, 'x')});
  EXPECT_TRUE(run([&] { return handler.closed == 1; }));
}

TEST_F(ConnectionTest, TheHandlerMayCloseFromWithinItsCalls) {
  listen();
  handler.react = [](const Received& request) { request.connection->close(); };
  RawClient client = connect();
  client.send(repeated(append, 100));
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_TRUE(run([&] { return handler.closed == 1; }));
  EXPECT_EQ(handler.received.size(), 1U);
  handler.received[0].connection->answer(0, appended(0));  // too late, and harmless
}

TEST_F(ConnectionTest, CloseAfterOutputSendsWhatIsAnsweredAndTakesNothingMore) {
  listen();
  handler.react = [](const Received& request) {
    request.connection->answer(request.slot, appended(77));
    request.connection->close_after_output();
  };
  RawClient client = connect();
  client.send(repeated(append, 100));
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_TRUE(client.has_ended);
  EXPECT_EQ(client.lines(), 1U);
  EXPECT_EQ(handler.received.size(), 1U);
}

TEST_F(ConnectionTest, CloseAfterOutputDoesNotWaitForRequestsWithoutAnswer) {
  listen();
  RawClient client = connect();
  client.send(repeated(append, 3));
  ASSERT_TRUE(run_until_received(3));
  const auto connection = handler.received[0].connection;
  connection->answer(1, appended(2));
  connection->close_after_output();
  connection->answer(2, appended(3));  // abandoned
  connection->answer(0, appended(1));
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_EQ(client.lines(), 2U);
}

TEST_F(ConnectionTest, AnOtherEndThatDoesNotCloseIsClosedAfterALittle) {
  limits.linger_within = milliseconds(50);
  listen();
  handler.react = [](const Received& request) { request.connection->close_after_output(); };
  RawClient client = connect();
  client.send(append);
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_TRUE(run([&] { return handler.closed == 1; }));
}

TEST_F(ConnectionTest, AResetConnectionIsClosedAndAnsweringItIsHarmless) {
  listen();
  RawClient client = connect();
  client.send(append);
  ASSERT_TRUE(run_until_received(1));
  client.reset();
  ASSERT_TRUE(run([&] { return handler.closed == 1; }));
  handler.received[0].connection->answer(0, appended(1));
}

TEST_F(ConnectionTest, WritingToAClosedSocketKillsNothing) {
  listen();
  RawClient client = connect();
  client.send("{\"type\":\"tail\",\"from\":0}\n");
  ASSERT_TRUE(run_until_received(1));
  const auto connection = handler.received[0].connection;
  client.close();
  const TextMessage part{0, std::string(1000, 'x')};
  EXPECT_TRUE(run([&] {
    connection->answer_part(0, part);
    return handler.closed == 1;
  }));
}

}  // namespace
}  // namespace bellwether::transport
