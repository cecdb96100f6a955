//go:build !race

package membership

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var canaries = flag.Bool("canaries", false, "TestCanaries: take each rule out in turn and see that walks notice")

// canary is a rule taken out: edits of the code, each of text that is there once.
type canary struct {
	rule  string
	edits []edit
	seen  sight
}

// sight is what sees that a rule is taken out.
type sight struct {
	test  string
	walks int // within which TestWalks does, or scenes
}

func inWalks(n int) sight        { return sight{"TestWalks", n} }
func inLies(n int) sight         { return sight{"TestLiar", n} }
func inObstructions(n int) sight { return sight{"TestObstruction", n} }
func inTest(name string) sight   { return sight{name, 1} }

func inScenes(name string, n int) sight { return sight{"TestScenarios/" + name, n} }

type edit struct{ file, old, new string }

// TestCanaries: with any one rule taken out, walks go wrong, or a directed test.
func TestCanaries(t *testing.T) {
	if !*canaries {
		t.Skip("takes minutes: go test ./netcode/internal/membership -canaries -run TestCanaries")
	}
	for _, c := range rules {
		t.Run(c.rule, func(t *testing.T) { c.fly(t) })
	}
}

var rules = []canary{
	{"the cut is the maximum of the reports (P3)", []edit{{"candidacy.go", "if h.Held > most.Held {", "if h.Held < most.Held {"}}, inWalks(2000)},
	{"a report freezes (P2, A1)", []edit{{"../records/set.go", "case t.frozen || ", "case "}}, inWalks(2000)},
	{"what is frozen stays so in later ballots (P2)", []edit{
		{"agree.go", "	ag.inst.promised = m.Ballot\n	r := ", "	ag.inst.promised = m.Ballot\n	ag.set.Thaw()\n	r := "},
		{"../records/set.go", "// Settle lifts", "func (s *Set) Thaw() {\n	for _, t := range s.streams {\n		t.frozen = false\n	}\n}\n\n// Settle lifts"},
	}, inWalks(2000)},
	{"all who are kept report (P3)", []edit{{"agree.go", "if l.reported != l.prepare.Keep || ag.strangers()", "if !l.reported.quorumOf(l.prepare.Keep, false) || ag.strangers()"}}, inWalks(2000)},
	{"a value is accepted before it is installed (P4)", []edit{{"instance.go", "ok && i.votes(a).quorumOf(voters, noTie) {", "ok {"}}, inWalks(2000)},
	{"what may have been decided is taken over (P3)", []edit{{"candidacy.go", "	value, open := l.adopted(&s.view, s.config.NoTie)", "	var value *Value\n	open := false"}}, inWalks(4000)},
	{"a quorum votes (P1, P5)", []edit{{"machines.go", "	return twice > all.Len()", "	return twice > 0"}}, inWalks(4000)},
	{"half is a quorum only with the lowest", []edit{{"machines.go", "twice == all.Len() && all != 0 && s.Has(all.Lowest())", "twice == all.Len()"}}, inWalks(6000)},
	{"who has reported confirms no further than a limit (P2, C1)", []edit{{"../records/set.go", "if f > s.limit || ", "if f > Endless || "}}, inWalks(2000)},
	{"the limit of an instance is set once (P2)", []edit{{"../records/set.go", "	if s.limit == Endless {\n		s.limit", "	if s.limit > s.confirmed {\n		s.limit"}}, inWalks(20000)},
	{"a stream is named by its view, too", []edit{{"candidacy.go", "Born: v.Number}", "Born: 0}"}, {"standing.go", "if id.Born == v.Number {", "if _, in := v.joined(id.Machine); in {"}}, inWalks(2000)},
	{"a newcomer's donor is kept (P1d)", []edit{{"newcomers.go", " || !keep.Has(j.Donor.Machine) {", " {"}}, inWalks(8000)},
	{"a newcomer listens to its donor only (J2)", []edit{{"peer.go", "	if p.status != Member && p.status != Left || !p.sealBook.mayTake(id, f) {", "	if p.status == Out || p.status == Stopped {"}}, inWalks(4000)},
	{"views and frames come in one order (J2)", []edit{{"join.go", "if p.status == Joining && !p.joining.dead && v.Number == p.view.Number+1 {", "if false {"}}, inWalks(2000)},
	{"the records of a cut reach down to the newcomer (P3)", []edit{{"candidacy.go", "		least = min(least, j.Through)", "		_ = j"}}, inWalks(4000)},
	{"records are part of the value (P3)", []edit{{"candidacy.go", "	c.Records = most.Records[c.First-most.First:]", "	c.First = c.Last + 1"}}, inWalks(4000)},
	{"who has promised does not leave (L1)", []edit{{"leave.go", "l.may(now, p.inst.promised != Ballot{}, limit):", "l.may(now, false, limit):"}}, inWalks(20000)},
	{"who has left neither reports nor votes (L1)", []edit{{"agree.go", "if ag.status != Member || !m.Keep.Has(ag.me)", "if ag.status == Joining || !m.Keep.Has(ag.me)"}, {"agree.go", "if ag.status != Member || m.Ballot.less(ag.inst.promised) {", "if ag.status == Joining || m.Ballot.less(ag.inst.promised) {"}}, inWalks(20000)},
	{"a goodbye counts (L3)", []edit{{"agree.go", "	ag.inst.byes |= One(m.Stream.Machine)\n", ""}}, inWalks(8000)},
	{"a frame without any live stream confirms by itself (C2)", []edit{{"../records/set.go", "	if empty && (s.own == nil || s.own.from <= f) {", "	if empty {"}}, inWalks(40000)},
	{"a goodbye counts for its own view only (L3)", []edit{{"peer.go", "	case id.base.Number > p.view.Number:\n", "	case id.kind == kindBye:\n		return true\n	case id.base.Number > p.view.Number:\n"}}, inTest("TestGoodbyeOfTheNextView")},
	{"a newcomer has all of the streams that are closed (P1d)", []edit{{"newcomers.go", "!n.isOpen(id) && end > j.Through", "!n.isOpen(id) && end > j.Through && false"}}, inTest("TestNewcomerBelowACut")},
	{"a newcomer is not far behind (P1d)", []edit{{"newcomers.go", "if int(n.reached()-j.Through) > n.config.Records.Lag()+more {", "if false {"}}, inTest("TestNewcomerFarBehind")},
	{"nor one that is let in by such a one (P1d)", []edit{{"standing.go", "return max(s.set.Confirmed(), s.view.from-1-rollback.Frame(s.config.Records.LimitFrames))", "return min(s.set.Confirmed(), s.view.from+1<<20)"}}, inTest("TestNewcomersOfNewcomers")},
	{"how far behind depends on the match, not on G alone (P1d)", []edit{{"../records/set.go", "return max(c.LagFrames, c.LeadFrames) }", "return c.LeadFrames }"}}, inScenes("a_newcomer_from_the_other_side_of_the_world", 10)},
	{"what is not signed does not count (H1)", []edit{{"peer.go", "	if c.genuine {", "	if true {"}}, inLies(4000)},
	{"who answers a ballot has seen for itself what it closes (H3)", []edit{{"evidence.go", "		if ag.hearing.reasonOf(now, x) == NoReason && !ag.concurs(m, x) {", "		if false {"}}, inLies(4000)},
	{"a proposal follows from its reports (H4)", []edit{{"justify.go", "return v != nil && v.digest() == a.Value.digest()", "return v != nil"}}, inLies(8000)},
	{"what was voted for was proposed (H5)", []edit{{"justify.go", "	case a == nil:\n		return true", "	case true:\n		return true"}}, inTest("TestVoteForWhatNobodyProposed")},
	{"of two values of one ballot, the one that may have been decided (H6)", []edit{{"candidacy.go", "	if len(values) < 2 {", "	if true {"}}, inTest("TestTwoValuesOfOneBallot")},
	{"a commit shows that its value is decided (H8)", []edit{{"install.go", "m.Value.base() == p.view.Ref && p.agreement.certified(now, m)", "m.Value.base() == p.view.Ref && m.Why != nil"}}, inLies(4000)},
	{"who is heard is waited for (H8)", []edit{{"certificate.go", "now-w.since < ag.voteTime() && !ag.unanimous(now, w)", "false"}}, inTest("TestVotesAreWaitedFor")},
	{"half is no quorum (H10)", []edit{{"machines.go", "return !noTie || all.Len() == 2", "return true"}}, inTest("TestTwoHalvesAndALiar")},
	{"who does not seal is waited for (H2)", []edit{{"seal.go", "return !b.sealing() || int(", "return true || int("}}, inTest("TestSealsAreWithheld")},
	{"a seal is of what is here (H2)", []edit{{"seal.go", "	if !genuine {", "	if false {"}}, inTest("TestHearsay")},
	{"what somebody says of others counts for nothing (S1)", []edit{{"data.go", "	if h.strangers() {\n		return\n	}\n", ""}}, inTest("TestHearsay")},
	{"a seal is a sign of life (S1)", []edit{{"seal.go", "	b.hearing.lives(now, m.author(), from != m.author()) // its own may be of before its end\n", ""}}, inTest("TestScenarios/a_line")},
	{"of two contents, what most have stands (H14)", []edit{{"candidacy.go", "	of := l.likeMost(i, config)", "	of := l.reported"}}, inTest("TestTwoContents")},
	{"whoever comes to know the same asks for it together (H13)", []edit{{"evidence.go", "ag.hearing.watches[x].accused || cost", "cost"}}, inTest("TestAccusersComeToAgree")},
	{"who has answered a ballot holds to it (H11)", []edit{{"evidence.go", "lacks != 0 || ag.holds(now, m)", "lacks != 0"}}, inTest("TestHold")},
	{"but not to one whose leader has answered another (H11)", []edit{{"evidence.go", " && !ag.inst.hasGivenUp(before)", ""}}, inTest("TestHoldEndsWithItsLeader")},
	{"the highest ballot is answered first", []edit{{"evidence.go", "b.Ballot.compare(a.Ballot)", "a.Ballot.compare(b.Ballot)"}}, inTest("TestHighestIsAnsweredFirst")},
	{"nobody is charged for what this peer takes no more (H12)", []edit{{"suspect.go", " && !h.set.Frozen(id) }", " }"}}, inTest("TestFrozenIsNotCharged")},
	{"no ballot is far beyond the others (H11)", []edit{{"instance.go", "	return b.Round > max(", "	return false && b.Round > max("}}, inTest("TestFarRound")},
	{"there is an account of what each costs (H12)", []edit{{"suspect.go", "case w.stalls, !h.strangers() && w.lackedAt", "case w.lackedAt"}}, inObstructions(16)},
	{"who vetoes for the dead is charged for it (H12)", []edit{{"obstruct.go", "	return (s | vain) &^ One(ag.me)", "	return s &^ One(ag.me)"}}, inTest("TestVainVeto")},
	{"who holds to a ballot is not charged for the next one (H12)", []edit{{"obstruct.go", "late &^ vetoed &^ ag.holders(now, newest)", "late &^ vetoed"}}, inTest("TestHolders")},
	{"agreements are told to all (H3)", []edit{{"peer.go", "	if p.strangers() {\n		p.send(p.links&^One(from)&^One(author), m)", "	if false {\n		p.send(p.links&^One(from)&^One(author), m)"}}, inTest("TestAgreementsAreTold")},
	{"of two contents, the one that is sealed stands (H14)", []edit{{"candidacy.go", "with.Len() == like.Len() && through > sealed", "with.Len() == like.Len() && through < sealed"}}, inTest("TestOfTwoTheSealed")},
	{"who withdraws stays for the end of an agreement (L1)", []edit{{"leave.go", "limit = withdrawLimit", "limit = leaveLimit"}}, inTest("TestWhoWithdrawsStays")},
	{"nobody goes for who goes himself (X5)", []edit{{"seal.go", " && !b.hearing.departs(from)", ""}}, inTest("TestStuckWithUnsealed")},
	{"an end is content, too (H14)", []edit{{"candidacy.go", " || h.Ended && k.Held > h.Held || k.Ended && h.Held > k.Held {", " {"}}, inTest("TestAnEndIsContent")},
	{"a report that cannot be is none (H5)", []edit{{"obstruct.go", "l.reported &^ l.void(ag.standing)", "l.reported"}}, inObstructions(12)},
	{"a ballot is only its machine's (H1)", []edit{{"instance.go", " && m.id.kind == kindPrepare) {", ") {"}, {"instance.go", " && (!i.each || id.kind == kindPrepare) {", " {"}}, inTest("TestBallotsOfOthers")},
}

