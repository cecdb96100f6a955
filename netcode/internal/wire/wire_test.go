//go:build !race

package wire

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

func TestDataRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		held := int32(rng.IntN(1<<20)) - 1
		d := Data{
			Match: uint8(rng.IntN(16)), View: rng.Uint32N(1 << 20), Born: rng.Uint32N(1 << 20), Beat: rng.Uint32N(1 << 24),
			Held: held, Confirmed: max(-1, held-int32(rng.IntN(256))), HasMargin: rng.IntN(2) == 0, OwnRun: true,
		}
		if d.HasMargin {
			d.Margin = int16(rng.Uint32())
		}
		if rng.IntN(4) == 0 {
			d.HasGossip = true
			d.Gossip = Gossip{Bears: uint8(rng.IntN(16)), Links: uint16(rng.Uint32()), Sent: rng.Uint32(), Count: uint8(1 + rng.IntN(16))}
			for i := range d.Gossip.Count {
				d.Gossip.Streams[i] = StreamState{ID: StreamID{Machine: uint8(rng.IntN(16)), Born: rng.Uint32()}, Held: int32(rng.IntN(1<<30)) - 1, Beat: rng.Uint32()}
			}
		}
		near := Near{
			View: d.View + rng.Uint32N(6), Born: d.Born + rng.Uint32N(6), Beat: d.Beat + rng.Uint32N(100),
			Held: max(-1, d.Held+int32(rng.IntN(600))-300),
		}
		var got Data
		rest, err := ParseData(AppendData(nil, &d), &got, near)
		if err != nil || len(rest) != 0 || got != d {
			t.Fatalf("sent %+v\n got %+v, rest %d, %v", d, got, len(rest), err)
		}
	}
}

func TestRunRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5_000 {
		size := 1 + rng.IntN(12)
		if rng.IntN(10) == 0 {
			size = 1 + rng.IntN(MaxRecordBytes)
		}
		first, count := int32(rng.IntN(1<<20)), 1+rng.IntN(20)
		records := make([][]byte, count+1)
		records[0] = make([]byte, size)
		for i := 1; i <= count; i++ {
			records[i] = bytes.Clone(records[i-1])
			for range rng.IntN(3) {
				records[i][rng.IntN(size)] = byte(rng.Uint32())
			}
		}
		var w RunWriter
		alone := rng.IntN(2) == 0
		if alone {
			clear(records[0])
			w.BeginAlone(nil, first, records[0], 1100)
		} else {
			w.Begin(nil, first, records[0], 1100)
		}
		written, bits := 0, 8*RunHeadBytes
		if alone {
			bits = 8 * AloneHeadBytes
		}
		for written < count && w.Add(records[written+1]) {
			written++
			bits += RecordBits(records[written], records[written-1])
		}
		b, n := w.End(true)
		if n != written || n == 0 || len(b) > 1100 || len(b) != (bits+7)/8 {
			t.Fatalf("%d records of %d bytes: wrote %d, counted %d, %d bytes", count, size, written, n, len(b))
		}
		var r RunReader
		if err := r.BeginOwn(b, first-1-int32(rng.IntN(5))); err != nil || r.First != first || r.Alone != alone || r.Count != n || !r.Final {
			t.Fatal(err, r)
		}
		record := bytes.Clone(records[0])
		if alone && r.Bytes != size {
			t.Fatalf("records of %d bytes, it says %d", size, r.Bytes)
		}
		for i := 1; i <= n; i++ {
			if _, err := r.Next(record); err != nil || !bytes.Equal(record, records[i]) {
				t.Fatalf("record %d: %v, want %v, %v", i, record, records[i], err)
			}
		}
		if len(r.Rest()) != 0 {
			t.Fatalf("%d bytes left", len(r.Rest()))
		}
	}
}

