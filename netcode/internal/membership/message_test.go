//go:build !race

package membership

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// everyMessage is one of each kind, with something in every field.
func everyMessage() []Message {
	base := Ref{3, Digest{1, 2}}
	join := Join{0xfeedfacecafebeef, 4, records.StreamID{Machine: 1, Born: 2}, 77}
	value := &Value{
		Number: 4, Base: base.Digest, Origin: Ballot{9, 2},
		Members: []records.StreamID{{Machine: 0}, {Machine: 4, Born: 4}},
		Cuts: []Cut{{
			Stream: records.StreamID{Machine: 5, Born: 1}, Reason: BySilence, Last: 80, First: 79,
			Records: [][]byte{{1}, {2, 3}}, Digest: records.Digest{7},
		}},
		Joins: []Join{join}, From: 120,
	}
	name := Signed{Signature{1, 2, 3}}
	bye := &Bye{records.StreamID{Machine: 5, Born: 1}, base, 80, true, name}
	ready := &JoinReady{join, name}
	accept := &Accept{base, Ballot{9, 2}, value, Digest{4}, []Digest{{5}, {6}}, name}
	vote := &Accepted{base, Ballot{9, 2}, 3, digestOf(accept), name}
	prepare := &Prepare{base, Ballot{9, 2}, 0b10011, []Join{join}, []Closing{{5, ByStalling}}, []*Bye{bye}, []*JoinReady{ready}, []*Proof{{[]Message{vote, bye}}}, name}
	plain := &Report{Base: base, Ballot: Ballot{9, 2}, Author: 3, Limit: -1}
	grounds := &Grounds{prepare, []*Report{plain}}
	return []Message{
		prepare,
		&Report{base, Ballot{9, 2}, 3, Digest{8}, 119, []Holding{{records.StreamID{Machine: 5, Born: 1}, 80, true, records.Digest{7}, 79, [][]byte{{1}, {2, 3}}, &Seal{records.StreamID{Machine: 5, Born: 1}, 80, 3, records.Digest{7}, name}}}, accept, grounds, name},
		plain,
		accept,
		vote,
		&Commit{value, 3, &Certificate{accept, grounds, []*Accepted{vote}, []*Bye{bye}}, name},
		&Commit{Value: value},
		bye,
		&ViewAsk{3},
		ready,
		&Veto{base, Ballot{9, 2}, 3, 0b101, name},
		&Proof{[]Message{vote, bye}},
		&Kick{base, 3, 4, name},
		&Seal{records.StreamID{Machine: 5, Born: 1}, 89, 7, records.Digest{9}, name},
		&Seal{Stream: records.StreamID{Machine: 5, Born: 1}, Through: 89, Beat: 8, Signed: name},
	}
}

// TestMessages: what is written is read as it was, and nothing that is shorter.
func TestMessages(t *testing.T) {
	for _, m := range everyMessage() {
		b := AppendMessage(nil, m)
		got, err := ParseMessage(b)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%T: %+v, %v", m, got, err)
		}
		_, isSigned := m.(signed)
		for n := range b {
			if isSigned && n == len(b)-len(Signature{}) {
				continue // not signed, where nobody signs
			}
			if _, err := ParseMessage(b[:n]); err == nil {
				t.Errorf("%T: %d of %d bytes are read", m, n, len(b))
			}
		}
	}
}

// TestDigest: it covers everything but the ballot of origin.
func TestDigest(t *testing.T) {
	v := everyMessage()[5].(*Commit).Value
	before := v.digest()
	v.Origin = Ballot{99, 1}
	if v.digest() != before {
		t.Error("the ballot of origin changes it")
	}
	v.Cuts[0].Records[1][0]++
	if v.digest() == before {
		t.Error("a record does not change it")
	}
}

// FuzzMessage: any bytes give a message that is written as it was read, or an error.
func FuzzMessage(f *testing.F) {
	for _, m := range everyMessage() {
		f.Add(AppendMessage(nil, m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(b)
		if err != nil {
			return
		}
		if again := AppendMessage(nil, m); !bytes.Equal(again, b) {
			t.Errorf("%x is written as %x", b, again)
		}
	})
}
