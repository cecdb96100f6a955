//go:build !race

package netcode

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

var (
	hostiles = flag.Uint64("hostiles", 12, "matches of TestHostileMember")
	hostile  = flag.Uint64("hostile", 0, "the seed of the first of them")
)

// TestHostileMember: a member says whatever comes into its head, of all that a member may
// say, to whom it likes, honest words among it that are not its own or come late, and bends
// what it sends of its own. Nobody honest is named as one who did something, nobody loses the
// match or the lobby to it.
func TestHostileMember(t *testing.T) {
	for seed := *hostile; seed < *hostile+*hostiles; seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { playHostile(t, seed) })
	}
}

// TestHostilesThatFoundBugs plays the matches of testdata/hostiles: a seed and what it found.
func TestHostilesThatFoundBugs(t *testing.T) {
	list, err := os.ReadFile("testdata/hostiles")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		number, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		seed, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(number, func(t *testing.T) {
			if playHostile(t, seed); t.Failed() {
				t.Log("again: " + what)
			}
		})
	}
}

func playHostile(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 11))
	p, liar := withLiar(t, 3+r.IntN(2))
	me := len(p.lobbies) - 1
	m := newMouth(r, liar)
	for range 60 * 4 {
		if r.IntN(3) == 0 {
			m.speak(uint8(r.IntN(me)))
		}
		p.tick()
	}
	m.bends = 0
	p.calm(me)
	p.honest(me)
	p.gone[me] = true
}

// mouth is what a hostile member speaks with.
type mouth struct {
	random *rand.Rand
	play   *play
	heard  [][]byte // words of others, as they came
	late   [][]byte // and datagrams
	bends  int      // of so many datagrams of its own one goes out bent; 0: none
}

// maxHeard bounds what a mouth repeats.
const maxHeard = 200

// newMouth gives a member that plays a mouth.
func newMouth(r *rand.Rand, p *play) *mouth {
	m := &mouth{random: r, play: p}
	if r.IntN(4) == 0 {
		m.bends = 20 + r.IntN(200)
	}
	for _, q := range p.peers {
		q.conn.Link = &overheard{q.conn.Link, m}
	}
	return m
}

// overheard is a link of a member's who remembers what comes over it, and bends what goes.
type overheard struct {
	link.Link
	mouth *mouth
}

func (l *overheard) Receive(handle func(link.Kind, time.Duration, []byte)) {
	l.Link.Receive(func(kind link.Kind, at time.Duration, b []byte) {
		l.mouth.hear(kind, bytes.Clone(b))
		handle(kind, at, b)
	})
}

func (l *overheard) SendDatagram(b []byte) {
	if m := l.mouth; m.bends > 0 && m.random.IntN(m.bends) == 0 && len(b) > 0 {
		b = bytes.Clone(b)
		b[m.random.IntN(len(b))] ^= 1 << m.random.IntN(8)
	}
	l.Link.SendDatagram(b)
}

// hear remembers what has come.
func (m *mouth) hear(kind link.Kind, b []byte) {
	list := &m.heard
	switch kind {
	case link.Datagram:
		list = &m.late
	case link.Feed:
		return
	}
	if len(*list) < maxHeard {
		*list = append(*list, b)
	} else {
		(*list)[m.random.IntN(maxHeard)] = b
	}
}

// speak says something to one of the others.
func (m *mouth) speak(to uint8) {
	q := m.play.byID[to]
	if q == nil || q.lost != nil {
		return
	}
	switch r := m.random; {
	case r.IntN(4) == 0 && len(m.heard) > 0:
		q.conn.Link.Send(m.heard[r.IntN(len(m.heard))])
	case r.IntN(4) == 0 && len(m.late) > 0:
		q.conn.Link.SendDatagram(m.late[r.IntN(len(m.late))])
	default:
		q.conn.Send(m.word())
	}
}

// word is one of all the words there are.
func (m *mouth) word() wire.Message {
	r, p := m.random, m.play
	frame := int32(p.sim.Confirmed()) + int32(r.IntN(200)) - 150
	machine := uint8(r.IntN(wire.MaxMachines))
	switch r.IntN(14) {
	case 0:
		return &wire.Finding{Match: p.match, Machine: machine, Frame: frame, Text: "somebody cheats"}
	case 1:
		return &wire.Checksum{Match: p.match, View: p.view, Frame: frame, World: r.Uint64(), Last: r.IntN(2) == 0}
	case 2:
		return &wire.Checksum{Match: p.match, View: p.view, Frame: frame / 60 * 60, World: r.Uint64(), Inputs: r.Uint64()}
	case 3:
		return &wire.DesyncHashes{Match: p.match, First: max(0, frame), Hashes: make([]uint64, 1+r.IntN(200))}
	case 4:
		return &wire.JoinAsk{Match: p.match, Attempt: r.Uint64()}
	case 5:
		return &wire.HostWord{Term: uint32(r.IntN(3)), Gone: r.IntN(2) == 0, Playing: true}
	case 6, 7, 8:
		return m.anything()
	}
	return &wire.Members{Match: p.match, Bytes: membership.AppendMessage(nil, anyMemberWord(r, p, frame, machine))}
}

