package lan

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

var (
	somePlate  = newPlate(&beacon{key: public(key(1)), game: "pond"}, 4321)
	someHere   = []place{somePlace("192.168.1.1/24"), somePlace("fe80::1/64")}
	someSender = netip.MustParseAddr("192.168.1.77")
)

func somePlace(prefix string) place {
	return place{index: 3, name: "lan1", prefix: netip.MustParsePrefix(prefix), multicast: true, broadcast: true}
}

func doors(packet []byte) []netip.AddrPort {
	return readDoors(nil, packet, someSender, "pond", someHere)
}

// ask makes a query of one question.
func ask(name string, kind dnsmessage.Type, class dnsmessage.Class, known ...dnsmessage.Resource) []byte {
	return pack(&dnsmessage.Message{Header: dnsmessage.Header{ID: 99}, Answers: known, Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName(name), Type: kind, Class: class},
	}})
}

// What a lobby announces, and what it answers, names its door.
func TestDoorsRead(t *testing.T) {
	want := []netip.AddrPort{netip.MustParseAddrPort("192.168.1.1:4321"), netip.MustParseAddrPort("[fe80::1%lan1]:4321")}
	q := somePlate.readQuery(serviceQuery(7))
	for name, packet := range map[string][]byte{
		"announcement":  somePlate.announcement(someHere, false),
		"legacy answer": somePlate.answer(q, someHere, true),
		"answer":        somePlate.answer(q, someHere, false),
	} {
		if got := doors(packet); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if got := readDoors(nil, packet, someSender, "swamp", someHere); got != nil {
			t.Errorf("%s: another game's list reads %v", name, got)
		}
		if len(packet) > 512 {
			t.Errorf("%s: %d bytes", name, len(packet))
		}
	}
	if got := doors(somePlate.announcement(nil, false)); len(got) != 1 || got[0] != netip.AddrPortFrom(someSender, 4321) {
		t.Errorf("without an address: %v", got)
	}
	if got := doors(somePlate.announcement(someHere, true)); got != nil {
		t.Errorf("a farewell names %v", got)
	}
	if got := doors(serviceQuery(1)); got != nil {
		t.Errorf("a query names %v", got)
	}
}

// Any game id makes a name.
func TestPlateNames(t *testing.T) {
	for _, game := range []string{"lilypad", "a.b\\c\x00", strings.Repeat("ü", MaxGame/2), strings.Repeat(".", MaxGame)} {
		p := newPlate(&beacon{key: public(key(1)), game: game}, 1)
		if got := readDoors(nil, p.announcement(someHere, false), someSender, game, someHere); len(got) != 2 {
			t.Errorf("game %q: %v", game, got)
		}
		if label, _, _ := strings.Cut(p.instance.String(), "."); len(label) > 63 || strings.Count(p.instance.String(), ".") != 4 {
			t.Errorf("game %q: instance %v", game, p.instance)
		}
	}
}

