package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/netcode"
)

func TestParseRefusesWrongUsage(t *testing.T) {
	for _, args := range []string{
		"", "-host -join a:1", "-host -demo", "-host extra", "-host -players 0", "-host -players 9",
		"-host -frames -1", "-host -frames 3000000000", "-host -round 10", "-join lan -wait 0s", "-join lan -wait soon", "-join a:1 -invite", "-join a:1 -level 0", "-join a:1 -absent dead", "-join a:1 -leave-after -1", "-join a:1 -level 5", "-nonsense",
		"-host -replay x", "-host -json", "-host -from 3", "-host -beside x", "-replay x -record y", "-replay x -from -1", "-demo -record x",
		"-watch a:1 -host", "-watch a:1 -record x", "-join a:1 -spectators open", "-host -spectators some", "-host -spectators open -watch-delay 61", "-host -watch-delay -1",
	} {
		if _, err := parse(strings.Fields(args), io.Discard); err == nil {
			t.Errorf("lilybot %s was taken", args)
		}
	}
	o, err := parse(strings.Fields("-join 10.0.0.1:7777 -level 3 -name Bo"), io.Discard)
	if err != nil || o.join != "10.0.0.1:7777" || o.level != 3 || o.name != "Bo" {
		t.Errorf("%+v, %v", o, err)
	}
}

// testGame keeps the bots of this process off the lists of others on this machine.
var testGame = fmt.Sprint("lilybot test ", os.Getpid())

// running is a lilybot in this process.
type running struct {
	lines chan line
	code  int
	err   error
	done  sync.WaitGroup
	words strings.Builder // its stderr: to be read when it has ended
}

func start(t *testing.T, ctx context.Context, args ...string) *running {
	t.Helper()
	return startWith(t, ctx, strings.NewReader(""), args...)
}

// startWith starts one that reads its stdin.
func startWith(t *testing.T, ctx context.Context, stdin io.Reader, args ...string) *running {
	t.Helper()
	return startOn(t, ctx, stdin, func(w io.Writer) io.Writer { return w }, args...)
}

// stuck is a writer that takes a line with a word in it only when it may go on.
type stuck struct {
	io.Writer
	word  string
	mayGo <-chan struct{}
}

func (s stuck) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(s.word)) {
		<-s.mayGo
	}
	return s.Writer.Write(b)
}

// startOn starts one that writes to what it is given in place of its stdout.
func startOn(t *testing.T, ctx context.Context, stdin io.Reader, instead func(stdout io.Writer) io.Writer, args ...string) *running {
	t.Helper()
	r := &running{lines: make(chan line, 1000)}
	o, err := parse(args, &r.words)
	if err != nil {
		t.Fatal(err)
	}
	o.game = testGame
	in, out := io.Pipe()
	r.done.Go(func() {
		run := play
		if o.watch != "" {
			run = watch
		}
		r.code, r.err = run(ctx, o, stdin, instead(out))
		out.Close()
	})
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			var l line
			if err := json.Unmarshal(s.Bytes(), &l); err != nil {
				t.Errorf("%q is not JSON: %v", s.Text(), err)
			}
			r.lines <- l
		}
	}()
	return r
}

// rest reads all lines that are left and waits for the end.
func (r *running) rest() (all []line) {
	for l := range r.lines {
		all = append(all, l)
	}
	r.done.Wait()
	return all
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestThreeBotsPlayOneMatch(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	report := filepath.Join(t.TempDir(), "report.json")
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "3", "-frames", "150", "-seed", "9", "-report", report)
	first := <-host.lines
	if first.Event != "listening" || first.Fingerprint == "" {
		t.Fatalf("%+v", first)
	}
	address := first.Addr + "#" + first.Fingerprint
	a, b := start(t, ctx, "-join", address), start(t, ctx, "-join", address, "-level", "1")
	var sums []string
	for _, r := range []*running{host, a, b} {
		all := r.rest()
		if r.code != exitAgreed || r.err != nil || len(all) == 0 {
			t.Fatalf("exit %d, %v, %+v", r.code, r.err, all)
		}
		last := all[len(all)-1]
		if last.Event != "end" || !last.Agree || len(last.ConfirmedBy) != 2 || last.Frames != 150 || len(last.Scores) != 3 {
			t.Fatalf("%+v", last)
		}
		var seen []string
		for _, l := range all {
			if l.Event == "checksum" {
				seen = append(seen, l.Hash)
			}
		}
		sums = append(sums, strings.Join(append(seen, last.Hash), " "))
	}
	if sums[0] != sums[1] || sums[0] != sums[2] || strings.Count(sums[0], " ") != 3 {
		t.Fatalf("checksums of frames 0, 60, 120 and the end: %q", sums)
	}
	b1, err := os.ReadFile(report)
	if err != nil || !bytes.Contains(b1, []byte(`"agree": true`)) {
		t.Fatalf("report: %s, %v", b1, err)
	}
}

