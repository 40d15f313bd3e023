#include "samples.hpp"

#include "base/little_endian.hpp"

namespace bellwether {
namespace {

constexpr Ballot older{2, 0, NodeId{1}};
constexpr Ballot ballot{4, 0, NodeId{3}};

MemberStatus leading_member() {
  MemberStatus member;
  member.id = NodeId{3};
  member.address = "127.0.0.1:8003";
  member.vote = true;
  member.leads = true;
  member.reachable = true;
  member.lag = 0;
  return member;
}

MemberStatus lost_member() {
  MemberStatus member;
  member.id = NodeId{1};
  member.address = "127.0.0.1:8001";
  member.priority = 2;
  member.learner = true;
  member.unreachable_ms = 900;
  member.room = false;
  return member;
}

const std::string members_json =
    R"([{"id":3,"address":"127.0.0.1:8003","vote":true,"leads":true,"priority":0,"reachable":true,)"
    R"("unreachable_ms":0,"lag":0,"room":true,"learner":false},{"id":1,"address":"127.0.0.1:8001","vote":false,"leads":false,"priority":2,)"
    R"("reachable":false,"unreachable_ms":900,"lag":null,"room":false,"learner":true}])";

void add_links(std::vector<Sample>& all) {
  Hello hello;
  hello.version_max = 2;
  hello.cluster = "c1";
  hello.epoch = 1;
  hello.former = {"c0"};
  hello.from = NodeId{3};
  hello.to = NodeId{1};
  hello.incarnation = 18446744073709551615u;
  hello.address = "127.0.0.1:8003";
  hello.priority = 5;
  hello.key = "k";
  all.push_back(
      {hello, R"({"type":"hello","version":[1,2],"cluster":"c1","epoch":1,"former":["c0"],"from":3,"to":1,)"
              R"("incarnation":18446744073709551615,"address":"127.0.0.1:8003","priority":5,"key":"k"})"});
  hello.clock_ms = 1700000000000;
  all.push_back(
      {hello, all.back().line.substr(0, all.back().line.size() - 1) + R"(,"clock_ms":1700000000000})"});
  Join join;
  join.token = "t";
  join.address = "127.0.0.1:8004";
  all.push_back({join, R"({"type":"join","token":"t","address":"127.0.0.1:8004","priority":0})"});
  join.stays_learner = true;
  join.replaces = NodeId{2};
  join.cluster = "c1";
  all.push_back({join, R"({"type":"join","token":"t","address":"127.0.0.1:8004","priority":0,)"
                       R"("stays_learner":true,"replaces":2,"cluster":"c1"})"});
  all.push_back({Joined{NodeId{4}, "c1", "k", {{NodeId{3}, "127.0.0.1:8003"}}, 0},
                 R"({"type":"joined","member":4,"cluster":"c1","key":"k",)"
                 R"("members":[{"id":3,"address":"127.0.0.1:8003"}]})"});
  all.push_back({Joined{NodeId{4}, "c1", "k", {}, 2},
                 R"({"type":"joined","member":4,"cluster":"c1","key":"k","members":[],"epoch":2})"});
}

void add_requests(std::vector<Sample>& all) {
  all.push_back({LeaderRequest{}, R"({"type":"leader"})"});
  all.push_back({RegisterRequest{}, R"({"type":"register"})"});
  const Bytes two = Bytes::copy_of(message_bytes("a") + message_bytes(""));
  all.push_back({AppendRequest{ProducerId{17}, 7, 2, two},
                 R"({"type":"append","producer":17,"sequence":7,"count":2,"bytes":9})"});
  all.push_back({AppendRequest{no_producer, 0, 1, Bytes::copy_of(message_bytes("a"))},
                 R"({"type":"append","count":1,"bytes":5})"});
  all.push_back({TailRequest{}, R"({"type":"tail","from":0})"});
  all.push_back({TailRequest{12, 100, true, true, true},
                 R"({"type":"tail","from":12,"limit":100,"follow":true,"local":true,"text":true})"});
  all.push_back({RemoveRequest{NodeId{3}}, R"({"type":"remove","member":3})"});
  all.push_back({MoveLeaderRequest{NodeId{2}}, R"({"type":"move-leader","member":2})"});
  all.push_back({SnapshotRequest{}, R"({"type":"snapshot"})"});
  all.push_back({StatusRequest{}, R"({"type":"status"})"});
  all.push_back({MembersRequest{}, R"({"type":"members"})"});
  all.push_back(
      {ArticlePacket{{"-1", "127.0.0.1", "8002"}, {R"("x")", "127.0.0.1", "8001"}, "Hi, \"node\""},
       R"({"source":{"nodeId":-1,"nodeIpAddr":"127.0.0.1","port":"8002"},)"
       R"("dest":{"nodeId":"x","nodeIpAddr":"127.0.0.1","port":"8001"},"message":"Hi, \"node\""})"});
}

void add_answers(std::vector<Sample>& all) {
  all.push_back({LeaderAnswer{{}, older},
                 R"({"type":"leader","leader":null,"ballot":{"round":2,"priority":0,"id":1}})"});
  all.push_back({LeaderAnswer{LeaderInfo{NodeId{3}, "127.0.0.1:8003"}, ballot},
                 R"({"type":"leader","leader":{"id":3,"address":"127.0.0.1:8003"},)"
                 R"("ballot":{"round":4,"priority":0,"id":3}})"});
  all.push_back({Registered{ProducerId{17}}, R"({"type":"registered","producer":17})"});
  all.push_back({Appended{12, 64}, R"({"type":"appended","offset":12,"count":64})"});
  all.push_back({Appended{std::nullopt, 1}, R"({"type":"appended","offset":null,"count":1})"});
  Messages messages;
  messages.offset = 12;
  messages.count = 2;
  messages.times_ms = {1700000000123, 1700000000124};
  messages.body = {Bytes::copy_of(message_bytes("a") + message_bytes("b"))};
  all.push_back({messages,
                 R"({"type":"messages","offset":12,"count":2,"times":[1700000000123,1700000000124],)"
                 R"("bytes":10})"});
  Messages nothing_new;
  nothing_new.offset = 14;
  nothing_new.next = 14;
  nothing_new.leader = LeaderInfo{NodeId{3}, "127.0.0.1:8003"};
  all.push_back({nothing_new, R"({"type":"messages","offset":14,"count":0,"times":[],"next":14,)"
                              R"("leader":{"id":3,"address":"127.0.0.1:8003"}})"});
  all.push_back({TextMessage{12, "one\ntwo"}, R"({"type":"message","offset":12,"message":"one\ntwo"})"});
  all.push_back({End{76, "caught-up"}, R"({"type":"end","next":76,"reason":"caught-up"})"});
  all.push_back({Done{}, R"({"type":"done"})"});
  all.push_back({MembersAnswer{{leading_member(), lost_member()}},
                 R"({"type":"members","members":)" + members_json + "}"});
}

void add_status_and_error(std::vector<Sample>& all) {
  StatusAnswer status;
  status.cluster = "c1";
  status.id = NodeId{3};
  status.role = MemberRole::leader;
  status.leader = LeaderInfo{NodeId{3}, "127.0.0.1:8003"};
  status.ballot = ballot;
  status.decided = 99;
  status.first_offset = 5;
  status.next_offset = 80;
  status.members = {leading_member(), lost_member()};
  all.push_back(
      {status, R"({"type":"status","id":3,"cluster":"c1","member":3,"role":"leader",)"
               R"("leader":{"id":3,"address":"127.0.0.1:8003"},"ballot":{"round":4,"priority":0,"id":3},)"
               R"("decided":99,"first_offset":5,"next_offset":80,"members":)" +
                   members_json + "}"});
  status.members = {};
  status.former = {"c-1", "c0"};
  all.push_back({status,
                 R"({"type":"status","id":3,"cluster":"c1","member":3,"role":"leader",)"
                 R"("leader":{"id":3,"address":"127.0.0.1:8003"},"ballot":{"round":4,"priority":0,"id":3},)"
                 R"("decided":99,"first_offset":5,"next_offset":80,"members":[],"former":["c-1","c0"]})"});
  status.no_leader = "n";
  status.changes = {"a", "b"};
  all.push_back({status, all.back().line.substr(0, all.back().line.size() - 1) +
                             R"(,"no_leader":"n","changes":["a","b"]})"});
  ErrorAnswer error;
  error.code = ErrorCode::no_majority;
  error.message = "m";
  all.push_back({error, R"({"type":"error","code":"no-majority","message":"m"})"});
  error.hint = "h";
  error.leader = LeaderInfo{NodeId{3}, "127.0.0.1:8003"};
  error.expected = 8;
  error.first_offset = 5;
  error.needed = 2;
  error.answering = 1;
  error.missing = {{NodeId{1}, "127.0.0.1:8001"}};
  error.recovered_as = "c2";
  all.push_back({error,
                 R"({"type":"error","code":"no-majority","message":"m","hint":"h",)"
                 R"("leader":{"id":3,"address":"127.0.0.1:8003"},"expected":8,"first_offset":5,"needed":2,)"
                 R"("answering":1,"missing":[{"id":1,"address":"127.0.0.1:8001"}],"recovered_as":"c2"})"});
}

void add_election(std::vector<Sample>& all) {
  all.push_back({Message{HeartbeatRequest{8, {}}}, R"({"type":"hbreq","r":8})"});
  all.push_back({Message{HeartbeatRequest{8, older}}, R"({"type":"hbreq","r":8,"lost":[2,0,1]})"});
  all.push_back(
      {Message{HeartbeatReply{8, ballot, older, true, false, 90, 5, true}},
       R"({"type":"hbrep","r":8,"b":[4,0,3],"ldr":[2,0,1],"happy":true,"qc":false,"last":90,"prio":5,"room":true})"});
  all.push_back({Message{Prepare{ballot, older, 90, 80}},
                 R"({"type":"prepare","b":[4,0,3],"lb":[2,0,1],"last":90,"dec":80})"});
  all.push_back({Message{Promise{ballot, older, 90, 80, {}}},
                 R"({"type":"promise","b":[4,0,3],"lb":[2,0,1],"last":90,"dec":80})"});
  all.push_back(
      {Message{Promise{ballot, older, 90, 80, range_after(88, 2)}},
       R"({"type":"promise","b":[4,0,3],"lb":[2,0,1],"last":90,"dec":80,"prev":88,"pb":[2,0,1],"n":2,"bytes":139})"});
  all.push_back({Message{Pull{ballot, 85, older, 80}},
                 R"({"type":"pull","b":[4,0,3],"lb":[2,0,1],"last":85,"dec":80})"});
  const SnapshotName base{85, older, 700};
  all.push_back(
      {Message{Promise{ballot, older, 90, 80, range_after(85, 0), base}},
       R"({"type":"promise","b":[4,0,3],"lb":[2,0,1],"last":90,"dec":80,"prev":85,"pb":[2,0,1],"n":0,)"
       R"("snap":{"idx":85,"ib":[2,0,1],"total":700}})"});
  all.push_back({Message{Pull{ballot, 85, older, 80, SnapshotPosition{85, 400}}},
                 R"({"type":"pull","b":[4,0,3],"lb":[2,0,1],"last":85,"dec":80,"sp":{"idx":85,"pos":400}})"});
  all.push_back({Message{Suffix{ballot, range_after(85, 0), base}},
                 R"({"type":"suffix","b":[4,0,3],"prev":85,"pb":[2,0,1],"n":0,)"
                 R"("snap":{"idx":85,"ib":[2,0,1],"total":700}})"});
  all.push_back({Message{Suffix{ballot, range_after(85, 1)}},
                 R"({"type":"suffix","b":[4,0,3],"prev":85,"pb":[2,0,1],"n":1,"bytes":48})"});
}

void add_replication(std::vector<Sample>& all) {
  all.push_back({Message{Accept{ballot, range_after(90, 0), 90, 3}},
                 R"({"type":"accept","b":[4,0,3],"dec":90,"rd":3,"prev":90,"pb":[2,0,1],"n":0})"});
  all.push_back(
      {Message{Accept{ballot, range_after(90, 3), 90, 3}},
       R"({"type":"accept","b":[4,0,3],"dec":90,"rd":3,"prev":90,"pb":[2,0,1],"n":3,"bytes":230})"});
  all.push_back(
      {Message{Accepted{ballot, 91, 93, 3}}, R"({"type":"accepted","b":[4,0,3],"m":91,"g":93,"rd":3})"});
  all.push_back({Message{Accepted{ballot, 91, 93, 3, SnapshotPosition{95, 400}}},
                 R"({"type":"accepted","b":[4,0,3],"m":91,"g":93,"rd":3,"sp":{"idx":95,"pos":400}})"});
  all.push_back({Message{SnapshotChunk{ballot, {95, older, 700}, 400, Bytes::copy_of("abc"), 96, 3}},
                 R"({"type":"snapshot","b":[4,0,3],"idx":95,"ib":[2,0,1],"total":700,"pos":400,"dec":96,)"
                 R"("rd":3,"bytes":3})"});
  all.push_back({Message{SnapshotChunk{ballot, {95, older, 700}, 700, {}, 96, 3}},
                 R"({"type":"snapshot","b":[4,0,3],"idx":95,"ib":[2,0,1],"total":700,"pos":700,"dec":96,)"
                 R"("rd":3})"});
  all.push_back({Message{Mismatch{ballot, 70, older, 65}},
                 R"({"type":"mismatch","b":[4,0,3],"lb":[2,0,1],"last":70,"dec":65})"});
  all.push_back({Message{Nack{older, ballot}}, R"({"type":"nack","b":[2,0,1],"p":[4,0,3]})"});
  all.push_back({Message{TakeOver{ballot}}, R"({"type":"takeover","b":[4,0,3]})"});
  all.push_back({Message{Removed{}}, R"({"type":"removed"})"});
  all.push_back({Message{ReadIndexRequest{7}}, R"({"type":"readindex","request":7})"});
  all.push_back({Message{ReadIndexReply{7, 93}}, R"({"type":"readindex","request":7,"idx":93})"});
  all.push_back({Message{Fetch{71, 90}}, R"({"type":"fetch","from":71,"to":90})"});
  all.push_back({Message{Entries{range_after(70, 2)}},
                 R"({"type":"entries","prev":70,"pb":[2,0,1],"n":2,"bytes":139})"});
  all.push_back({Message{Entries{range_after(70, 0)}}, R"({"type":"entries","prev":70,"pb":[2,0,1],"n":0})"});
}

}  // namespace

std::string message_bytes(std::string_view text) {
  std::string bytes(sizeof(std::uint32_t), '\0');
  store_little_endian(reinterpret_cast<std::byte*>(bytes.data()), static_cast<std::uint32_t>(text.size()));
  return bytes + std::string(text);
}

std::string body_of(const EncodedPacket& packet) {
  std::string body;
  for (const Bytes& piece : packet.body) body += piece.text();
  return body;
}

EntryRange range_after(Index previous, std::size_t count) {
  EntryRange range;
  range.previous = previous;
  range.previous_ballot = older;
  range.end = previous + 1 + count;
  for (Index index = previous + 1; index < range.end; ++index) {
    if (index == previous + 1) {
      range.items.push_back(make_entry(index, older, 1, Noop{}));
    } else {
      range.items.push_back(make_entry(index, older, 1, Batch{{{no_producer, 0, 1, 7}}},
                                       {Bytes::copy_of(message_bytes("abc"))}));
    }
  }
  return range;
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  add_links(all);
  add_requests(all);
  add_answers(all);
  add_status_and_error(all);
  add_election(all);
  add_replication(all);
  return all;
}

}  // namespace bellwether