// TestRunFormat writes runs as the format is told, bit by bit, and compares. Runs
// that do not fit end before the first record that does not.
// TestUnevenRun: records of any lengths come as they went, as many as fit.
func TestUnevenRun(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 5_000 {
		records := make([][]byte, 1+rng.IntN(40))
		for i := range records {
			records[i] = make([]byte, rng.IntN(1+rng.IntN(MaxRecordBytes+1)))
			for k := range records[i] {
				records[i][k] = byte(rng.Uint32())
			}
			if i > 0 && rng.IntN(3) == 0 {
				records[i] = records[i-1]
			}
		}
		first, limit := int32(rng.IntN(1<<20)), AloneHeadBytes+2+rng.IntN(1100)
		var w RunWriter
		w.BeginUneven([]byte{7}, first, limit)
		size, want := 1+RunHeadBytes+unevenBytes, 0
		for i, record := range records {
			size += UnevenBytes(record, i > 0 && bytes.Equal(record, records[i-1]))
			if size > limit {
				break
			}
			want++
		}
		got := 0
		for got < len(records) && w.Add(records[got]) {
			got++
		}
		b, n := w.End(true)
		if n != want || got != want || len(b) > limit {
			t.Fatalf("%d records in %d of %d bytes, want %d", n, len(b), limit, want)
		}
		if n == 0 {
			continue
		}
		var r RunReader
		if err := r.BeginOwn(b[1:], first+9); err != nil || r.First != first || !r.Alone || r.Count != n || !r.Final {
			t.Fatal(err, r)
		}
		record := make([]byte, 3, MaxRecordBytes)
		for i := range n {
			var err error
			if record, err = r.Next(record); err != nil || !bytes.Equal(record, records[i]) {
				t.Fatalf("record %d: %v, want %v, %v", i, record, records[i], err)
			}
		}
		if len(r.Rest()) != 0 {
			t.Fatalf("%d bytes left", len(r.Rest()))
		}
	}
}

func TestRunFormat(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 3_000 {
		size, limit := 1+rng.IntN(9), 40+rng.IntN(100)
		before := make([]byte, size)
		var records [][]byte
		for range 1 + rng.IntN(40) {
			next := bytes.Clone(before)
			if len(records) > 0 {
				next = bytes.Clone(records[len(records)-1])
			}
			for i := range next {
				if rng.IntN(3) == 0 {
					next[i] = byte(rng.Uint32())
				}
			}
			records = append(records, next)
		}
		text := strings.Builder{}
		count := 0
		for last := before; count < len(records); count++ {
			var record strings.Builder
			writeBits(&record, last, records[count])
			if text.Len()+record.Len() > 8*(limit-RunHeadBytes) {
				break
			}
			text.WriteString(record.String())
			last = records[count]
		}
		want := []byte{0x12, 0x34, byte(count)}
		for bits := text.String(); bits != ""; bits = bits[min(8, len(bits)):] {
			b, _ := strconv.ParseUint((bits + "0000000")[:8], 2, 8)
			want = append(want, byte(b))
		}
		var w RunWriter
		w.Begin(nil, 0x51234, before, limit)
		for _, r := range records {
			if !w.Add(r) {
				break
			}
		}
		if got, n := w.End(false); n != count || !bytes.Equal(got, want) {
			t.Fatalf("size %d, limit %d: %d records %x, want %d records %x", size, limit, n, got, count, want)
		}
	}
}

// TestHeldRun: a run of records that are all the same is what a RunWriter makes of them.
func TestHeldRun(t *testing.T) {
	record := []byte{1, 2, 3, 4, 5}
	for count := 1; count <= MaxRunRecords; count++ {
		first, final := int32(count*977), count%2 == 0
		var w RunWriter
		w.Begin([]byte("head"), first, record, 1100)
		for range count {
			w.Add(record)
		}
		want, _ := w.End(final)
		got := AppendHeld([]byte("head"), first, count, final)
		if !bytes.Equal(got, want) || len(got) != len("head")+HeldRunBytes(count) {
			t.Fatalf("%d records: %x, want %x", count, got, want)
		}
	}
}