// Where bots take over, a match goes on for those who are left: first the host goes, then
// a guest, and the last one plays to the end.
func TestMatchGoesOn(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "3", "-frames", "300", "-seed", "9", "-absent", "bot", "-leave-after", "90", "-name", "Ana")
	address := (<-host.lines).Addr
	ben := start(t, ctx, "-join", address, "-absent", "bot", "-name", "Ben", "-leave-after", "180")
	cem := start(t, ctx, "-join", address, "-absent", "bot", "-name", "Cem")
	for _, r := range []*running{host, ben} {
		if r.rest(); r.code != exitInterrupted || r.err != nil {
			t.Errorf("exit %d, %v", r.code, r.err)
		}
	}
	all := cem.rest()
	last := all[len(all)-1]
	if cem.code != exitAgreed || cem.err != nil || last.Event != "end" || last.Frames != 300 || len(last.Members) != 1 || last.View < 2 {
		t.Fatalf("exit %d, %v, %+v", cem.code, cem.err, last)
	}
	var gone []string
	for _, l := range all {
		if l.Event == "view" {
			gone = append(gone, fmt.Sprintf("%s %s of %d", l.Gone[0].Name, l.Gone[0].Reason, 1+len(l.Members)))
			if l.Frame < 90 || l.Frame > 240 {
				t.Errorf("%+v", l)
			}
		}
	}
	if want := []string{"Ana left of 3", "Ben left of 2"}; !slices.Equal(gone, want) {
		t.Errorf("gone: %q, want %q", gone, want)
	}
}

// TestStoodStill: whose loop stands still for so long that the others go on without him is
// back by himself, in the same lobby, and plays to the end with them.
func TestStoodStill(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "3", "-frames", "600", "-seed", "9", "-name", "Ana")
	address := (<-host.lines).Addr
	ben := start(t, ctx, "-join", address, "-name", "Ben")
	goneOn := make(chan struct{})
	cem := startOn(t, ctx, strings.NewReader(""), func(w io.Writer) io.Writer { return stuck{w, `"frame":120`, goneOn} }, "-join", address, "-name", "Cem")
	var all []line
	for l := range host.lines {
		if all = append(all, l); l.Event == "view" {
			break
		}
	}
	close(goneOn)
	if len(all[len(all)-1].Gone) != 1 || all[len(all)-1].Gone[0].Name != "Cem" {
		t.Fatalf("%+v", all)
	}
	var hashes []string
	for _, r := range []*running{cem, host, ben} {
		rest := r.rest()
		last := rest[len(rest)-1]
		if r.code != exitAgreed || r.err != nil || last.Event != "end" || last.Frames != 600 || len(last.ConfirmedBy) != 2 || len(last.Members) != 3 {
			t.Errorf("exit %d, %v, %+v", r.code, r.err, last)
		}
		hashes = append(hashes, last.Hash)
		if in := slices.ContainsFunc(rest, func(l line) bool { return l.Event == "admitted" }); in != (r == cem) {
			t.Errorf("admitted: %v", in)
		}
	}
	if hashes[0] != hashes[1] || hashes[0] != hashes[2] {
		t.Errorf("%q", hashes)
	}
}

