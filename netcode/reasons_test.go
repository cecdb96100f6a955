package netcode

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// lobbyClosed is what everybody reads whose host has closed the lobby.
const lobbyClosed = "the host has closed the lobby"

// TestHostClosesAtEveryStep: at whatever step of joining the host leaves the lobby,
// or closes the game, the guest reads one sentence, or, when nobody is there any
// more to say it, that nobody answers.
func TestHostClosesAtEveryStep(t *testing.T) {
	for _, how := range []string{"leaves", "leaves; the guest knows a secret", "closes"} {
		sentences := map[string]int{}
		for at := time.Duration(0); at < 400*time.Millisecond; at += 7 * time.Millisecond {
			secret := ""
			if strings.Contains(how, "secret") {
				secret = "frog"
			}
			tb := newTable(t, uint64(at), 1, ledgerGame(), LobbyConfig{Secret: secret}, Conditions{DelayMs: 30})
			l, err := JoinLobby(tb.network.NewNode("Ana"), ledgerGame(), tb.nodes[0].Addr().String(), LobbyConfig{Secret: secret})
			if err != nil {
				t.Fatal(err)
			}
			step := func(d time.Duration) {
				for ; d > 0; d -= testTick {
					tb.network.Advance(min(d, testTick))
					tb.lobbies[0].Poll()
					l.Poll()
				}
			}
			step(at)
			if how == "closes" {
				tb.nodes[0].Close()
			} else {
				tb.lobbies[0].Leave()
			}
			step(joinTimeout + time.Second)
			if l.State() != Ended && !l.Hosting() {
				t.Fatalf("%s after %v: state %d", how, at, l.State())
			} else if l.Hosting() { // it was in
				continue
			}
			sentences[l.Err().Error()]++
			left := new(LeftError)
			switch {
			case errors.As(l.Err(), &left) && left.Host && left.Error() == lobbyClosed:
			case how == "closes" && at <= 35*time.Millisecond && strings.HasPrefix(l.Err().Error(), "nobody answered at"):
			default:
				t.Errorf("%s after %v: %v", how, at, l.Err())
			}
		}
		if len(sentences) > 2 {
			t.Errorf("%s: %v", how, sentences)
		}
	}
}

// TestReasons: the end of a call to a host, by what is known of it, in words.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		why    link.CloseError
		kind   error
		want   string
		reason Reason
	}{
		{link.CloseError{Code: link.CodeLeft, Reason: "left", Remote: true}, &LeftError{}, lobbyClosed, ReasonHostLeft},
		{link.CloseError{Code: link.CodeLeft, Reason: "the game at 10.0.0.1:1 is being closed", Remote: true}, &LeftError{}, lobbyClosed, ReasonHostLeft},
		{link.CloseError{Code: link.CodeLeft, Reason: "the game closed the connection"}, &ConnectError{}, "the game closed the connection", ReasonBroken},
		{link.CloseError{Code: link.CodeRefused, Reason: "the lobby is full", Remote: true}, &RefusedError{}, "the lobby is full", ReasonUnknown},
		{link.CloseError{Code: link.CodeRefused.With(uint8(ReasonFull)), Reason: "the lobby is full", Remote: true}, &RefusedError{}, "the lobby is full", ReasonFull},
		{link.CloseError{Code: link.CodeRefused.With(uint8(ReasonLost)), Reason: "x", Remote: true}, &RefusedError{}, "x", ReasonUnknown},
		{link.CloseError{Code: link.CodeRefused.With(255), Reason: "x", Remote: true}, &RefusedError{}, "x", ReasonUnknown},
		{link.CloseError{Code: link.CodeRefused, Reason: "another version"}, &ConnectError{}, "another version", ReasonStranger},
		{link.CloseError{Code: link.CodeKicked, Reason: "the host asked you to leave", Remote: true}, &RefusedError{}, "the host asked you to leave", ReasonSentAway},
		{link.CloseError{Code: link.CodeBusy, Reason: "too many players are knocking", Remote: true}, &ConnectError{}, "too many players are knocking", ReasonBusy},
		{link.CloseError{Code: link.CodeLost, Reason: "nobody answered"}, &ConnectError{}, "nobody answered", ReasonUnanswered},
		{link.CloseError{Code: link.CodeProtocol, Reason: "x", Remote: true}, &ConnectError{}, "the host's game has ended the call: try again (x)", ReasonBroken},
		{link.CloseError{Code: 77, Reason: "", Remote: true}, &ConnectError{}, "the host's game has ended the call: try again", ReasonBroken},
	} {
		err := connectFailure("10.0.0.1:1", &c.why)
		if fmt.Sprintf("%T", err) != fmt.Sprintf("%T", c.kind) || err.Error() != c.want || ReasonOf(err) != c.reason {
			t.Errorf("%+v: %T %q, %v", c.why, err, err, ReasonOf(err))
		}
	}
}