// TestCanariesFindTheirRules: the code that each canary takes out is still there.
func TestCanariesFindTheirRules(t *testing.T) {
	for _, c := range rules {
		t.Run(c.rule, func(t *testing.T) { c.without(t) })
	}
}

// without returns the files that the rule is taken out of, by path, as they are without it.
func (c *canary) without(t *testing.T) map[string]string {
	files := map[string]string{}
	for _, e := range c.edits {
		path, err := filepath.Abs(e.file)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := files[path]; !ok {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[path] = string(b)
		}
		if strings.Count(files[path], e.old) != 1 {
			t.Fatalf("%s no longer says %q once", e.file, e.old)
		}
		files[path] = strings.Replace(files[path], e.old, e.new, 1)
	}
	return files
}

// fly builds the walks without the rule and sees that they fail.
func (c *canary) fly(t *testing.T) {
	dir := t.TempDir()
	replace := map[string]string{}
	for path, text := range c.without(t) {
		replace[path] = filepath.Join(dir, strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(replace[path], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-vet=off", "-overlay", file, "-run", "^"+c.seen.test+"$", ".", "-walks", strconv.Itoa(c.seen.walks), "-lies", strconv.Itoa(c.seen.walks), "-obstructions", strconv.Itoa(c.seen.walks), "-scenes", strconv.Itoa(max(2, c.seen.walks))).CombinedOutput()
	switch {
	case err == nil:
		t.Errorf("%s (%d walks) sees nothing", c.seen.test, c.seen.walks)
	case !strings.Contains(string(out), "--- FAIL: "+c.seen.test):
		t.Errorf("%v: %s", err, out)
	default:
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "_test.go:") {
				t.Log(strings.TrimSpace(line))
			}
		}
	}
}