// TestComesBack: who has left a match comes back into it, by his identity, to his own seat;
// and somebody new takes the seat of one who does not.
func TestComesBack(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	identity := filepath.Join(t.TempDir(), "ben.key")
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "3", "-frames", "900", "-seed", "9", "-name", "Ana")
	address := (<-host.lines).Addr
	ben := start(t, ctx, "-join", address, "-name", "Ben", "-identity", identity, "-leave-after", "90")
	cem := start(t, ctx, "-join", address, "-name", "Cem", "-leave-after", "60")
	for _, r := range []*running{ben, cem} {
		if r.rest(); r.code != exitInterrupted || r.err != nil {
			t.Fatalf("exit %d, %v", r.code, r.err)
		}
	}
	back := start(t, ctx, "-join", address, "-name", "Ben", "-identity", identity)
	fresh := start(t, ctx, "-join", address, "-name", "Dan")
	var hashes, seats []string
	for _, r := range []*running{host, back, fresh} {
		all := r.rest()
		last := all[len(all)-1]
		if r.code != exitAgreed || r.err != nil || last.Event != "end" || last.Frames != 900 || len(last.ConfirmedBy) != 2 || len(last.Members) != 3 {
			t.Fatalf("exit %d, %v, %+v", r.code, r.err, last)
		}
		hashes = append(hashes, last.Hash)
		for _, l := range all {
			if l.Event == "admitted" {
				seats = append(seats, fmt.Sprint(l.Seat))
			}
		}
	}
	if hashes[0] != hashes[1] || hashes[0] != hashes[2] || len(seats) != 2 || seats[0] == seats[1] || slices.Contains(seats, "0") {
		t.Errorf("%q, seats %q", hashes, seats)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	r := start(t, testContext(t), "-join", "127.0.0.1:9")
	if all := r.rest(); r.code != exitNoConnect || r.err == nil || len(all) != 0 {
		t.Fatalf("exit %d, %v, %+v", r.code, r.err, all)
	}
	if !strings.Contains(r.err.Error(), "127.0.0.1:9") || strings.Contains(r.err.Error(), "deadline") {
		t.Fatalf("not a sentence for players: %v", r.err)
	}
}

func TestInterruptLeavesProperly(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(testContext(t))
	defer interrupt()
	host := start(t, testContext(t), "-host", "-listen", "127.0.0.1:0", "-players", "2", "-seed", "9", "-absent", "end")
	guest := start(t, ctx, "-join", (<-host.lines).Addr)
	for l := range guest.lines {
		if l.Event == "stats" {
			interrupt()
			break
		}
	}
	all := guest.rest()
	if guest.code != exitInterrupted || len(all) == 0 || all[len(all)-1].Event != "end" {
		t.Fatalf("exit %d, %+v", guest.code, all)
	}
	began := time.Now()
	all = host.rest()
	if last := all[len(all)-1]; host.code != exitLost || last.Event != "end" || last.Agree || len(last.ConfirmedBy) != 0 || !strings.Contains(last.Reason, "left") {
		t.Fatalf("exit %d, %+v", host.code, last)
	}
	if waited := time.Since(began); waited > 5*time.Second {
		t.Fatalf("the host learnt of it after %v", waited)
	}
}

// Two bots meet by an invite, without any server. What is no reply is refused in
// words, and the host goes on.
func TestInvite(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	in, stdin := io.Pipe()
	defer stdin.Close()
	host := startWith(t, ctx, in, "-host", "-invite", "-listen", "127.0.0.1:0", "-players", "2", "-frames", "60", "-seed", "9")
	var invite string
	for l := range host.lines {
		if l.Event == "invite" {
			invite = l.Invite
			break
		}
	}
	for wrong, want := range map[string]string{
		"K7QF-3MX9-TD4W":           "this is a short code",
		invite:                     "this is an invite",
		strings.Repeat("Vv", 9000): "this text is far too long",
	} {
		if _, err := io.WriteString(stdin, "\n"+wrong+"\n"); err != nil {
			t.Fatal(err)
		}
		if l := <-host.lines; l.Event != "refused" || !strings.HasPrefix(l.Reason, want) {
			t.Errorf("%.20q: %+v", wrong, l)
		}
	}
	guest := start(t, ctx, "-join", invite, "-listen", "127.0.0.1:0")
	all := guest.rest()
	host.rest()
	if guest.code != exitAgreed || host.code != exitAgreed || all[0].Event != "reply" || !strings.HasPrefix(all[0].Code, "Vv") {
		t.Fatalf("exit %d and %d, %v, %v, %+v", host.code, guest.code, host.err, guest.err, all)
	}
}

