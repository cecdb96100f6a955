package turn

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	pion "github.com/pion/stun/v3"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// TestSigned: another implementation finds our proof to be right.
func TestSigned(t *testing.T) {
	a := account{user: "ana", password: "pass:word"}
	m, err := stun.Parse(message(allocateRequest|failure, nil, failed(401), attr(attrRealm, []byte("a realm")...), attr(attrNonce, 1, 2, 3)))
	if err != nil || !a.learn(m) {
		t.Fatal("nothing was learnt", err)
	}
	theirs := &pion.Message{Raw: a.sign((&request{kind: allocateRequest}).encode(stun.TxID{1}))}
	if err := theirs.Decode(); err != nil {
		t.Fatal(err)
	}
	if err := pion.NewLongTermIntegrity("ana", "a realm", "pass:word").Check(theirs); err != nil {
		t.Error(err)
	}
}

// TestUpkeep: nothing that is in use lapses at the server in an hour, by whichever
// nonces; the host fails the test else.
func TestUpkeep(t *testing.T) {
	for _, transport := range all {
		h := allocated(t, transport)
		h.client.permit(h.now, []netip.Addr{theirs.Addr()})
		h.write("early", theirs) // waits for the permission
		h.pass(time.Second)
		if len(h.relayed) != 1 || string(h.relayed[0].b) != "early" || h.relayed[0].to != theirs {
			t.Errorf("relayed %v", h.relayed)
		}
		for range 3600 {
			h.write("x", theirs)
			if text, from, ok := h.say(theirs, "y"); text != "y" || from != theirs || !ok {
				t.Fatalf("heard %q of %v", text, from)
			}
			h.pass(time.Second)
			if h.client.err != nil || h.until.Before(h.now) || h.peers[theirs.Addr()].Before(h.now) {
				t.Fatalf("after %v: %v", h.now.Sub(time.Unix(1_000_000, 0)), h.client.err)
			}
			if h.now.Unix()%700 == 0 {
				h.nonce += "."
			}
		}
		// Every packet came, all but the first few by a channel.
		if len(h.relayed) != 3601 || h.direct > 4 {
			t.Errorf("%d packets, %d of them without a channel", len(h.relayed), h.direct)
		}
		if n := h.asked[refreshRequest]; n < 180 || n > 190 {
			t.Errorf("%d refreshes in an hour", n)
		}
		if n := h.asked[permissionRequest]; n < 30 || n > 40 {
			t.Errorf("%d permissions in an hour", n)
		}
		if n := h.asked[channelRequest]; n < 15 || n > 22 {
			t.Errorf("%d channels in an hour", n)
		}
	}
}

// TestSchedule: what is not answered is asked again over UDP only, and given up.
func TestSchedule(t *testing.T) {
	for transport, want := range map[Transport][]time.Duration{TCP: {0}, UDP: {0, 250, 750, 1750, 3750, 5750, 7750}} {
		h := newHost(t, transport)
		h.lie = func(stun.Message, []byte) []byte { return nil }
		h.pass(time.Minute)
		if h.client.err != errSilent || len(h.at) != len(want) {
			t.Fatalf("%v: %v after %d tries", transport, h.client.err, len(h.at))
		}
		for i, at := range h.at {
			if got := at.Sub(h.at[0]); got != want[i]*time.Millisecond {
				t.Errorf("%v: try %d after %v, want %v ms", transport, i, got, want[i])
			}
		}
	}
}