// writeBits is one record as zeros and ones.
func writeBits(to *strings.Builder, before, record []byte) {
	mask, sparse, whole := "", "", ""
	for i, b := range record {
		eight := fmt.Sprintf("%08b", b)
		whole += eight
		if b != before[i] {
			mask, sparse = mask+"1", sparse+eight
		} else {
			mask += "0"
		}
	}
	switch {
	case sparse == "":
		to.WriteString("0")
	case len(record) == 1:
		to.WriteString("1" + whole)
	case len(mask)+len(sparse) >= len(whole):
		to.WriteString("11" + whole)
	default:
		to.WriteString("10" + mask + sparse)
	}
}

// TestHeldRunIsSmall guards what the format is for: eight frames of a held
// four-byte input with one change must fit the budget of the scoreboard.
func TestHeldRunIsSmall(t *testing.T) {
	var w RunWriter
	zero, one := make([]byte, 4), []byte{1, 2, 3, 4}
	w.Begin(AppendData(nil, &Data{OwnRun: true}), 100, zero, 1100)
	for i := range 8 {
		w.Add([][]byte{zero, one}[i/4])
	}
	if b, _ := w.End(false); len(b) > 15 {
		t.Fatalf("%d bytes, want at most 15", len(b))
	}
}

func messages() []Message {
	return []Message{
		&Hello{Protocol: Protocol, Game: "g", Rules: 1 << 60, TickRate: 60, InputBytes: 4, Window: 8, Checksums: 60, Purpose: JoinLobby, Name: "Ana", Players: []Player{{Name: "Ana", Own: []byte{9}}, {Own: []byte{}}}, Ready: true, Waits: true, Lobby: 7, Proof: [32]byte{1}, Addrs: []string{"10.0.0.1:5"}, Offer: []byte{1}, Layout: 1 << 63, Arithmetic: "arm64 with fused sums", Fields: make([]byte, MaxFields*FieldMarkBytes)},
		&Hello{Protocol: Protocol, Game: "g", Purpose: JoinLobby, Players: make([]Player, 16), Credential: CredentialSecret, Share: make([]byte, 65)}, &Proof{MAC: [32]byte{1}},
		&Welcome{Lobby: 9, Machine: 3, Host: 2, Term: 1},
		&Roster{Members: []RosterMember{{Machine: 1, Key: [32]byte{7}, Players: []Player{{Name: "Zoë"}, {Name: "Bo", Own: make([]byte, MaxOwnBytes)}}, Ready: true, Linked: 3, Addrs: []string{"[::1]:7"}, Offer: []byte{2}, Secret: [16]byte{4}}}, Options: []byte{1, 2}, MaxSeats: 8, Term: 3},
		&Status{Players: []Player{{Name: "B", Own: []byte{1, 2}}, {}}, Ready: true, Linked: 5, Offer: []byte{3}},
		&NotSeated{Seats: 2},
		&InLine{Before: 2, Why: 1},
		&Elsewhere{Address: "192.0.2.1:7777#abcdefghijklmnopqrstuvwxyz"},
		&Holding{Match: 3, Frame: 120, Asks: true, Differ: 0x8001, Streams: []HeldStream{{Machine: 15, Born: 7, Digest: [32]byte{1, 31: 2}}}},
		&Say{Text: "hello"},
		&News{Event: Said, Machine: 2, Name: "Ana 2", Text: "hello"},
		&News{Event: SentAway, Machine: 3, Name: "Bo"},
		&Start{Match: 2, Seed: 5, Frames: 600, Options: []byte{3}, WaitMicros: 4000, Machines: []StartMachine{{Machine: 0, Players: []Player{{Name: "Ana"}}}, {Machine: 1, Players: []Player{{Name: "Zoë", Own: []byte{7}}, {Name: "Bo"}}}}, Empty: 13},
		&Checksum{Match: 1, Frame: 60, World: 1 << 63, Inputs: 4, Last: true},
		&Finding{Match: 1, Machine: 2, Frame: 60, Text: "x"},
		&Members{Match: 1, More: true, Bytes: []byte{1}},
		&Tail{Datagram: []byte{1, 2}},
		&JoinAsk{Match: 1, Attempt: 1 << 63}, &JoinDenied{Match: 1, Attempt: 2, Why: DenialTooBig},
		&DesyncHashes{Match: 1, First: 3, Hashes: []uint64{1, 2}},
		&DesyncParts{Match: 1, Frame: 3, Bytes: MaxWorldPart + 1, Hashes: []uint64{1, 2}},
		&DesyncParts{Match: 1, Frame: 3, Bytes: MaxWorldParts * MaxWorldPart, Hashes: make([]uint64, MaxWorldParts)},
		&DesyncAsk{Match: 1, Frame: 3, First: 1, Count: 2},
		&DesyncPart{Match: 1, Frame: 3, Part: 1, Bytes: []byte{1}},
		&RelayAsk{Machines: 0x8005},
		&RelayWay{Machine: 2, Header: [8]byte{0x25, 1}},
		&RelayWay{Machine: 2, Refusal: RefusalOver},
		&Reach{Offer: []byte{5}},
		&Show{Match: [32]byte{1}, Key: [32]byte{2}, DelayMs: 3000, Header: []byte{1}, Pass: [32]byte{3}}, &Audience{Tag: 3, Bytes: []byte{2}},
		&Contact{Addrs: []string{"192.0.2.1:7777"}, Offer: []byte{1}, Secret: [16]byte{2}},
		&Start{Match: 2, Machines: []StartMachine{{Machine: 0, Players: []Player{{Name: "Ana"}}}}, ReelWorld: 1 << 63, ReelFrame: 720},
		&Reel{Name: [32]byte{1}, Sum: [32]byte{2}, Bytes: MaxReelBytes, First: 3, End: 5000, Grows: true}, &ReelAsk{Name: [32]byte{1}, From: 7, Through: 8},
		&ReelHave{Name: [32]byte{1}, Bytes: 7, Plays: true},
		&CueAsk{Number: 4, Cue: Cue{Holder: 2, Frame: 70, AtMicros: 1 << 40, Speed: -MaxCueSpeed, Playing: true}},
		&CueNow{Cue: Cue{Holder: 2, Frame: 70, AtMicros: 5, Speed: 1}, End: 90, NowMicros: 9, Asker: 3, Asked: 4},
		&HostWord{Term: 3, Gone: true, Playing: true},
		&Foyer{Watching: 12, Watchers: []string{"Ola", "Pia"}, Players: []FoyerPlayer{{Name: "Ana", Ready: true}, {Name: "Ben"}}, MaxSeats: 8, Machines: [][32]byte{{1}, {2}}},
		&Will{Password: [32]byte{1}, Code: "K7QF-3MX9-TD4W", WatchCode: "K7QF-3MX9-TD4X", LAN: true, Invite: true, Title: "pond", Kicked: make([][32]byte, MaxKicked), Matches: 3},
	}
}

