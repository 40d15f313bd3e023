#include "checks/checkers.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "checks/failing.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::simulation {

using replication::AppendRecord;
using replication::CompactRecord;
using replication::DecidedEntry;
using replication::InstallRecord;
using replication::NumberedRecord;
using replication::Role;
using replication::RoleChange;
using replication::Room;
using replication::Snapshot;
using replication::TruncateRecord;

namespace {

bool is_same(const Entry& a, const Entry& b) { return a.ballot == b.ballot && a.sum == b.sum; }

}  // namespace

void Checkers::on_initial_log(const std::vector<EntryPtr>& log) {
  for (const EntryPtr& entry : log) begin_with(entry, entry->ballot);
}

void Checkers::begin_with(const EntryPtr& entry, Ballot decided_in) {
  const Ballot previous = history_.last() == 0 ? Ballot{} : history_.entry(history_.last()).ballot;
  history_.decide(entry, decided_in);
  entries_[{history_.last(), entry->ballot}] = {entry->sum, previous};
}

// F1, F2: what the survivor knew as decided is as it was in the former cluster; behind that its own log is right, whatever
// the others had there, and what they told their clients.
void Checkers::on_recovered(const Checkers& former, const Machine& survivor, const EntryLog& log) {
  const Index known = survivor.disk.stable().decided();
  for (Index index = 1; index <= log.size(); ++index) {
    if (index <= known) {
      begin_with(former.history_.shared_entry(index), former.history_.decided_in(index));
      if (log.has(index) && !is_same(*log[index - 1], history_.entry(index)))
        fail(survivor, "I3: has another decided entry" + at(index));
    } else {
      begin_with(log[index - 1], log.last_ballot());
    }
  }
  for (const Tag tag : former.acknowledged_) {
    const PlacedAppend& there = *former.history_.find(tag);
    const PlacedAppend* here = history_.find(tag);
    if (there.index <= known &&
        (here == nullptr || here->index != there.index || here->offset != there.offset))
      fail(survivor, "F2: has lost an acknowledged append that it knew as decided" + at(there.index));
  }
  const Ballot reset = log.last_ballot();
  const auto told = former.told_promises_.find(survivor.id);
  if (reset <= survivor.disk.stable().promised() ||
      (told != former.told_promises_.end() && reset <= told->second))
    fail(survivor, "F1: the ballot of the reset is not above what was promised");
  told_promises_[survivor.id] = reset;
  registered_ = former.registered_;
  read_floor_ = log.size();
}

void Checkers::on_start(const Machine& machine) {
  if (strict_ && machine.disk.stable().promised() < told_promises_[machine.id]) {
    fail(machine, "I8: has forgotten its promise " + text(told_promises_[machine.id]));
  }
}

// ---- what a node does to its log

void Checkers::append(Machine& machine, Index index, const EntryPtr& entry) {
  if (index != machine.memory.size() + 1) fail(machine, "appends" + at(index) + ", leaving a gap");
  const Ballot previous = machine.memory.last_ballot();
  const auto [known, is_new] = entries_.emplace(std::pair{index, entry->ballot}, Known{entry->sum, previous});
  if (!is_new && (known->second.sum != entry->sum || known->second.previous != previous)) {
    fail(machine, "I2: another entry, or after another one, of ballot " + text(entry->ballot) + at(index));
  }
  if (is_new) {
    for (const Tag tag : tags_of(*entry)) appended_.emplace(tag, std::pair{index, entry->ballot});
  }
  check_room(machine, index, *entry);
  machine.memory.push_back(entry);
}

// S5: what a machine without room begins or takes all the same.
void Checkers::check_room(const Machine& machine, Index index, const Entry& entry) const {
  if (!replication::fills_disks(entry)) return;
  if (machine.room == Room::none) fail(machine, "S5: writes messages without room" + at(index));
  const bool is_own = machine.leads && entry.ballot == *machine.leads;
  if (is_own && machine.room != Room::enough)
    fail(machine, "S5: begins messages with hardly any room" + at(index));
}

void Checkers::on_records(Machine& machine, const std::vector<NumberedRecord>& records) {
  for (const auto& [number, record] : records) {
    if (const auto* append_record = std::get_if<AppendRecord>(&record)) {
      Index index = append_record->first;
      if (machine.leads && machine.was_handing_over && machine.replica->is_handing_over())
        fail(machine, "H1: appends while it hands over" + at(index));
      if (machine.leads) check_change(machine, *append_record);
      for (const EntryPtr& entry : append_record->entries) append(machine, index++, entry);
    } else if (const auto* truncate = std::get_if<TruncateRecord>(&record)) {
      if (truncate->from <= machine.handed_out)
        fail(machine, "L11: truncates decided entries" + at(truncate->from));
      machine.memory.resize(truncate->from - 1);
    } else if (const auto* compact = std::get_if<CompactRecord>(&record)) {
      check_compaction(machine, *compact->base);
      machine.memory.drop_upto(compact->base->index);
    } else if (const auto* install = std::get_if<InstallRecord>(&record)) {
      check_installation(machine, *install->base);
      machine.memory.replace_by(install->base->index, install->base->ballot);
      machine.handed_out = install->base->index;
    }
  }
}

