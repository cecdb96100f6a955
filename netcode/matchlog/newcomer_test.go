//go:build !race

package matchlog

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// TestCast: who plays each seat follows from the header, the newcomers, and the frames.
func TestCast(t *testing.T) {
	h := testHeader
	h.Players = append([]Player{}, Player{Name: "Ana"}, Player{Machine: 1, Name: "Ben"}, Player{Machine: NoMachine}, Player{Machine: NoMachine})
	late, again := records.StreamID{Machine: 2, Born: 3}, records.StreamID{Machine: 1, Born: 5}
	run := func(id records.StreamID, seats uint16) Run {
		return Run{Stream: id, Seats: seats, Records: [][]byte{nil}}
	}
	var n Newcomers
	n.Take(&Newcomer{Stream: records.StreamID{Machine: 2, Born: 2}, Players: []Newcome{{Name: "Old"}}})
	n.Take(&Newcomer{Stream: late, Players: []Newcome{{Name: "Cleo", Own: []byte("hat")}, {Name: "Dan"}}})
	for _, test := range []struct {
		span Span
		want string
	}{
		{Span{Runs: []Run{run(records.StreamID{}, 1), run(records.StreamID{Machine: 1}, 2)}}, "Ana Ben - -"},
		{Span{Lineup: rollback.Lineup{Absent: 2}, Runs: []Run{run(records.StreamID{}, 3)}}, "Ana - - -"}, // one machine plays for all
		{Span{Runs: []Run{run(records.StreamID{}, 1), run(late, 0xc)}}, "Ana - Cleo Dan"},
		{Span{Lineup: rollback.Lineup{Absent: 4}, Runs: []Run{run(late, 0xc)}}, "- - - Dan"},
		{Span{Runs: []Run{run(again, 2), run(late, 0xffff)}}, "Cleo Dan ? ?"},         // nobody has said who came back as 1
		{Span{Runs: []Run{run(records.StreamID{Machine: 2, Born: 9}, 4)}}, "- - ? -"}, // nor who that is, who has the number of Cleo's since
		{Span{}, "- - - -"},
	} {
		var names []string
		for _, p := range n.AppendCast(nil, &h, &test.span) {
			switch {
			case p.Machine == NoMachine:
				p.Name = "-"
			case p.Name == "":
				p.Name = "?"
			}
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%+v: %s, want %s", test.span, got, test.want)
		}
	}
}