// anything is a word of any kind, with anything in it that can be said.
func (m *mouth) anything() wire.Message {
	kinds := []wire.Message{
		&wire.Hello{}, &wire.Welcome{}, &wire.Roster{}, &wire.Status{}, &wire.Say{}, &wire.Start{}, &wire.Checksum{},
		&wire.Finding{}, &wire.DesyncHashes{}, &wire.DesyncParts{}, &wire.RelayAsk{}, &wire.RelayWay{}, &wire.News{}, &wire.Proof{},
		&wire.Reach{}, &wire.NotSeated{}, &wire.DesyncAsk{}, &wire.DesyncPart{}, &wire.Members{}, &wire.Tail{}, &wire.JoinAsk{},
		&wire.JoinDenied{}, &wire.Show{}, &wire.Audience{}, &wire.HostWord{}, &wire.Will{}, &wire.Foyer{}, &wire.Contact{},
		&wire.Reel{}, &wire.ReelAsk{}, &wire.ReelHave{}, &wire.CueAsk{}, &wire.CueNow{}, &wire.InLine{}, &wire.Holding{},
	}
	for {
		word := reflect.New(reflect.TypeOf(kinds[m.random.IntN(len(kinds))]).Elem())
		m.fill(word.Elem())
		said := word.Interface().(wire.Message)
		if _, err := wire.ParseMessage(wire.MarshalMessage(said)); err == nil || m.random.IntN(20) == 0 {
			return said
		}
	}
}

// fill puts anything into a value.
func (m *mouth) fill(v reflect.Value) {
	r := m.random
	number := []uint64{0, 1, 2, uint64(r.IntN(16)), uint64(m.play.match), uint64(max(0, m.play.sim.Confirmed())), uint64(m.play.view), r.Uint64()}[r.IntN(8)]
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(number%2 == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		v.SetInt(int64(number))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		v.SetUint(number)
	case reflect.String:
		v.SetString([]string{"", "P0", "P1", "10.0.0.1:7", "\x00\u202e"}[r.IntN(5)])
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
		for i := range v.Len() {
			m.fill(v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			m.fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name == "Match" && f.Type.Kind() == reflect.Uint32 && r.IntN(4) > 0 {
				v.Field(i).SetUint(uint64(m.play.match))
			} else if f.IsExported() {
				m.fill(v.Field(i))
			}
		}
	}
}

// anyMemberWord is one of package membership's, signed by the liar whosever it says it is.
func anyMemberWord(r *rand.Rand, p *play, frame int32, machine uint8) membership.Message {
	view := p.member.View()
	if r.IntN(2) == 0 {
		machine = p.room.me
	}
	id, _ := view.Stream(machine)
	keep := view.Machines()
	if r.IntN(2) == 0 {
		keep &^= membership.One(uint8(r.IntN(len(view.Members))))
	}
	ballot := membership.Ballot{Round: 1 + uint32(r.IntN(12)), Machine: machine}
	keys := newKeyring(p.signing.keys.endpoint, p.logID())
	stream := records.StreamID{Machine: machine, Born: uint32(r.IntN(3))}
	ready := &membership.JoinReady{Join: membership.Join{Attempt: r.Uint64(), Machine: machine, Donor: id, Through: rollback.Frame(frame)}}
	switch r.IntN(11) {
	case 6:
		return membership.SignedBy(keys, ready)
	case 7:
		return membership.SignedBy(keys, &membership.Seal{Stream: id, Through: rollback.Frame(frame), Beat: 1 << r.IntN(20), Digest: records.Digest{byte(r.IntN(2))}})
	case 8:
		return membership.SignedBy(keys, &membership.Accepted{Base: view.Ref, Ballot: ballot, Author: machine})
	case 9:
		value := &membership.Value{Number: view.Number + 1, Base: view.Digest, Members: []records.StreamID{id, stream}, From: rollback.Frame(frame)}
		return membership.SignedBy(keys, &membership.Accept{Base: view.Ref, Ballot: ballot, Value: value})
	case 10:
		membership.SignedBy(keys, ready)
		return membership.SignedBy(keys, &membership.Prepare{Base: view.Ref, Ballot: ballot, Keep: keep, Joins: []membership.Join{ready.Join}, Ready: []*membership.JoinReady{ready}})
	case 0:
		return membership.SignedBy(keys, &membership.Prepare{Base: view.Ref, Ballot: ballot, Keep: keep})
	case 1:
		return membership.SignedBy(keys, &membership.Bye{Stream: id, Base: view.Ref, Last: rollback.Frame(max(frame, 0))})
	case 2:
		return membership.SignedBy(keys, &membership.Veto{Base: view.Ref, Ballot: ballot, Author: machine, Hears: keep})
	case 3:
		return membership.SignedBy(keys, &membership.Kick{Base: view.Ref, Author: machine, Machine: uint8(r.IntN(len(view.Members)))})
	case 4:
		return membership.SignedBy(keys, &membership.Report{Base: view.Ref, Ballot: ballot, Author: machine, Limit: rollback.Frame(max(frame, 0))})
	}
	return &membership.ViewAsk{Number: uint32(r.IntN(3))}
}