// TestNotHosting: who calls a game that hosts nothing, and does not even look, reads
// that, unless its lobby has only just been closed.
func TestNotHosting(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	idle := tb.network.NewNode("Lily")
	call := func(node *Node) error {
		l, err := JoinLobby(tb.network.NewNode("Ana"), ledgerGame(), node.Addr().String(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			tb.network.Advance(testTick)
			l.Poll()
		}
		return l.Err()
	}
	if err := call(idle); err == nil || err.Error() != "Lily is not hosting a lobby now" {
		t.Error(err)
	}
	tb.lobbies[0].Leave()
	if err := call(tb.nodes[0]); err == nil || err.Error() != lobbyClosed {
		t.Error(err)
	}
	tb.network.Advance(justClosed)
	if err := call(tb.nodes[0]); err == nil || err.Error() != "P0 is not hosting a lobby now" {
		t.Error(err)
	}
	tb.nodes[0].SetName("Toad")
	if err := call(tb.nodes[0]); err == nil || err.Error() != "Toad is not hosting a lobby now" {
		t.Error(err)
	}
	if _, err := OpenLobby(tb.nodes[0], ledgerGame(), LobbyConfig{}); err != nil {
		t.Fatal(err)
	}
	l, err := JoinLobby(tb.network.NewNode("Bo"), ledgerGame(), tb.nodes[0].Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for range 60 {
		tb.network.Advance(testTick)
		tb.nodes[0].room.Poll()
		l.Poll()
	}
	if l.State() != Gathering {
		t.Errorf("the next lobby: state %d, %v", l.State(), l.Err())
	}
}

// TestBusyHostIsCalledAgain: a guest whom a host has sent away, with others whom it
// did not know, knocks again by itself, and gives up in the end.
func TestBusyHostIsCalledAgain(t *testing.T) {
	for _, sentAway := range []int{1, 3, 100} {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
		fake := tb.newFakeHost(ledgerGame())
		lobby, err := JoinLobby(tb.network.NewNode("Ana"), ledgerGame(), fake.endpoint.Addr().String(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		tb.lobbies, tb.nodes, tb.done = append(tb.lobbies, lobby), append(tb.nodes, lobby.node), append(tb.done, false)
		for range 60 * 10 {
			tb.tick()
			for i, l := range fake.links {
				if i < sentAway {
					l.Close(link.CodeBusy, "too many players are knocking")
				} else if last[*wire.Hello](l) != nil && l.State() == link.Open && lobby.State() == Connecting {
					l.Close(link.CodeRefused, "now you are heard")
				}
			}
		}
		want, calls := "now you are heard", sentAway+1
		if sentAway > maxKnocks {
			want, calls = "too many players are knocking", maxKnocks+1
		}
		if lobby.State() != Ended || lobby.Err().Error() != want || len(fake.links) != calls {
			t.Errorf("sent away %d times: %v after %d calls", sentAway, lobby.Err(), len(fake.links))
		}
	}
}

// TestHostClosesWhileGuestsJoin: the same over QUIC, with guests at every step of
// a handshake. Those who are members by then have a host of their own afterwards: they are one
// lobby, if this machine is not so busy that they have no links to each other in time.
func TestHostClosesWhileGuestsJoin(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	host := quicNode(t, 0)
	lobby, err := OpenLobby(host, ledgerGame(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var guests []*Lobby[ledger, uint32]
	for i := range byte(14) {
		node := quicNode(t, 1+i)
		defer node.Close()
		l, err := JoinLobby(node, ledgerGame(), host.Addr().String(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		guests = append(guests, l)
		for _, g := range guests {
			g.Poll()
		}
		lobby.Poll()
		host.Wait(time.Millisecond)
	}
	host.Close()
	sentences := map[string]int{}
	for deadline := time.Now().Add(20 * time.Second); !hosted(guests) && time.Now().Before(deadline); {
		kept := guests[:0]
		for _, g := range guests {
			if g.Poll(); g.State() != Ended {
				kept = append(kept, g)
				continue
			}
			sentence, _, _ := strings.Cut(g.Err().Error(), " at 127.0.0.1:")
			sentences[sentence]++
		}
		if guests = kept; len(guests) > 0 {
			guests[0].node.Wait(10 * time.Millisecond)
		}
	}
	for sentence, n := range sentences {
		switch {
		case sentence == lobbyClosed, sentence == "nobody answered", strings.HasPrefix(sentence, "the lobby is full"):
		default:
			t.Errorf("%d guests read %q", n, sentence)
		}
	}
	if !hosted(guests) {
		t.Errorf("%d guests are not in lobbies of theirs; %v", len(guests), sentences)
	}
	if len(sentences) == 0 {
		t.Error("nobody came too late")
	}
}

// hosted reports whether each of these is in a lobby that one of them hosts, and is among the members
// there.
func hosted(guests []*Lobby[ledger, uint32]) bool {
	hosts := map[string][]Member{} // their members, by the host's fingerprint
	for _, g := range guests {
		if g.State() != Gathering {
			return false
		}
		if g.Hosting() {
			hosts[g.node.Fingerprint()] = g.AppendMembers(nil)
		}
	}
	for _, g := range guests {
		all := g.AppendMembers(nil)
		host := slices.IndexFunc(all, func(m Member) bool { return m.Host })
		if host < 0 || !slices.EqualFunc(all, hosts[all[host].Fingerprint], func(a, b Member) bool { return a.Fingerprint == b.Fingerprint }) {
			return false
		}
	}
	return true
}