// Whatever a base stands for was decided, and it is the state that this makes.
void Checkers::check_base(const Machine& machine, const Snapshot& base) const {
  if (base.index > history_.last()) fail(machine, "K1: a base of what nobody has decided" + at(base.index));
  if (base.ballot != history_.entry(base.index).ballot)
    fail(machine, "K1: a base of another entry" + at(base.index));
  const auto state = state::decode_state(base.state.span(), limits_);
  if (!state || state->applied() != base.index)
    fail(machine, "K1: a base without its state" + at(base.index));
  history_.check_state(machine.id, *state);
}

void Checkers::check_compaction(const Machine& machine, const Snapshot& base) const {
  check_base(machine, base);
  if (base.index > machine.handed_out) fail(machine, "K1: drops what is not decided there" + at(base.index));
  if (base.index <= machine.memory.base()) fail(machine, "K1: the base goes back" + at(base.index));
  if (strict_ && !machine.disk.holds(base.index, base.ballot))
    fail(machine, "K1: drops what is not durable" + at(base.index));
}

void Checkers::check_installation(const Machine& machine, const Snapshot& base) const {
  check_base(machine, base);
  if (base.index <= machine.handed_out) fail(machine, "L7: replaces decided entries" + at(base.index));
  if (machine.memory.has(base.index) && machine.memory.ballot_at(base.index) == base.ballot)
    fail(machine, "L7: replaces a log that has the snapshot's entry" + at(base.index));
}

void Checkers::on_installed(const Machine& machine, const replication::Output& output) const {
  const bool is_installed = std::ranges::any_of(output.records, [](const NumberedRecord& numbered) {
    return std::holds_alternative<InstallRecord>(numbered.record);
  });
  const Index told = replication::index_of(output.installed);
  if (is_installed ? told != machine.memory.base() : told != 0)
    fail(machine, "tells of another installation");
}

// G2: one change at a time, and none before an entry of the own ballot is decided.
void Checkers::check_change(const Machine& machine, const AppendRecord& record) const {
  const auto changes = [](const EntryPtr& entry) {
    const auto& content = entry->content;
    return !std::holds_alternative<Noop>(content) && !std::holds_alternative<Batch>(content) &&
           !std::holds_alternative<RegisterProducer>(content);
  };
  if (!changes(record.entries.back())) return;
  const Index decided = machine.replica->decided();
  if (machine.memory.ballot_at(decided) != *machine.leads)
    fail(machine, "G2: changes the members before an own entry is decided" + at(record.first));
  for (Index index = decided + 1; index < record.first; ++index) {
    if (changes(machine.memory[index - 1])) fail(machine, "G2: two changes at once" + at(record.first));
  }
}

// ---- who leads

void Checkers::on_role_change(Machine& machine, const RoleChange& change, Ticks now) {
  machine.leads.reset();
  if (change.role == Role::candidate && !machine.replica->tail_state().members().is_voter(machine.id))
    fail(machine, "H2: stands without a vote");
  if (change.role != Role::leader) return;
  machine.leads = change.ballot;
  if (!established_ballots_.insert(change.ballot).second) {
    fail(machine, "I1: ballot " + text(change.ballot) + " is established a second time");
  }
  if (change.ballot.id != machine.id) fail(machine, "I1: leads in another's ballot " + text(change.ballot));
  established_.push_back({now, change.ballot});
  check_completeness(machine, change.ballot);
  if (!machine.replica->tail_state().members().is_voter(machine.id))
    fail(machine, "C7: leads without a vote");
  check_promised_majority(machine, change.ballot);
}

void Checkers::check_promised_majority(const Machine& machine, Ballot ballot) const {
  const auto& voters = machine.replica->tail_state().members().voters();
  const auto promised = std::ranges::count_if(voters, [&](NodeId voter) {
    const auto told = told_promises_.find(voter);
    return voter == machine.id || (told != told_promises_.end() && told->second >= ballot);
  });
  if (static_cast<std::size_t>(promised) < voters.size() / 2 + 1)
    fail(machine, "C6: leads in ballot " + text(ballot) + " without a majority's promises");
}

void Checkers::check_completeness(const Machine& machine, Ballot ballot) const {
  for (Index index = machine.memory.base() + 1; index <= history_.last(); ++index) {
    if (history_.decided_in(index) >= ballot) continue;  // decided later than this ballot
    if (index > machine.memory.size() || !is_same(*machine.memory[index - 1], history_.entry(index))) {
      fail(machine, "I4: leads in ballot " + text(ballot) + " without the decided entry" + at(index));
    }
  }
}

// ---- what is decided