// TestSilence: a server that falls silent is noticed, and one that only passes
// over a question while it sends packets is kept until it has forgotten us.
func TestSilence(t *testing.T) {
	h := allocated(t, UDP)
	h.lie = func(stun.Message, []byte) []byte { return nil }
	before := h.asked[refreshRequest]
	for range patience / time.Second {
		h.client.check(h.now) // however often
		h.pass(time.Second)
	}
	if n := h.asked[refreshRequest] - before; h.client.err != errSilent || n != 7 {
		t.Errorf("a silent server: %v after %d tries", h.client.err, n)
	}
	h = allocated(t, UDP)
	h.lie = func(stun.Message, []byte) []byte { return nil }
	began := h.now
	for h.client.err == nil && h.now.Sub(began) < time.Hour {
		h.say(theirs, "a stranger's, which shows that the server lives")
		h.pass(time.Second)
	}
	if d := h.now.Sub(began); h.client.err != errGone || d < 9*time.Minute || d > 11*time.Minute {
		t.Errorf("after %v: %v", d, h.client.err)
	}
}

// TestPeers: a peer that the server refuses does not spoil the others, and is
// asked for again.
func TestPeers(t *testing.T) {
	h := allocated(t, UDP)
	bad := netip.MustParseAddrPort("198.51.100.1:5")
	refusals := 0
	h.lie = func(m stun.Message, answer []byte) []byte {
		if to, _ := m.XORAddress(attrPeer); to.Addr() == bad.Addr() {
			id := m.ID()
			refusals++
			return message(m.Type()|failure, id[:], failed(403))
		}
		return answer
	}
	h.client.permit(h.now, []netip.Addr{bad.Addr(), theirs.Addr(), {}})
	for range 2 * maxWaiting {
		_ = h.client.send(h.now, []byte("lost"), bad)
	}
	if n := len(h.client.peers[bad.Addr()].waiting); n != maxWaiting {
		t.Errorf("%d packets wait", n)
	}
	h.write("x", theirs)
	h.pass(100 * time.Second)
	if len(h.relayed) != 1 || refusals != 4 || h.client.err != nil {
		t.Errorf("%d relayed, %d refusals, %v", len(h.relayed), refusals, h.client.err)
	}
	h.write("lost", bad)
	if n := len(h.client.peers[bad.Addr()].waiting); n != 0 {
		t.Errorf("%d packets wait for somebody who is refused", n)
	}
	h.client.permit(h.now, nil)
	if _, _, ok := h.say(theirs, "x"); ok || h.client.send(h.now, nil, theirs) != errNotPermitted {
		t.Error("somebody who is not permitted any more is heard or written to")
	}
	// A permission is not asked for in vain, so nothing heaps up.
	for i := range 1000 {
		h.client.permit(h.now, []netip.Addr{netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})})
		h.client.advance(h.now)
	}
	if len(h.client.pending) > 2 {
		t.Errorf("%d requests are pending", len(h.client.pending))
	}
}

// TestQueue: packets for a stream that does not take them are not kept for ever.
func TestQueue(t *testing.T) {
	h := allocated(t, TCP)
	h.client.permit(h.now, []netip.Addr{theirs.Addr()})
	h.pass(time.Second)
	var err error
	for range 2 * maxQueued {
		err = h.client.send(h.now, []byte("x"), theirs)
	}
	if err != errCongested || len(h.client.out) != maxQueued {
		t.Errorf("%d packets, %v", len(h.client.out), err)
	}
	// Those that have waited for a permission are no exception.
	var many []netip.Addr
	for i := range byte(MaxPermitted) {
		many = append(many, netip.AddrFrom4([4]byte{10, 0, 0, i}))
	}
	h = allocated(t, TCP)
	h.client.permit(h.now, many)
	h.client.advance(h.now)
	questions := h.client.out
	h.client.out = nil
	for range maxWaiting {
		for _, addr := range many {
			h.write("x", netip.AddrPortFrom(addr, 1))
		}
	}
	for _, b := range questions {
		h.take(b)
	}
	if len(h.client.out) != maxQueued || len(questions) != MaxPermitted {
		t.Errorf("%d packets, %d questions", len(h.client.out), len(questions))
	}
	h = allocated(t, TCP)
	h.client.permit(h.now, []netip.Addr{theirs.Addr()})
	h.pass(time.Second)
	// What no network carries is lost, as on a wire.
	if err := h.client.send(h.now, make([]byte, 1<<17), theirs); err != nil || len(h.client.out) != 0 {
		t.Errorf("%d packets, %v", len(h.client.out), err)
	}
}

