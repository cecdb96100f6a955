package turn

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	pion "github.com/pion/stun/v3"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// TestAllocateLies: what a server may say instead of an address.
func TestAllocateLies(t *testing.T) {
	sealed := func(h *host, attrs ...[]byte) func(stun.Message) []byte {
		return func(m stun.Message) []byte {
			id := m.ID()
			return stun.Seal(message(allocateRequest|success, id[:], attrs...), h.client.account.key)
		}
	}
	failing := func(attrs ...[]byte) func(*host) func(stun.Message) []byte {
		return func(*host) func(stun.Message) []byte {
			return func(m stun.Message) []byte {
				id := m.ID()
				return message(allocateRequest|failure, id[:], attrs...)
			}
		}
	}
	relayed := func(value ...byte) func(*host) func(stun.Message) []byte {
		return func(h *host) func(stun.Message) []byte { return sealed(h, attr(attrRelayed, value...), lifetime) }
	}
	living := func(value ...byte) func(*host) func(stun.Message) []byte {
		return func(h *host) func(stun.Message) []byte {
			return sealed(h, attr(attrRelayed, place...), attr(attrLifetime, value...))
		}
	}
	nonce := attr(attrNonce, 'n')
	for name, c := range map[string]struct {
		answer func(*host) func(stun.Message) []byte
		want   error
	}{
		"no address":               {func(h *host) func(stun.Message) []byte { return sealed(h, lifetime) }, errNoAddress},
		"an address of no bytes":   {relayed(), errNoAddress},
		"an address of 4 bytes":    {relayed(0, 1, 0, 0), errNoAddress},
		"another family":           {relayed(0, 3, 0, 0, 1, 1, 1, 1), errNoAddress},
		"0.0.0.0":                  {relayed(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42), errNoAddress},
		"port 0":                   {relayed(0, 1, 0x21, 0x12, 0, 0, 0, 0), errNoAddress},
		"a multicast address":      {relayed(0, 1, 0, 0, 0x21^224, 0x12, 0xa4, 0x43), errNoAddress},
		"no lifetime":              {func(h *host) func(stun.Message) []byte { return sealed(h, attr(attrRelayed, place...)) }, errShort},
		"a lifetime of 0":          {living(0, 0, 0, 0), errShort},
		"a lifetime of 5 s":        {living(0, 0, 0, 5), errShort},
		"a lifetime of 2 bytes":    {living(1, 1), errShort},
		"an error without a code":  {failing(attr(stun.AttrErrorCode, 0, 0)), errSilent},
		"an error of no attribute": {failing(), errSilent},
		"an error 99":              {failing(attr(stun.AttrErrorCode, 0, 0, 0, 99)), errSilent},
		"no welcome":               {failing(failed(401), realm, nonce), codeUnauthorized},
		"another nonce each time":  {failing(failed(438), realm, nonce), codeStale},
		"no other nonce":           {failing(failed(438)), codeStale},
		"a nonce of no bytes":      {failing(failed(438), realm, attr(attrNonce)), codeStale},
		"a long nonce":             {failing(failed(438), realm, attr(attrNonce, make([]byte, maxQuoted+1)...)), codeStale},
		"a long realm":             {failing(failed(438), attr(attrRealm, make([]byte, maxQuoted+1)...), nonce), codeStale},
		"another server":           {failing(failed(300)), codeTryAlternate},
		"a success that is not proven": {func(*host) func(stun.Message) []byte {
			return func(m stun.Message) []byte {
				id := m.ID()
				return message(allocateRequest|success, id[:], attr(attrRelayed, place...), lifetime)
			}
		}, errSilent},
		"a success of another key": {func(*host) func(stun.Message) []byte {
			return func(m stun.Message) []byte {
				id := m.ID()
				return stun.Seal(message(allocateRequest|success, id[:], attr(attrRelayed, place...), lifetime), []byte("x"))
			}
		}, errSilent},
		"the address behind the proof": {func(h *host) func(stun.Message) []byte {
			return func(m stun.Message) []byte {
				b := sealed(h)(m)
				b = append(b, attr(attrRelayed, place...)...)
				binary.BigEndian.PutUint16(b[2:], uint16(len(b)-stunHeader))
				return b
			}
		}, errNoAddress},
		"an answer to something else": {func(h *host) func(stun.Message) []byte {
			return func(m stun.Message) []byte {
				b := sealed(h, attr(attrRelayed, place...), lifetime)(m)
				binary.BigEndian.PutUint16(b, uint16(refreshRequest|success))
				return b
			}
		}, errSilent},
		"another transaction": {func(h *host) func(stun.Message) []byte {
			return func(m stun.Message) []byte {
				return stun.Seal(message(allocateRequest|success, nil, attr(attrRelayed, place...), lifetime), h.client.account.key)
			}
		}, errSilent},
		"the request itself": {func(*host) func(stun.Message) []byte {
			return func(m stun.Message) []byte {
				id := m.ID()
				return message(allocateRequest, id[:])
			}
		}, errSilent},
	} {
		h := newHost(t, UDP)
		answer := c.answer(h)
		h.lie = func(m stun.Message, honest []byte) []byte {
			if _, signed := m.Get(attrNonce); signed {
				return answer(m)
			}
			return honest
		}
		h.pass(time.Minute)
		if h.client.err != c.want || h.client.addr.IsValid() {
			t.Errorf("%s: %v, %v; want %v", name, h.client.addr, h.client.err, c.want)
		}
		if n, most := len(h.at), map[error]int{errSilent: 8, codeStale: 2}[c.want]; most != 0 && n != most && name != "another nonce each time" || n > 8 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

// TestRefreshLies: what ends an address that was given.
func TestRefreshLies(t *testing.T) {
	for name, said := range map[string][]byte{"a lifetime of 0": attr(attrLifetime, 0, 0, 0, 0), "a lifetime of 9 s": attr(attrLifetime, 0, 0, 0, 9),
		"no lifetime": nil, "ten seconds": attr(attrLifetime, 0, 0, 0, 10), "a hundred years": attr(attrLifetime, 255, 255, 255, 255)} {
		h := allocated(t, UDP)
		h.lie = func(m stun.Message, _ []byte) []byte {
			id := m.ID()
			return stun.Seal(message(m.Type()|success, id[:], said), h.client.account.key)
		}
		h.pass(time.Hour)
		good := name == "ten seconds" || name == "a hundred years"
		if (h.client.err == nil) != good || h.client.err != nil && h.client.err != errGone {
			t.Errorf("%s: %v", name, h.client.err)
		}
		if n := h.asked[refreshRequest]; n > 3600/5 {
			t.Errorf("%s: %d refreshes in an hour", name, n)
		}
	}
	for _, code := range []int{400, 401, 437, 441, 500} {
		h := allocated(t, UDP)
		h.lie = func(m stun.Message, _ []byte) []byte {
			id := m.ID()
			return message(m.Type()|failure, id[:], failed(code))
		}
		h.pass(time.Minute)
		if h.client.err != errGone {
			t.Errorf("%d: %v", code, h.client.err)
		}
	}
}

// TestPackets: what a server sends unasked.
func TestPackets(t *testing.T) {
	h := allocated(t, UDP)
	h.client.permit(h.now, []netip.Addr{theirs.Addr()})
	h.pass(time.Second)
	h.write("x", theirs)
	if text, _, ok := h.say(theirs, "hello"); text != "hello" || !ok {
		t.Fatal("a good packet is not heard")
	}
	h.write("x", theirs)
	h.write("x", netip.AddrPortFrom(theirs.Addr(), 1)) // who has the next number, and no channel
	h.pass(time.Second)
	if data, from, ok := h.client.hear(h.now, []byte{0x40, 0, 0, 2, 7, 8, 0, 0}); !ok || from != theirs || !bytes.Equal(data, []byte{7, 8}) {
		t.Errorf("channel data: %x of %v, %v", data, from, ok)
	}
	peer := stun.AddXORAddress(stun.New(dataIndication, stun.TxID{}), attrPeer, theirs)[stunHeader:]
	good := message(dataIndication, nil, peer, attr(attrData, 1, 2, 3))
	for cut := range good {
		if _, _, ok := h.client.hear(h.now, good[:cut]); ok {
			t.Errorf("let in, cut off after %d", cut)
		}
	}
	full := message(dataIndication, nil, peer, attr(attrData, 1))
	binary.BigEndian.PutUint16(full[2:], 0xffec) // with the header 65536: too much for 16 bits
	for name, b := range map[string][]byte{
		"a peer of no bytes":                message(dataIndication, nil, attr(attrData, 1), attr(attrPeer)),
		"a peer of 4 bytes":                 message(dataIndication, nil, attr(attrData, 1), attr(attrPeer, 0, 1, 0, 0)),
		"a peer of another family":          message(dataIndication, nil, attr(attrData, 1), attr(attrPeer, 0, 3, 0, 0, 1, 1, 1, 1)),
		"data of nobody":                    message(dataIndication, nil, attr(attrData, 1)),
		"no data":                           message(dataIndication, nil, peer),
		"an attempt to connect (RFC 6062)":  message(0x001c, nil, peer, attr(attrData, 1)),
		"an indication of ours":             message(sendIndication, nil, peer, attr(attrData, 1)),
		"an attribute that is too long":     message(dataIndication, nil, peer, []byte{0, 0x13, 0, 8, 1, 2, 3, 4}),
		"a length of 0xffec":                full,
		"channel data that is too short":    {0x40, 0, 0, 5, 1, 2, 3, 4},
		"channel data of 65,535 bytes":      {0x40, 0, 0xff, 0xff, 1, 2, 3, 4},
		"a channel that was not asked for":  {0x40, 1, 0, 1, 1, 2, 3, 4},
		"a channel that nobody has":         {0x40, 2, 0, 1, 1, 2, 3, 4},
		"the last channel":                  {0x7f, 0xff, 0, 1, 1, 2, 3, 4},
		"a channel header":                  {0x40, 0, 0},
		"nothing":                           {},
		"a packet that is too long":         append([]byte{0x40, 0, 8, 0}, make([]byte, maxPacket)...),
		"another protocol":                  bytes.Repeat([]byte{0x16, 3}, 20),
		"a message with something after it": append(bytes.Clone(good), 0, 0, 0, 0),
	} {
		if _, _, ok := h.client.hear(h.now, b); ok {
			t.Errorf("%s is let in", name)
		}
	}
	if h.client.err != nil || len(h.client.out) != 0 {
		t.Errorf("%v, %d packets out", h.client.err, len(h.client.out))
	}
}

// FuzzServer: whatever a server sends, as an answer to a request or not, it is read
// as another implementation reads it.
func FuzzServer(f *testing.F) {
	f.Add(message(permissionRequest|success, nil), true)
	f.Add(message(permissionRequest|failure, nil, failed(438), attr(attrNonce, 'n')), true)
	f.Add(message(dataIndication, nil, attr(attrPeer, place...), attr(attrData, 1, 2, 3)), false)
	f.Add([]byte{0x40, 0, 0, 2, 1, 2, 0, 0}, false)
	peer := netip.MustParseAddrPort("99.51.182.7:99") // which is place
	f.Fuzz(func(t *testing.T, b []byte, reply bool) {
		h := allocated(t, UDP)
		h.client.permit(h.now, []netip.Addr{peer.Addr()})
		h.client.advance(h.now)
		for id := range h.client.pending {
			if reply && len(b) >= stunHeader {
				b = bytes.Clone(b)
				copy(b[8:], id[:])
			}
		}
		data, from, ok := h.client.hear(h.now, b)
		if ok && stun.Is(b) {
			likePion(t, b, data, from)
		}
		if len(h.client.pending) > 1 || len(h.client.out) > 2 {
			t.Errorf("%d pending, %d out", len(h.client.pending), len(h.client.out))
		}
		h.pass(time.Minute)
	})
}

// likePion fails the test if pion reads another packet than we do.
func likePion(t *testing.T, b, data []byte, from netip.AddrPort) {
	m := &pion.Message{Raw: bytes.Clone(b)}
	if err := m.Decode(); err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	theirs, err := m.Get(pion.AttrData)
	if err != nil || !bytes.Equal(theirs, data) {
		t.Errorf("%x, want %x, %v", data, theirs, err)
	}
	value, _ := m.Get(pion.AttrXORPeerAddress)
	var addr pion.XORMappedAddress // they take the first byte to be 0
	if value[0] != 0 {
		return
	}
	if err := addr.GetFromAs(m, pion.AttrXORPeerAddress); err != nil || !addr.IP.Equal(from.Addr().AsSlice()) || addr.Port != int(from.Port()) {
		t.Errorf("%v, want %v, %v", from, addr, err)
	}
}

// FuzzTalk: a server that lies as the bytes say for a long time, while we write,
// permit and check. Nothing grows, nothing is asked without end, and no answer
// that is not proven is believed.
func FuzzTalk(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	f.Add([]byte{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3})
	f.Add([]byte{0, 0, 0, 5, 5, 5, 4, 0x40, 0, 0, 0, 0xe3, 0xf1})
	f.Fuzz(func(t *testing.T, script []byte) {
		h := newHost(t, Transport(len(script)%2))
		h.lie = func(m stun.Message, honest []byte) []byte {
			if len(script) == 0 {
				return honest
			}
			id := m.ID()
			op := script[0]
			script = script[1:]
			switch op % 8 {
			case 1:
				return nil
			case 2:
				return message(m.Type()|success, id[:], attr(attrRelayed, place...), lifetime)
			case 3:
				return message(m.Type()|failure, id[:], failed(438), attr(attrNonce, op))
			case 4:
				return message(m.Type()|failure, id[:], failed([]int{300, 400, 401, 403, 437, 441, 486, 508}[op>>5]), realm, attr(attrNonce, op))
			case 5:
				return stun.Seal(message(m.Type()|success, id[:], attr(attrRelayed, place...), attr(attrLifetime, 0, 0, 0, op)), h.client.account.key)
			}
			return honest
		}
		for step := 0; len(script) > 0 && step < 200 && h.client.err == nil; step++ {
			op := int(script[0])
			to := netip.AddrPortFrom(theirs.Addr(), uint16(op))
			switch op % 5 {
			case 0:
				h.client.permit(h.now, []netip.Addr{theirs.Addr()})
			case 1:
				_ = h.client.send(h.now, script, to)
			case 2:
				h.say(to, "x")
			case 3:
				h.client.check(h.now)
			case 4:
				h.client.permit(h.now, nil)
			}
			asked := len(h.at)
			h.peers[theirs.Addr()] = h.now.Add(time.Hour) // this test is not about what they know
			h.pass(time.Duration(op) * time.Second)
			if n := len(h.at) - asked; n > 40+4*op {
				t.Fatalf("%d requests in %d s", n, op)
			}
			if len(h.client.pending) > 2+maxWays || len(h.client.ways.of) > maxWays || len(h.client.out) > maxQueued {
				t.Fatal("it grows")
			}
			if len(script) > 0 {
				script = script[1:]
			}
		}
	})
}
