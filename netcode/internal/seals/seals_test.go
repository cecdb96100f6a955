//go:build !race

package seals

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// verify is as an endpoint does it.
func verify(key link.Key, b []byte, signature [link.SignatureBytes]byte) bool {
	return ed25519.Verify(key[:], b, signature[:])
}

// player is one who signs.
type player struct {
	key    ed25519.PrivateKey
	domain string
}

func (p player) Sign(b []byte) membership.Signature {
	return membership.Signature(ed25519.Sign(p.key, append([]byte(p.domain), b...)))
}

func (player) Verify(uint8, []byte, membership.Signature) bool { return false }

// match is a log in the making, of machines whose players press something else in each frame.
type match struct {
	header  matchlog.Header
	players []player
	digests []records.Digest
	links   [][][]byte
	next    rollback.Frame
}

func newMatch(machines int) *match {
	m := &match{header: matchlog.Header{Match: [32]byte{7}, TickRate: 60, LeadFrames: 20}, digests: make([]records.Digest, machines), links: make([][][]byte, machines)}
	for i := range machines {
		seed := sha256.Sum256([]byte{byte(i)})
		p := player{ed25519.NewKeyFromSeed(seed[:]), Domain(m.header.Match)}
		m.players = append(m.players, p)
		m.header.Players = append(m.header.Players, matchlog.Player{Machine: uint8(i), Key: [32]byte(p.key.Public().(ed25519.PublicKey))})
	}
	return m
}

// frame is the next one.
func (m *match) frame() *matchlog.Span {
	config := records.ConfigOf(m.header.TickRate, m.header.LeadFrames)
	span := &matchlog.Span{Count: 1}
	for i := range m.players {
		record := []byte{byte(m.next) ^ byte(i), byte(m.next >> 8)}
		span.Runs = append(span.Runs, matchlog.Run{Stream: records.StreamID{Machine: uint8(i)}, Seats: 1 << i, Records: [][]byte{record}})
		if m.links[i] = append(m.links[i], record); (m.next+1)%records.LinkFrames == 0 {
			m.digests[i], m.links[i] = config.DigestAfter(m.digests[i], m.next+1-records.LinkFrames, m.links[i]), nil
		}
	}
	m.next++
	return span
}

// seal is a machine's newest.
func (m *match) seal(machine int) *membership.Seal {
	return membership.SignedBy(m.players[machine], &membership.Seal{
		Stream: records.StreamID{Machine: uint8(machine)}, Through: m.next - 1, Beat: 1, Digest: m.digests[machine],
	})
}

func inBlock(seal *membership.Seal) *matchlog.Signed {
	b := membership.AppendMessage(nil, seal)
	return &matchlog.Signed{Piece: matchlog.Piece{Total: len(b), Bytes: b}}
}

// play gives a check frames, and the seals of all machines behind each so many.
func (m *match) play(t *testing.T, c *Check, frames, apart int) {
	t.Helper()
	for range frames {
		at := m.next
		c.Frame(at, m.frame(), 0)
		if int(m.next)%apart == 0 {
			for i := range m.players {
				if err := c.Take(inBlock(m.seal(i))); err != nil {
					t.Fatalf("frame %d: %v", m.next, err)
				}
			}
		}
	}
}

// TestThrough: a frame counts as signed when all have sealed it; who reads from the middle on knows
// it from the second seals on.
func TestThrough(t *testing.T) {
	const apart = 4 * records.LinkFrames
	m := newMatch(3)
	whole, middle := NewCheck(&m.header, verify), NewCheck(&m.header, verify)
	if m.play(t, whole, apart-1, apart); whole.Through() != rollback.NoFrame {
		t.Errorf("frame %d is signed before anybody has signed", whole.Through())
	}
	for range 30 {
		m.play(t, whole, 1, apart)
	}
	if whole.Through() != apart-1 {
		t.Errorf("it is signed through frame %d", whole.Through())
	}
	for range 2 * apart {
		at := m.next
		span := m.frame()
		whole.Frame(at, span, 0)
		middle.Frame(at, span, 0)
		if int(m.next)%apart == 0 {
			if middle.Through() != rollback.NoFrame {
				t.Errorf("frame %d is signed to who has seen one seal", middle.Through())
			}
			for i := range m.players {
				if whole.Take(inBlock(m.seal(i))) != nil || middle.Take(inBlock(m.seal(i))) != nil {
					t.Error("a good seal is taken for a forged one")
				}
			}
		}
	}
	if whole.Through() != middle.Through() || middle.Through() != 3*apart-1 {
		t.Errorf("it is signed through frame %d, and %d to who has come later", whole.Through(), middle.Through())
	}
	for _, s := range middle.AppendSigned(nil) {
		if s.From != 2*apart || s.First != apart+29 || s.Through != 3*apart-1 || s.Last != m.next-1 {
			t.Errorf("%+v", s)
		}
	}
}