// TestChannels: only who answers gets one; numbers are free again late enough,
// which the host sees to; who gets none is written to all the same.
func TestChannels(t *testing.T) {
	h := allocated(t, UDP)
	h.client.permit(h.now, []netip.Addr{theirs.Addr()})
	h.pass(time.Second)
	h.write("x", theirs)
	h.write("x", theirs)
	h.pass(time.Second)
	if h.asked[channelRequest] != 0 {
		t.Error("a channel for somebody who has said nothing")
	}
	sent := 2
	for round := range 4 {
		for port := range uint16(2 * maxWays) {
			to := netip.AddrPortFrom(theirs.Addr(), 1000*uint16(round+1)+port)
			h.write("x", to)
			h.say(to, "y")
			h.write("x", to)
			h.pass(10 * time.Millisecond)
			h.write("x", to)
			sent += 3
		}
		for minute := range uint16(25) { // somebody new tries again and again
			to := netip.AddrPortFrom(theirs.Addr(), 10_000*uint16(round+1)+minute)
			h.write("x", to)
			h.say(to, "y")
			h.write("x", to)
			sent += 2
			h.pass(time.Minute)
			if n := len(h.client.ways.of); n > maxWays || h.client.err != nil {
				t.Fatalf("%d ways, %v", n, h.client.err)
			}
		}
	}
	if n := h.asked[channelRequest]; n < 4*maxWays || n > 2*4*(maxWays+25) || len(h.relayed) != sent {
		t.Errorf("%d questions for channels; %d packets of %d", n, len(h.relayed), sent)
	}
}

// TestLeave: the address is given back, in a moment whatever the server does.
func TestLeave(t *testing.T) {
	tries := 0
	for name, lie := range map[string]func(stun.Message, []byte) []byte{
		"an answer": nil,
		"another nonce in the last moment": func(m stun.Message, _ []byte) []byte {
			if tries++; tries%2 == 1 {
				return nil
			}
			id := m.ID()
			return message(m.Type()|failure, id[:], failed(438), attr(attrNonce, 'n'))
		},
		"silence": func(stun.Message, []byte) []byte { return nil },
		"another nonce each time": func(m stun.Message, _ []byte) []byte {
			id := m.ID()
			return message(m.Type()|failure, id[:], failed(438), attr(attrNonce, 'n'))
		},
	} {
		h := allocated(t, UDP)
		h.lie, h.nonce = lie, "another" // so that it takes two tries
		h.client.leave(h.now)
		h.pass(closeLimit)
		if h.client.err != net.ErrClosed || lie == nil && !h.until.IsZero() {
			t.Errorf("%s: %v, until %v", name, h.client.err, h.until)
		}
		if len(h.client.pending) != 0 || h.asked[refreshRequest] > 1+maxStale {
			t.Errorf("%s: %d pending, %d asked", name, len(h.client.pending), h.asked[refreshRequest])
		}
	}
	h := newHost(t, UDP)
	h.client.leave(h.now)
	if h.client.err != net.ErrClosed {
		t.Error("before the server has said anything there is nothing to give back")
	}
}

// TestFarthest: of the errors at several addresses the one that tells most is told.
func TestFarthest(t *testing.T) {
	unreachable := errors.Join(errDial, errors.New("no route"))
	for _, errs := range [][]error{{unreachable, codeQuota}, {codeQuota, errSilent}, {errSilent, unreachable, codeQuota}} {
		if got := farthest(errs); got != codeQuota {
			t.Errorf("%v: %v", errs, got)
		}
	}
	if got := farthest([]error{unreachable, errSilent}); got != errSilent {
		t.Error(got)
	}
	if bytes.Contains([]byte(trouble(Server{}, unreachable).Error()), []byte("no route")) {
		t.Error("a sentence with the system's words in it")
	}
}