// Who invites reads what is to be done, or why nobody can come by the invite.
func TestInviteSaysHowItGoes(t *testing.T) {
	node, err := netcode.Listen(netcode.NodeConfig{Addr: "127.0.0.1:0", Key: ed25519.NewKeyFromSeed(make([]byte, 32))})
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	lobby, err := netcode.OpenLobby(node, netplay.Config(), netcode.LobbyConfig{Invite: true})
	if err != nil {
		t.Fatal(err)
	}
	p := &player{options: options{host: true, invite: true, players: 2}, lobby: lobby}
	before, got, after := lobby.InviteStatus(), p.waitingFor(), lobby.InviteStatus() // which the router's answer may change
	if got != before && got != after || got == "" {
		t.Errorf("it reads %q, the invite's status is %q, then %q", got, before, after)
	}
}

// More frames than one game has are played over several rounds: what is counted
// goes on, and all members stop at the same frame.
func TestRematchesUntilAllFramesArePlayed(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	const frames = 660
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "2", "-round", "300", "-frames", strconv.Itoa(frames), "-seed", "9")
	guest := start(t, ctx, "-join", (<-host.lines).Addr)
	var sums [2]string
	for i, r := range []*running{host, guest} {
		all := r.rest()
		if r.code != exitAgreed || r.err != nil || len(all) == 0 {
			t.Fatalf("exit %d, %v, %+v", r.code, r.err, all)
		}
		last, rounds, stats := all[len(all)-1], 0, int32(0)
		var seen []string
		for _, l := range all {
			switch l.Event {
			case "round":
				rounds++
				if l.Frames != 390 || len(l.Scores) != 2 || len(seen) != 7 { // frames 0 to 360
					t.Errorf("%+v after %d checksums", l, len(seen))
				}
			case "checksum":
				seen = append(seen, fmt.Sprint(l.Frame, l.Hash))
			case "stats":
				if l.Frame < stats {
					t.Errorf("the frames count back from %d to %d", stats, l.Frame)
				}
				stats = l.Frame
			}
		}
		if rounds != 1 || last.Event != "end" || last.Frames != frames || !last.Agree || last.Rounds != 2 {
			t.Fatalf("%d rounds, %+v", rounds, last)
		}
		sums[i] = strings.Join(append(seen, last.Hash), " ")
	}
	if sums[0] != sums[1] || !strings.Contains(sums[0], "630") {
		t.Fatalf("checksums of the host\n%s\nand of the guest\n%s", sums[0], sums[1])
	}
}

// Who leaves between two rounds, or in the second one, is missed in words; what
// was played until then is counted.
func TestSomebodyLeavesTheSecondRound(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(testContext(t))
	defer interrupt()
	host := start(t, testContext(t), "-host", "-listen", "127.0.0.1:0", "-players", "2", "-round", "300", "-frames", "5000", "-seed", "9")
	guest := start(t, ctx, "-join", (<-host.lines).Addr)
	for l := range guest.lines {
		if l.Event == "round" {
			interrupt()
		}
	}
	guest.rest()
	all := host.rest()
	last := all[len(all)-1]
	if guest.code != exitInterrupted || host.code != exitLost || host.err == nil || last.Event != "end" ||
		last.Frames < 390 || !strings.Contains(last.Reason, "left") {
		t.Fatalf("exit %d and %d, %v, %+v", guest.code, host.code, host.err, last)
	}
}

// TestEndWords: whoever may be in a minority reads that it has finished apart, and nobody else.
func TestEndWords(t *testing.T) {
	lost := &netcode.LostError{Name: "Ana", SilentMs: 23_000}
	for _, c := range []struct {
		result netcode.Result
		code   int
		want   string
	}{
		{netcode.Result{Frame: 900, Agreed: true}, exitAgreed, "<nil>"},
		{netcode.Result{Frame: 900}, exitAgreed, "<nil>"}, // the only one who is left
		{netcode.Result{Frame: 900}, exitLost, "finished apart: the others have not confirmed this result"},
		{netcode.Result{Frame: 612, Err: lost}, exitLost, lost.Error() + "; finished apart from frame 612"},
		{netcode.Result{Frame: 612, Err: &netcode.LeftError{Name: "Ana"}}, exitLost, "Ana left"},
	} {
		if code, words := exitCode(c.result, c.code == exitAgreed), fmt.Sprint(endWords(c.result, c.code)); code != c.code || words != c.want {
			t.Errorf("%+v: exit %d, %q", c.result, code, words)
		}
	}
}