func TestMessageRoundTrip(t *testing.T) {
	for _, m := range messages() {
		got, err := ParseMessage(MarshalMessage(m))
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("sent %+v\n got %+v, %v", m, got, err)
		}
	}
}

// TestHelloOfOtherVersions: a greeting with fewer or more fields can still be told
// apart by its version.
func TestHelloOfOtherVersions(t *testing.T) {
	type old struct {
		Protocol   uint32
		Game       string
		Rules      uint64
		TickRate   uint16
		InputBytes uint16
		Window     uint8
		Checksums  uint16
		Purpose    Purpose
		Name       string
	}
	type next struct {
		Hello `msgpack:",inline"`
		More  []string
	}
	for want, m := range map[uint32]any{
		1:            &old{Protocol: 1, Game: "g", Purpose: JoinLobby, Name: "Ana"},
		Protocol + 1: &next{Hello: Hello{Protocol: Protocol + 1, Game: "g", Purpose: JoinLobby, Name: "Ana"}, More: []string{"more"}},
	} {
		b := bytes.NewBuffer([]byte{(&Hello{}).kind()})
		e := msgpack.NewEncoder(b)
		e.UseArrayEncodedStructs(true)
		if err := e.Encode(m); err != nil {
			t.Fatal(err)
		}
		got, err := ParseMessage(b.Bytes())
		if h, ok := got.(*Hello); err != nil || !ok || h.Protocol != want || h.Name != "Ana" {
			t.Errorf("version %d: %+v, %v", want, got, err)
		}
	}
}