bool Checkers::is_on_majority(Index index, const Entry& entry, const std::vector<NodeId>& voters) const {
  const auto holders = std::ranges::count_if(voters, [&](NodeId voter) {
    const auto found = machines_.find(voter);
    if (found == machines_.end()) return false;
    // S6: who has lost it elects nobody without it.
    return found->second.disk.holds(index, entry) || found->second.disk.has_lost(index, entry.ballot);
  });
  return static_cast<std::size_t>(holders) >= voters.size() / 2 + 1;
}

void Checkers::decide_first(Machine& machine, const DecidedEntry& decided,
                            const std::vector<NodeId>& before) {
  if (!machine.leads) fail(machine, "I3: decides first without leading" + at(decided.index));
  const auto& now = machine.replica->tail_state().members().voters();
  if (strict_ && !is_on_majority(decided.index, *decided.entry, before) &&
      !is_on_majority(decided.index, *decided.entry, now)) {
    fail(machine, "I5: decides what is not on a majority's disks" + at(decided.index));
  }
  for (const auto& [id, other] : machines_) {
    if (!other.leads || *other.leads <= *machine.leads) continue;
    if (decided.index > other.memory.size() || !is_same(*other.memory[decided.index - 1], *decided.entry)) {
      fail(other, "I4: leads in a greater ballot without what node " + text(machine.id) + " decides" +
                      at(decided.index));
    }
  }
  history_.decide(decided.entry, *machine.leads);
}

void Checkers::on_decided(Machine& machine, const DecidedEntry& decided, const std::vector<NodeId>& before) {
  const Index index = decided.index;
  if (index != machine.handed_out + 1) fail(machine, "I8: decided entries out of order" + at(index));
  machine.handed_out = index;
  if (index > machine.memory.size() || !is_same(*machine.memory[index - 1], *decided.entry)) {
    fail(machine, "decides what is not in its log" + at(index));
  }
  if (index > history_.last()) decide_first(machine, decided, before);
  if (!is_same(history_.entry(index), *decided.entry)) fail(machine, "I3: decides another entry" + at(index));
  if (decided.offset != history_.offset_before(index)) fail(machine, "P7: another offset" + at(index));
}

void Checkers::after_step(Machine& machine) {
  const auto& replica = *machine.replica;
  if (replica.decided() != machine.handed_out) fail(machine, "I8: decided() is not what it handed out");
  if (replica.last() != machine.memory.size()) fail(machine, "last() is not the end of the log");
  if (replica.base() != machine.memory.base()) fail(machine, "base() is not where the log begins");
  if (replica.durable() > replica.last()) fail(machine, "S3: more is durable than there is");
  if (replica.promised() < machine.greatest_promised) fail(machine, "I8: a promise went back");
  if (replica.leader_ballot() < replica.promised()) fail(machine, "a leader's ballot below the promised one");
  machine.greatest_promised = replica.promised();
  machine.was_handing_over = replica.is_handing_over();
  if (machine.leads.has_value() != (replica.role() == Role::leader))
    fail(machine, "role() without a role change");
  if (replica.is_removed() && !history_.removed().contains(machine.id))
    fail(machine, "I9: told removed, but it is not");
  if (replica.decided_state().applied() != replica.decided())
    fail(machine, "the decided state is not after decided()");
  if (replica.tail_state().applied() != replica.last()) fail(machine, "the tail state is not after last()");
  check_decided_by_own_entry(machine);
  check_matches(machine);
  if (machine.state_checked != replica.decided()) history_.check_state(machine.id, replica.decided_state());
  machine.state_checked = replica.decided();
  const bool leads = replica.role() == Role::leader && !replica.is_suspended();
  if (replica.leader() == machine.id && !leads) fail(machine, "P8: vouches for itself");
}

// L9: what a leader decides first ends with an entry of its own.
void Checkers::check_decided_by_own_entry(const Machine& machine) const {
  const Index index = machine.handed_out;
  if (!machine.leads || machine.state_checked == index || index == 0 || index != history_.last()) return;
  if (history_.decided_in(index) == *machine.leads && history_.entry(index).ballot != *machine.leads)
    fail(machine, "L9: decides an entry of ballot " + text(history_.entry(index).ballot) + " by counting");
}

// L8: what a leader takes for durable at a member that promised nobody since, is.
void Checkers::check_matches(const Machine& machine) const {
  if (!strict_ || !machine.leads) return;
  for (const auto& [id, other] : machines_) {
    const auto lag = machine.replica->peer(id).lag;
    if (id == machine.id || !lag || other.disk.stable().promised() > *machine.leads) continue;
    const Index match = machine.replica->last() - *lag;
    if (match <= machine.memory.base()) continue;
    const Entry& entry = *machine.memory[match - 1];
    if (other.disk.has_lost(match, entry.ballot)) continue;  // S6: the leader is about to hear of it
    if (!other.disk.holds(match, entry))
      fail(machine, "L8: counts at node " + text(id) + " what it doesn't have" + at(match));
  }
}

}  // namespace bellwether::simulation
