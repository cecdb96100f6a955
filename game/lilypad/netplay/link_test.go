package netplay

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/nat/invite"
)

// What was written is found again, in the middle of whatever a friend writes around it.
func TestFindLink(t *testing.T) {
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []Link{
		{Address: "192.168.1.5:7777#abcdefghijklmnopqrstuvwxyz"}, {Address: "[fe80::1]:7777"}, {Address: "play.example.org"},
		{Address: "VvB2-_x9AAAA_-"}, {Address: code.String()}, {code.String(), "rendezvous.example.org:3478"}, {code.String(), "[::1]:3478"},
	} {
		for _, around := range []string{"%", "Play with me: %.", "(%)", "\"%\", she said", "see http://x.org/\n%\n", "%: now!", "<%>", "“%”", "[%]", "[%](%)", "Join:%", "来玩%来玩", "עם%: בוא"} {
			text := strings.ReplaceAll(around, "%", l.String())
			if got, ok := FindLink(text); !ok || got != l {
				t.Errorf("in %q is found %+v, %v", text, got, ok)
			}
		}
	}
	for text, want := range map[string]Link{
		"LILYPAD://10.0.0.7:7777":                      {Address: "10.0.0.7:7777"},
		"lilypad: lilypad:10.0.0.7:7777":               {Address: "10.0.0.7:7777"},
		"mylilypad:1 lilypad:2":                        {Address: "2"},
		"lilypad:ana@example.org":                      {Address: "ana@example.org"}, // no code: said to be no address later
		"_lilypad:10.0.0.7:7777_":                      {Address: "10.0.0.7:7777"},
		"lilypad:10.0.0.7:7777#":                       {Address: "10.0.0.7:7777#"}, // cut off: not to be taken for one that pins nobody
		"[lilypad:[::1]:7777]":                         {Address: "[::1]:7777"},
		"lilypad:" + strings.Repeat("lilypad:", 1<<17): {}, "lilypad:" + strings.Repeat("a]", 600) + " lilypad:2": {Address: "2"},
		"": {}, "lilypad": {}, "lilypad:": {}, "lilypad:...": {}, "10.0.0.7:7777": {}, "notlilypad:10.0.0.7": {}, "ü\xfflilypa": {},
	} {
		if got, ok := FindLink(text); got != want || ok != (want != Link{}) {
			t.Errorf("in %q is found %+v, %v", text, got, ok)
		}
	}
}

func FuzzFindLink(f *testing.F) {
	f.Add("Come: lilypad:10.0.0.7:7777#abc.")
	f.Add("lilypad:K7QF-3MX9-TD4W@rendezvous.example.org:3478")
	f.Fuzz(func(t *testing.T, text string) {
		l, ok := FindLink(text)
		if ok != (l.Address != "") || strings.ContainsAny(l.String(), " \n\t\x00") {
			t.Fatalf("%+v, %v", l, ok)
		}
		if ok && l.Rendezvous != "" && len(l.Address) < 12 {
			t.Errorf("%+v", l)
		}
		if again, found := FindLink(l.String()); ok && (!found || again != l) {
			t.Errorf("%+v is read as %+v", l, again)
		}
	})
}