func TestMessagesOutOfBoundsAreRefused(t *testing.T) {
	ana := []Player{{Name: "Ana"}}
	nine := slices.Repeat(ana, 9)
	for _, m := range []Message{
		&Hello{Protocol: Protocol}, &Hello{}, &Hello{Protocol: Protocol, Purpose: JoinMesh, Addrs: make([]string, MaxAddrs+1)},
		&Hello{Protocol: Protocol, Purpose: JoinLobby, Players: ana, Credential: CredentialInvite + 1}, &Hello{Protocol: Protocol, Purpose: JoinLobby, Players: ana, Share: make([]byte, 64)},
		&Hello{Protocol: Protocol, Purpose: JoinLobby, Players: ana, Arithmetic: strings.Repeat("x", MaxArithmeticBytes+1)},
		&Hello{Protocol: Protocol, Purpose: JoinLobby, Players: ana, Fields: make([]byte, (MaxFields+1)*FieldMarkBytes)}, &Hello{Protocol: Protocol, Purpose: JoinLobby, Players: ana, Fields: make([]byte, FieldMarkBytes+1)},
		&Welcome{Machine: 16}, &Welcome{Host: 16},
		&Will{Kicked: make([][32]byte, MaxKicked+1)}, &Will{Title: strings.Repeat("x", 193)}, &Will{Code: strings.Repeat("x", 33)}, &Will{WatchCode: strings.Repeat("x", 33)},
		&Hello{Protocol: Protocol, Purpose: JoinLobby}, &Hello{Protocol: Protocol, Purpose: JoinMesh, Players: ana}, &Hello{Protocol: Protocol, Purpose: JoinLobby, Players: make([]Player, 17)},
		&Hello{Protocol: Protocol, Purpose: JoinLobby, Players: []Player{{Own: make([]byte, MaxOwnBytes+1)}}},
		&Status{}, &Status{Players: make([]Player, 17)}, &Status{Players: []Player{{Name: strings.Repeat("x", MaxNameBytes+1)}}},
		&NotSeated{}, &NotSeated{Seats: 17}, &Elsewhere{Address: strings.Repeat("1", 129)},
		&Roster{Members: []RosterMember{{Machine: 1, Players: ana}, {Machine: 1, Players: ana}}},
		&Roster{Members: []RosterMember{{Machine: 1}}},
		&Start{}, &Start{Empty: 3}, &Start{Machines: []StartMachine{{Players: ana}}, Empty: 16}, &Start{Machines: []StartMachine{{Machine: 0, Players: nine}, {Machine: 1, Players: nine}}},
		&Start{Frames: -1, Machines: []StartMachine{{Players: ana}}},
		&Start{Machines: []StartMachine{{Players: []Player{{}}}}}, &Start{Machines: []StartMachine{{Players: []Player{{Name: "Ana\n"}}}}},
		&Start{Machines: []StartMachine{{Players: []Player{{Name: "Ana", Own: make([]byte, MaxOwnBytes+1)}}}}},
		&Roster{Members: []RosterMember{{Players: []Player{{Name: "\u202eanA"}}}}}, &Roster{Members: []RosterMember{{Players: []Player{{Name: "\xff"}}}}},
		&Checksum{Frame: -1}, &Finding{Machine: MaxMachines}, &Finding{Frame: -1}, &Holding{Frame: -1}, &Holding{Streams: make([]HeldStream, MaxHeldStreams+1)}, &Holding{Streams: []HeldStream{{Machine: MaxMachines}}}, &Members{}, &Members{Bytes: make([]byte, MaxMembersBytes+1)}, &Tail{Datagram: make([]byte, maxTailBytes+1)}, &DesyncHashes{First: -1}, &DesyncHashes{Hashes: make([]uint64, MaxDesyncHashes+1)},
		&DesyncParts{Bytes: 1}, &DesyncParts{Hashes: []uint64{1}}, &DesyncParts{Bytes: MaxWorldParts*MaxWorldPart + 1, Hashes: make([]uint64, MaxWorldParts+1)},
		&DesyncAsk{}, &DesyncAsk{Count: MaxAskedParts + 1}, &DesyncAsk{First: MaxWorldParts, Count: 1},
		&DesyncPart{}, &DesyncPart{Part: MaxWorldParts, Bytes: []byte{1}}, &DesyncPart{Bytes: make([]byte, MaxWorldPart+1)},
		&RelayWay{Machine: 16, Header: [8]byte{0x25}}, &RelayWay{Header: [8]byte{0x40}}, &RelayWay{Header: [8]byte{0, 1}}, &RelayWay{Header: [8]byte{0x25}, Refusal: 1},
		&RelayWay{}, &RelayWay{Refusal: 5}, &Reach{Offer: make([]byte, maxOfferBytes+1)}, &JoinDenied{}, &JoinDenied{Why: DenialTooBig + 1},
		&Will{Watched: true, WatchDelayMs: MaxDelayMs + 1},
		&Show{DelayMs: MaxDelayMs + 1}, &Show{Header: make([]byte, MaxHeaderBytes+1)}, &Audience{}, &Audience{Bytes: make([]byte, MaxAudienceBytes+1)}, &Contact{Offer: make([]byte, maxOfferBytes+1)}, &Contact{Addrs: make([]string, MaxAddrs+1)}, &Hello{Protocol: Protocol, Purpose: WatchLobby, Players: ana},
		&Foyer{Watchers: []string{"Ola"}}, &Foyer{Watching: 9, Watchers: make([]string, MaxFoyerNames+1)}, &Foyer{Watching: 1, Watchers: []string{strings.Repeat("x", MaxNameBytes+1)}},
		&Foyer{Players: make([]FoyerPlayer, MaxMachines+1)}, &Foyer{Players: []FoyerPlayer{{Name: strings.Repeat("x", MaxNameBytes+1)}}}, &Foyer{MaxSeats: MaxMachines + 1}, &Foyer{Machines: make([][32]byte, MaxMachines+1)},
		&Start{Machines: []StartMachine{{Players: ana}}, ReelFrame: -1},
		&Reel{}, &Reel{Bytes: MaxReelBytes + 1}, &Reel{Bytes: 1, First: 2, End: 1}, &Reel{Bytes: 1, First: -1}, &ReelAsk{Through: MaxReelBytes + 1}, &ReelAsk{From: 2, Through: 1}, &ReelHave{Bytes: MaxReelBytes + 1},
		&CueAsk{}, &CueAsk{Cue: Cue{Speed: MaxCueSpeed + 1}}, &CueAsk{Cue: Cue{Speed: -MaxCueSpeed - 1}}, &CueAsk{Cue: Cue{Speed: 4, Frame: -1}}, &CueAsk{Cue: Cue{Speed: 4, AtMicros: -1}},
		&CueAsk{Cue: Cue{Speed: 4, AtMicros: maxMicros}}, &CueAsk{Cue: Cue{Speed: 4, Holder: MaxMachines}},
		&CueNow{}, &CueNow{Cue: Cue{Speed: 4}, NowMicros: -1}, &CueNow{Cue: Cue{Speed: 4}, End: -1}, &CueNow{Cue: Cue{Speed: 4}, NowMicros: maxMicros}, &CueNow{Cue: Cue{Speed: 4}, Asker: MaxMachines},
		&Say{Text: strings.Repeat("x", MaxTextBytes+1)}, &News{}, &News{Event: SentAway + 1}, &News{Event: Came, Machine: MaxMachines},
		&News{Event: Came, Name: strings.Repeat("x", MaxNameBytes+1)}, &News{Event: Said, Text: strings.Repeat("x", MaxTextBytes+1)},
	} {
		if _, err := ParseMessage(MarshalMessage(m)); err == nil {
			t.Errorf("%+v was taken", m)
		}
	}
	for _, b := range [][]byte{nil, {1}, {0, 0}, {99, 1}, append(MarshalMessage(&Say{}), 0)} {
		if _, err := ParseMessage(b); err == nil {
			t.Errorf("% x was taken", b)
		}
	}
}

