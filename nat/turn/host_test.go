package turn

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// attr is an attribute of a message.
func attr(kind stun.Attr, value ...byte) []byte {
	return stun.Add(stun.New(0, stun.TxID{}), kind, value)[stunHeader:]
}

// message is a message of a server.
func message(kind stun.Type, id []byte, attrs ...[]byte) []byte {
	b := append(stun.New(kind, stun.TxID(append(bytes.Clone(id), make([]byte, 12)...)[:12])), bytes.Join(attrs, nil)...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-stunHeader))
	return b
}

// failed is an error code.
func failed(code int) []byte { return attr(stun.AttrErrorCode, 0, 0, byte(code/100), byte(code%100)) }

var (
	place    = []byte{0, 1, 0x21, 0x71, 0x42, 0x21, 0x12, 0x45} // 99.51.182.7:99
	lifetime = attr(attrLifetime, 0, 0, 2, 88)
	realm    = attr(attrRealm, 'r')
	theirs   = netip.MustParseAddrPort("203.0.113.9:4000")
)

// host is a TURN server in memory and the clock of its only client. It knows for
// how long its promises hold, and what is asked of it.
type host struct {
	t      testing.TB
	client *client
	now    time.Time
	nonce  string
	ids    uint64
	// lie changes an answer; nil answers nothing.
	lie     func(request stun.Message, answer []byte) []byte
	asked   map[stun.Type]int
	at      []time.Time // when each request came
	until   time.Time   // of the allocation; zero while there is none
	peers   map[netip.Addr]time.Time
	numbers map[uint16]netip.AddrPort
	bound   map[uint16]time.Time
	relayed []parcel // what is sent on to peers
	direct  int      // of them in indications
}

func newHost(t testing.TB, transport Transport) *host {
	h := &host{t: t, now: time.Unix(1_000_000, 0), nonce: "first", asked: map[stun.Type]int{}, peers: map[netip.Addr]time.Time{},
		numbers: map[uint16]netip.AddrPort{}, bound: map[uint16]time.Time{}}
	h.client = newClient(Server{User: "ana", Password: "secret", Transport: transport}, func() (id stun.TxID) {
		h.ids++
		binary.BigEndian.PutUint64(id[:], h.ids)
		return id
	})
	h.client.begin(h.now)
	return h
}

// allocated is a host whose client has an address.
func allocated(t testing.TB, transport Transport) *host {
	h := newHost(t, transport)
	h.pass(time.Second)
	if h.client.err != nil || h.client.addr.Port() == 0 {
		t.Fatalf("no address: %v, %v", h.client.addr, h.client.err)
	}
	return h
}

// pass lets time pass, and the client and the host talk.
func (h *host) pass(d time.Duration) {
	h.t.Helper()
	end := h.now.Add(d)
	for turns := 0; ; turns++ {
		next := h.client.advance(h.now)
		out := h.client.out
		h.client.out = nil
		for _, b := range out {
			h.take(b)
		}
		switch {
		case h.client.err != nil || len(h.client.out) == 0 && next.After(end):
			h.now = end
			return
		case turns > 100_000:
			h.t.Fatal("there is no end to it")
		case len(h.client.out) == 0 && next.After(h.now):
			h.now = next
		}
	}
}

// take takes a packet of the client.
func (h *host) take(b []byte) {
	h.t.Helper()
	if isChannel(b) {
		number, data, ok := readChannel(b)
		if !ok || h.bound[number].Before(h.now) || h.client.stream && len(b)%4 != 0 {
			h.t.Errorf("the channel data %x", b)
		}
		h.relay(data, h.numbers[number])
		return
	}
	m, err := stun.Parse(b)
	if err != nil {
		h.t.Fatalf("%x: %v", b, err)
	}
	to, _ := m.XORAddress(attrPeer)
	if m.Type() == sendIndication {
		data, _ := m.Get(attrData)
		h.direct++
		h.relay(data, to)
		return
	}
	h.asked[m.Type()]++
	h.at = append(h.at, h.now)
	answer := h.answer(m, to)
	if h.lie != nil {
		answer = h.lie(m, answer)
	}
	if answer != nil {
		h.client.hear(h.now, answer)
	}
}

// relay sends a packet on to a peer that the client has made a permission for.
func (h *host) relay(data []byte, to netip.AddrPort) {
	h.t.Helper()
	if h.peers[to.Addr()].Before(h.now) {
		h.t.Errorf("a packet to %v, who has no permission", to)
	}
	h.relayed = append(h.relayed, parcel{bytes.Clone(data), to})
}

// answer is what an honest server says.
func (h *host) answer(m stun.Message, to netip.AddrPort) []byte {
	id := m.ID()
	nonce, signed := m.Get(attrNonce)
	switch {
	case !signed:
		return message(m.Type()|failure, id[:], failed(401), realm, attr(attrNonce, []byte(h.nonce)...))
	case string(nonce) != h.nonce:
		return message(m.Type()|failure, id[:], failed(438), realm, attr(attrNonce, []byte(h.nonce)...))
	case !m.Proven(h.client.account.key):
		h.t.Error("a request is not proven")
	case m.Type() != allocateRequest && h.until.Before(h.now):
		return message(m.Type()|failure, id[:], failed(437))
	}
	var said []byte
	switch m.Type() {
	case allocateRequest:
		h.until = h.now.Add(600 * time.Second)
		said = bytes.Join([][]byte{attr(attrRelayed, place...), lifetime}, nil)
	case refreshRequest:
		said = lifetime
		h.until = h.now.Add(600 * time.Second)
		if value, ok := m.Get(attrLifetime); ok && bytes.Equal(value, make([]byte, 4)) {
			h.until, said = time.Time{}, attr(attrLifetime, 0, 0, 0, 0)
		}
	case permissionRequest:
		h.peers[to.Addr()] = h.now.Add(5 * time.Minute)
	case channelRequest:
		value, _ := m.Get(attrChannel)
		if number := binary.BigEndian.Uint16(value); !h.bind(number, to) {
			return message(m.Type()|failure, id[:], failed(400))
		}
		h.peers[to.Addr()] = h.now.Add(5 * time.Minute)
	}
	return stun.Seal(message(m.Type()|success, id[:], said), h.client.account.key)
}

// bind gives an address a number, each of which is free only five minutes after
// the ten that they have been tied to another.
func (h *host) bind(number uint16, to netip.AddrPort) bool {
	for other, addr := range h.numbers {
		if (other == number) != (addr == to) && h.now.Before(h.bound[other].Add(5*time.Minute)) {
			h.t.Errorf("%v and %#x are not free", to, number)
			return false
		}
	}
	h.numbers[number], h.bound[number] = to, h.now.Add(10*time.Minute)
	return true
}

// say sends a packet of a peer to the client, and returns what it lets through.
func (h *host) say(from netip.AddrPort, text string) (string, netip.AddrPort, bool) {
	data, of, ok := h.client.hear(h.now, stun.Add(stun.AddXORAddress(stun.New(dataIndication, stun.TxID{}), attrPeer, from), attrData, []byte(text)))
	return string(data), of, ok
}

// write sends a packet to a peer.
func (h *host) write(text string, to netip.AddrPort) {
	h.t.Helper()
	if err := h.client.send(h.now, []byte(text), to); err != nil {
		h.t.Fatal(err)
	}
}