// sealedFrames and forgedThrough are what of the log of TestForged is sealed, and where the seal
// stands that is looked at.
const (
	sealedFrames  = 2 * records.LinkFrames
	forgedThrough = 4*records.LinkFrames - 1
)

// TestForged: a record, a signature, a digest or an author that is another one is found, and it is
// said whose and in which frames; what cannot be compared with anything is passed by.
func TestForged(t *testing.T) {
	const (
		fine      = ""
		signature = `the log is forged: what stands in it as the signature of "Ben" through frame 95 is by somebody else`
		pressed   = `the log is forged: what it has "Ben" press in frames 48 to 95 is not what the player has signed`
	)
	for name, c := range map[string]struct {
		alter func(m *match, seal *membership.Seal) *membership.Seal
		want  string
	}{
		"nothing":       {func(_ *match, s *membership.Seal) *membership.Seal { return s }, fine},
		"the signature": {func(_ *match, s *membership.Seal) *membership.Seal { s.Signature[3] ^= 1; return s }, signature},
		"the digest": {func(m *match, s *membership.Seal) *membership.Seal {
			s.Digest[0] ^= 1
			return membership.SignedBy(m.players[1], s)
		}, pressed},
		"another's": {func(m *match, s *membership.Seal) *membership.Seal { return membership.SignedBy(m.players[2], s) }, signature},
		"of another match": {func(m *match, s *membership.Seal) *membership.Seal {
			m.players[1].domain = Domain([32]byte{8})
			return membership.SignedBy(m.players[1], s)
		}, signature},
		"of a later frame":   {func(m *match, s *membership.Seal) *membership.Seal { s.Through++; return s }, fine},
		"without its digest": {func(m *match, s *membership.Seal) *membership.Seal { s.Digest = records.Digest{}; return s }, fine},
		"of nobody":          {func(m *match, s *membership.Seal) *membership.Seal { s.Stream.Machine = 9; return s }, fine},
		"of a former stream": {func(m *match, s *membership.Seal) *membership.Seal { s.Stream.Born = 4; return s }, fine},
	} {
		m, check := newForged(t)
		m.play(t, check, forgedThrough+1-sealedFrames, 1000)
		wantForged(t, name, check.Take(inBlock(c.alter(m, m.seal(1)))), m, c.want)
	}
	m, check := newForged(t)
	m.play(t, check, 10, 1000)
	at := m.next
	span := m.frame()
	span.Runs[1].Records[0] = []byte{1, 2, 3}
	check.Frame(at, span, 0)
	m.play(t, check, int(forgedThrough-at), 1000)
	for i, want := range []string{fine, pressed, fine} {
		wantForged(t, "a record of machine 1", check.Take(inBlock(m.seal(i))), m, want)
	}
}

// newForged is a match of three, the second called Ben, of which so many frames are sealed.
func newForged(t *testing.T) (*match, *Check) {
	m := newMatch(3)
	m.header.Players[1].Name = "Ben"
	check := NewCheck(&m.header, verify)
	m.play(t, check, sealedFrames, sealedFrames)
	return m, check
}

// wantForged wants a finding about machine 1 in certain words, none if they are "".
func wantForged(t *testing.T, what string, err error, m *match, want string) {
	t.Helper()
	forged, is := errors.AsType[*matchlog.ForgedError](err)
	if want == "" && err == nil {
		return
	}
	if !is || forged.Error() != want || forged.Machine != 1 || forged.Key != m.header.Players[1].Key || forged.From != sealedFrames || forged.Through != forgedThrough {
		t.Errorf("%s is another one: %v (%+v), want %q", what, err, forged, want)
	}
}