func TestQueries(t *testing.T) {
	instance, host := somePlate.instance.String(), somePlate.host.String()
	known := somePlate.records(nil)[:1]
	stale := slices.Clone(known)
	stale[0].Header.TTL = recordTTL/2 - 1
	for name, test := range map[string]struct {
		packet                  []byte
		answers                 int // records asked for
		unicast, known, ignored bool
	}{
		"service":         {packet: ask("_visavis._udp.local.", dnsmessage.TypePTR, dnsmessage.ClassINET), answers: 1},
		"capitals":        {packet: ask("_VisAVis._UDP.Local.", dnsmessage.TypePTR, dnsmessage.ClassANY), answers: 1},
		"by unicast":      {packet: ask(serviceName, dnsmessage.TypePTR, dnsmessage.ClassINET|unicastAnswer), answers: 1, unicast: true},
		"known":           {packet: ask(serviceName, dnsmessage.TypePTR, dnsmessage.ClassINET, known...), answers: 1, known: true},
		"known too long":  {packet: ask(serviceName, dnsmessage.TypePTR, dnsmessage.ClassINET, stale...), answers: 1},
		"all of it":       {packet: ask(instance, dnsmessage.TypeALL, dnsmessage.ClassINET), answers: 2},
		"address":         {packet: ask(host, dnsmessage.TypeA, dnsmessage.ClassINET), answers: 1},
		"IPv6 address":    {packet: ask(host, dnsmessage.TypeAAAA, dnsmessage.ClassINET), answers: 1},
		"services":        {packet: ask(metaName, dnsmessage.TypePTR, dnsmessage.ClassINET), answers: 1},
		"another service": {packet: ask("_http._tcp.local.", dnsmessage.TypePTR, dnsmessage.ClassINET), ignored: true},
		"another type":    {packet: ask(instance, dnsmessage.TypeMX, dnsmessage.ClassINET), ignored: true},
		"another class":   {packet: ask(serviceName, dnsmessage.TypePTR, dnsmessage.ClassCHAOS), ignored: true},
		"a response":      {packet: somePlate.announcement(someHere, false), ignored: true},
		"too long":        {packet: append(serviceQuery(1), make([]byte, maxDNSPacket)...), ignored: true},
	} {
		q := somePlate.readQuery(test.packet)
		if ignored := len(q.asked) == 0; ignored != test.ignored || q.unicast != test.unicast || q.known != test.known {
			t.Errorf("%s: %+v", name, q)
		}
		if test.ignored {
			continue
		}
		for _, legacy := range []bool{false, true} {
			var m dnsmessage.Message
			if err := m.Unpack(somePlate.answer(q, someHere, legacy)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(m.Answers) != test.answers || !m.Response || !m.Authoritative || legacy != (m.ID == 99) || legacy != (len(m.Questions) == 1) {
				t.Errorf("%s: answered, legacy %v, %+v", name, legacy, m)
			}
			for _, r := range append(m.Answers, m.Additionals...) {
				if flush := r.Header.Class&cacheFlush != 0; legacy && (flush || r.Header.TTL > legacyTTL) || !legacy && flush == (r.Header.Type == dnsmessage.TypePTR) {
					t.Errorf("%s: legacy %v has the record %+v", name, legacy, r.Header)
				}
			}
		}
	}
	if q := somePlate.readQuery(ask(host, dnsmessage.TypeAAAA, dnsmessage.ClassINET)); somePlate.answer(q, someHere[:1], true) != nil {
		t.Error("an address that there is not was answered")
	}
}

// A question that the parser refuses, because of a dot inside a label, does not
// hide the one behind it.
func TestQueryBehindDottedName(t *testing.T) {
	packet := []byte{0, 99, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0}
	packet = append(packet, "\x05a.b.c\x05local\x00\x00\x21\x00\x01"...)
	packet = append(packet, ask(serviceName, dnsmessage.TypePTR, dnsmessage.ClassINET)[12:]...)
	if q := somePlate.readQuery(packet); len(q.asked) != 1 {
		t.Errorf("read %+v", q)
	}
}

// hostile are packets that are meant to do harm.
func hostile() map[string][]byte {
	header := func(questions, answers byte) []byte {
		return []byte{0, 0, 0x84, 0, 0, questions, 0, answers, 0, 0, 0, 0}
	}
	long := strings.Repeat("\x3f"+strings.Repeat("x", 63), 3) + "\x3d" + strings.Repeat("x", 61) + "\x00" // 255 bytes
	many := dnsmessage.Message{Header: dnsmessage.Header{Response: true}}
	for n := range 60 {
		p := newPlate(&beacon{key: public(key(uint32(n))), game: "pond"}, uint16(1000+n))
		many.Answers = append(many.Answers, p.records([]place{somePlace("192.168.1.1/24")})[1:]...)
	}
	victims := dnsmessage.Message{Header: dnsmessage.Header{Response: true}}
	victims.Answers = somePlate.records(nil)
	for n := range 250 {
		victims.Answers = append(victims.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: somePlate.host, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: 1},
			Body:   &dnsmessage.AResource{A: sourceAddr(n).As4()},
		})
	}
	return map[string][]byte{
		"pointer to itself":  append(header(0, 1), "\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x78\x00\x00"...),
		"pointers in a ring": append(header(0, 2), "\xc0\x0e\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x78\x00\x00"...),
		"pointer beyond":     append(header(0, 1), "\xff\xff\x00\x21\x00\x01"...),
		"255 bytes":          append(header(0, 1), long+"\x00\x21\x00\x01\x00\x00\x00\x78\x00\x07\x00\x00\x00\x00\x10\x00\x00"...),
		"counts that lie":    {0, 0, 0x84, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"no port":            (&plate{game: "pond", instance: somePlate.instance, host: somePlate.host}).announcement(someHere, false),
		"many instances":     pack(&many),
		"many addresses":     pack(&victims),
	}
}

func TestHostileNames(t *testing.T) {
	for name, packet := range hostile() {
		if got := doors(packet); len(got) > maxDoorsPacket || strings.HasPrefix(name, "many") != (len(got) > 0) {
			t.Errorf("%s: %d doors: %v", name, len(got), got)
		}
		if q := somePlate.readQuery(packet); len(q.asked) != 0 {
			t.Errorf("%s: asks %v", name, q.asked)
		}
	}
	var questions dnsmessage.Message
	for range 500 {
		questions.Questions = append(questions.Questions, dnsmessage.Question{Name: somePlate.instance, Type: dnsmessage.TypeALL, Class: dnsmessage.ClassINET})
	}
	packet := pack(&questions)
	if answer := somePlate.answer(somePlate.readQuery(packet), someHere, true); len(answer) > 512 {
		t.Errorf("%d bytes of questions are answered with %d", len(packet), len(answer))
	}
}

func FuzzReadDoors(f *testing.F) {
	f.Add(somePlate.announcement(someHere, false))
	for _, packet := range hostile() {
		f.Add(packet)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		before := bytes.Clone(packet)
		for _, at := range doors(packet) {
			if !at.IsValid() || at.Port() == 0 {
				t.Errorf("a door at %v", at)
			}
		}
		if len(doors(packet)) > maxDoorsPacket || !bytes.Equal(before, packet) {
			t.Error("too many doors, or the packet was changed")
		}
	})
}

func FuzzReadQuery(f *testing.F) {
	f.Add(serviceQuery(1))
	f.Add(ask(somePlate.host.String(), dnsmessage.TypeALL, dnsmessage.ClassANY, somePlate.records(someHere)...))
	f.Fuzz(func(t *testing.T, packet []byte) {
		q := somePlate.readQuery(packet)
		if len(q.asked) > maxEchoed {
			t.Errorf("%d questions", len(q.asked))
		}
		for _, legacy := range []bool{false, true} {
			if len(q.asked) == 0 {
				continue
			}
			var m dnsmessage.Message
			if err := m.Unpack(somePlate.answer(q, someHere, legacy)); err != nil || len(m.Answers) == 0 {
				t.Errorf("answered with %+v, %v", m, err)
			}
		}
	})
}
