package screens

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
)

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "nobody answered": "Nobody answered.", "is it open?": "Is it open?", "Done.": "Done.",
	} {
		if got := sentence(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestEndWords(t *testing.T) {
	const nobody, few = "No other machine has confirmed this score.", "Not enough of the others have confirmed this score."
	one := []int{1}
	tests := []struct {
		result netcode.Result
		want   string
	}{
		{netcode.Result{Err: &netcode.LeftError{Name: "Ana"}}, "Ana left the match. " + nobody},
		{netcode.Result{Err: &netcode.LeftError{Name: "Ana"}, Agreed: true, ConfirmedBy: one}, "Ana left the match."},
		{netcode.Result{Err: &netcode.LeftError{Name: "Ana", You: true}}, "You left the match."},
		{netcode.Result{Err: &netcode.LostError{Name: "Ben", SilentMs: 10000}}, "The connection to Ben was lost: nothing was heard for 10.0 seconds. " + nobody},
		{netcode.Result{Err: &netcode.LostError{Name: "Ben", SilentMs: 10000}, ConfirmedBy: one}, "The connection to Ben was lost: nothing was heard for 10.0 seconds. " + few},
		{netcode.Result{Err: &netcode.DesyncError{Frame: 4350, Text: "The two machines were fed different inputs."}},
			"The games no longer agree since 1:12; nobody did anything wrong. The two machines were fed different inputs."},
		{netcode.Result{Err: &netcode.DesyncError{Frame: 4350, Field: "Frogs[2].X", Here: "1", There: "2", Peer: "Ana", Text: "for who made it"}},
			"The games no longer agree since 1:12; nobody did anything wrong. Frogs[2].X is 1 here and 2 at Ana's."},
		{netcode.Result{Err: &netcode.DesyncError{Frame: 60, Field: "Seats", Here: "1", There: "2", Peer: "Ana", Alike: []string{"Ben"}}},
			"The games no longer agree since 0:01; nobody did anything wrong. Seats is 1 here and 2 at Ana's. All others have it as it is here."},
		{netcode.Result{Err: &netcode.DesyncError{Frame: 60, Field: "Seats", Here: "1", There: "2", Peer: "Ana", Against: []string{"Ben"}}},
			"The games no longer agree since 0:01; nobody did anything wrong. Seats is 1 here and 2 at Ana's. All others have it as Ana has."},
		{netcode.Result{Err: errors.New("something else"), Agreed: true}, "Something else."},
		{netcode.Result{}, nobody},
		{netcode.Result{Agreed: true}, ""},
	}
	for _, test := range tests {
		if got := endWords(test.result); got != test.want {
			t.Errorf("%+v says %q, want %q", test.result, got, test.want)
		}
	}
}

func TestLookupLeavesNumbersAlone(t *testing.T) {
	fingerprint := "#" + strings.Repeat("a", 26)
	for in, want := range map[string]string{
		"192.168.1.5:7777":                "192.168.1.5:7777",
		" 192.168.1.5:7777" + fingerprint: "192.168.1.5:7777" + fingerprint,
		"192.168.1.5":                     "192.168.1.5:7777",
		"[fd00::2]:7000" + fingerprint:    "[fd00::2]:7000" + fingerprint,
		"":                                "",
		"nonsense:::":                     "nonsense:::",
	} {
		l := newLookup(in)
		answer, ok := l.done()
		if !ok || answer.err != nil || answer.address != want {
			t.Errorf("%q became %q (%v, %v), want %q at once", in, answer.address, answer.err, ok, want)
		}
	}
}

func TestDealSeats(t *testing.T) {
	l := &lobby{setup: rules.Setup{Seats: 4, Levels: [rules.MaxSeats]uint8{3: rules.Keen}}}
	l.members = []netcode.Member{
		{Players: []netcode.Player{{Name: "Ana"}}, Host: true, Linked: true, PingMs: 30, Ready: true},
		{Players: []netcode.Player{{Name: "Ben"}, {Name: "Cleo"}}, You: true, Linked: true},
	}
	l.deal(&online{})
	var got []string
	for _, row := range l.rows {
		got = append(got, fmt.Sprintf("%s/%s/%d", row.name, row.note, row.ping))
	}
	want := "Ana/host/30 Ben/you/-1 Cleo/you/-1 Moss/keen bot/-1"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
}