// TestForgedNewcomer: who has come later is named as the log calls him, and whose first frame is
// forged is told from there on.
func TestForgedNewcomer(t *testing.T) {
	m := newMatch(1)
	check := NewCheck(&m.header, verify)
	m.play(t, check, 30, 1000)
	id := records.StreamID{Machine: 5, Born: 3}
	check.Newcomer(&matchlog.Newcomer{Stream: id, Key: m.header.Players[0].Key, Players: []matchlog.Newcome{{Name: "Ina\n"}}})
	for range 2 * records.LinkFrames {
		check.Frame(m.next, &matchlog.Span{Count: 1, Runs: []matchlog.Run{{Stream: id, Seats: 2, Records: [][]byte{{1}}}}}, 0)
		m.next++
	}
	seal := membership.SignedBy(m.players[0], &membership.Seal{Stream: id, Through: 2*records.LinkFrames - 1, Beat: 1, Digest: records.Digest{1}})
	err := check.Take(inBlock(seal))
	if want := `the log is forged: what it has "Ina\n" press in frames 30 to 47 is not what the player has signed`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestGoldenLog: what the players of a recorded match have signed is found, of one who has left and
// one who has come late as well; with one record altered it is forged, and said whose.
func TestGoldenLog(t *testing.T) {
	b, err := os.ReadFile("../../matchlog/testdata/v1signed.vvlog")
	if err != nil {
		t.Fatal(err)
	}
	l, err := matchlog.Open(bytes.NewReader(b), int64(len(b)), nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := OfLog(l, verify)
	var got strings.Builder
	for _, s := range list {
		fmt.Fprintf(&got, "%s %d-%d %d-%d; ", s.Name, s.First, s.Last, s.From, s.Through)
	}
	const want = "Ana 0-2999 0-2999; Ben 0-2999 0-2975; Cleo 0-700 0-695; Dan 1338-2999 1338-2975; "
	if err != nil || got.String() != want {
		t.Errorf("%v: %s, want %s", err, &got, want)
	}
	c := NewCheck(l.Header, verify)
	for block := range l.Blocks() {
		switch b := block.(type) {
		case *matchlog.Newcomer:
			c.Newcomer(b)
		case *matchlog.Frames:
			if span, at, ok := b.At(1500); ok {
				last := len(span.Runs) - 1
				span.Runs[last].Records[at] = append([]byte{9}, span.Runs[last].Records[at]...)
			}
			c.frames(b)
		case *matchlog.Signed:
			if err = c.Take(b); err != nil {
				if forged, is := errors.AsType[*matchlog.ForgedError](err); !is || forged.Name != "Dan" || forged.From != 1338 || forged.Through != 2879 {
					t.Errorf("Dan's record of frame 1500 is another one: %v", err)
				}
				return
			}
		}
	}
	t.Error("one record is another one, and nothing is found")
}

// TestSealAgain: a seal that comes again and again costs one look at its signature.
func TestSealAgain(t *testing.T) {
	m, looks := newMatch(3), 0
	c := NewCheck(&m.header, func(key link.Key, b []byte, signature [link.SignatureBytes]byte) bool {
		looks++
		return verify(key, b, signature)
	})
	m.play(t, c, records.LinkFrames, 1<<30)
	for range 100 {
		if err := c.Take(inBlock(m.seal(1))); err != nil {
			t.Fatal(err)
		}
	}
	if looks != 1 {
		t.Errorf("%d looks at one signature", looks)
	}
	other := *m.seal(1)
	other.Digest[0] ^= 1
	if err := c.Take(inBlock(membership.SignedBy(m.players[1], &other))); err == nil {
		t.Error("another digest is passed by behind the right one")
	}
}

// TestLongWithoutSeals: nothing piles up while no seals come, and streams that come and go are told
// of up to a bound.
func TestLongWithoutSeals(t *testing.T) {
	m := newMatch(2)
	c := NewCheck(&m.header, verify)
	m.play(t, c, 3000, 1<<30)
	for born := range uint32(1000) {
		c.Frame(m.next, &matchlog.Span{Count: 1, Runs: []matchlog.Run{{Stream: records.StreamID{Born: born + 1}, Seats: 1, Records: [][]byte{{1}}}}}, 0)
		m.next++
	}
	for _, s := range c.streams {
		if s != nil && (len(s.links) > keptLinks || len(s.records) > records.LinkFrames) {
			t.Errorf("%d links of a stream wait", len(s.links))
		}
	}
	if n := len(c.AppendSigned(nil)); n > maxEnded+records.MaxMachines {
		t.Errorf("it tells of %d streams", n)
	}
}

// FuzzTake: any bytes in place of a seal are passed by or forged.
func FuzzTake(f *testing.F) {
	m := newMatch(2)
	for range records.LinkFrames {
		m.frame()
	}
	good := inBlock(m.seal(1))
	f.Add(good.Bytes)
	f.Add([]byte{})
	f.Add(append(good.Bytes[:len(good.Bytes):len(good.Bytes)], 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := newMatch(2)
		c := NewCheck(&m.header, verify)
		m.play(t, c, records.LinkFrames, 1000)
		c.Take(&matchlog.Signed{Piece: matchlog.Piece{Total: len(b), Bytes: b}})
		if through := c.streams[1].through; through > 0 && string(b) != string(good.Bytes) {
			t.Errorf("%x is taken for a seal", b)
		}
	})
}