func FuzzParseData(f *testing.F) {
	var w RunWriter
	w.Begin(AppendData(nil, &Data{OwnRun: true, HasMargin: true, HasGossip: true, Gossip: Gossip{Count: 2}}), 0, make([]byte, 4), 1100)
	w.Add([]byte{1, 2, 3, 4})
	w.Add([]byte{1, 2, 3, 5})
	b, _ := w.End(false)
	f.Add(b, int32(5), uint8(4))
	w.BeginAlone(AppendData(nil, &Data{OwnRun: true}), 30_000, make([]byte, 4), 1100)
	w.Add([]byte{1, 2, 0, 4})
	b, _ = w.End(false)
	f.Add(b, int32(40_000), uint8(4))
	w.BeginUneven(AppendData(nil, &Data{OwnRun: true}), 30_000, 1100)
	w.Add([]byte{1, 2, 0, 4})
	w.Add(nil)
	w.Add(nil)
	b, _ = w.End(true)
	f.Add(b, int32(40_000), uint8(4))
	f.Add([]byte{8, 0, 0, 0, 0, 0, 1, 3, 1, 0, 0, 1, 255}, int32(-1), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, held int32, size uint8) {
		var d Data
		near := Near{View: 3, Born: 1, Beat: 900, Held: max(-1, held)}
		rest, err := ParseData(b, &d, near)
		if err != nil {
			return
		}
		if d.Held < -1 || d.Confirmed < -1 || d.Confirmed > d.Held || d.ForeignRuns > MaxMachines || d.Gossip.Count > MaxMachines {
			t.Fatalf("%+v", d)
		}
		record := make([]byte, max(1, size), MaxRecordBytes)
		runs := int(d.ForeignRuns)
		var r RunReader
		if d.OwnRun {
			if r.BeginOwn(rest, near.Held) != nil {
				return
			}
			if !readAll(t, &r, record) {
				return
			}
			rest = r.Rest()
		}
		for range runs {
			if r.BeginForeign(rest, func(StreamID) int32 { return near.Held }) != nil || !readAll(t, &r, record) {
				return
			}
			rest = r.Rest()
		}
	})
}

func readAll(t *testing.T, r *RunReader, record []byte) bool {
	if r.First < 0 || r.Count < 1 || r.Count > MaxRunRecords {
		t.Fatalf("%+v", r)
	}
	if r.Alone {
		record = record[:r.Bytes]
	}
	for r.Count > 0 {
		var err error
		if record, err = r.Next(record); err != nil {
			return false
		}
	}
	return true
}

func FuzzParseMessage(f *testing.F) {
	for _, m := range messages() {
		f.Add(MarshalMessage(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(b)
		if err != nil {
			return
		}
		again, err := ParseMessage(MarshalMessage(m))
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Fatalf("%+v became %+v, %v", m, again, err)
		}
	})
}
