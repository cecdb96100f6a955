package screens

import (
	"errors"
	"fmt"
	"strings"
	"testing"

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
	tests := []struct {
		err  error
		want []string
	}{
		{&netcode.LeftError{Name: "Ana"}, []string{"Ana left"}},
		{&netcode.LostError{Name: "Ben", SilentMs: 10000}, []string{"Ben", "10.0 seconds"}},
		{&netcode.DesyncError{Frame: 4350, Text: "Frogs[2].X is 1 here, 2 at Ana's."}, []string{"1:12", "nobody did anything wrong", "Frogs[2].X"}},
		{errors.New("something else"), []string{"Something else."}},
	}
	for _, test := range tests {
		got := endWords(netcode.Result{Err: test.err})
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%T says %q, which should hold %q", test.err, got, want)
			}
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
	l := &lobby{frogs: 4 - 2, bots: 1}
	l.members = []netcode.Member{
		{Name: "Ana", Seats: 1, Host: true, Linked: true, PingMs: 30, Ready: true},
		{Name: "Ben", Seats: 2, You: true, Linked: true},
	}
	l.deal()
	var got []string
	for _, row := range l.rows {
		got = append(got, fmt.Sprintf("%s/%s/%d", row.name, row.note, row.ping))
	}
	want := "Ana/host/30 Ben/you/-1 Ben 2/you/-1 Moss/keen bot/-1"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
}
