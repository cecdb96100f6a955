package turn

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want Server
		says string // of want
	}{
		{"turn:test:test@203.0.113.10:3478?transport=udp", Server{"203.0.113.10", 3478, UDP, "test", "test"}, "203.0.113.10:3478 (udp)"},
		{"turn:ana:s3cret@turn.example.org", Server{"turn.example.org", 3478, UDP, "ana", "s3cret"}, "turn.example.org:3478 (udp)"},
		{"turn:ana:s3cret@turn.example.org?transport=tls", Server{"turn.example.org", 5349, TLS, "ana", "s3cret"}, "turn.example.org:5349 (tls)"},
		{"turn:ana:s3cret@turn.example.org:443?transport=tcp", Server{"turn.example.org", 443, TCP, "ana", "s3cret"}, "turn.example.org:443 (tcp)"},
		{"turn:1700000000%3Aana:a%40b%25c%2C:d+e@[2001:db8::1]:5000", Server{"2001:db8::1", 5000, UDP, "1700000000:ana", "a@b%c,:d+e"}, "[2001:db8::1]:5000 (udp)"},
		{"turn:ana:p@ss@[::1]", Server{"::1", 3478, UDP, "ana", "p@ss"}, "[::1]:3478 (udp)"},
	} {
		got, err := Parse(c.text)
		if err != nil || got != c.want || got.String() != c.says {
			t.Errorf("Parse(%q) is %+v, %q, %v", c.text, got, got, err)
		}
	}
	for text, want := range map[string]string{
		"":                                                       "begins with turn:",
		"turns:ana:s3cret@turn.example.org":                      "begins with turn:",
		"turn:turn.example.org:3478":                             "needs a user and a password",
		"turn:ana@turn.example.org":                              "needs a user and a password",
		"turn::s3cret@turn.example.org":                          "needs a user and a password",
		"turn:ana:@turn.example.org":                             "needs a user and a password",
		"turn:ana:s3cret%2@turn.example.org":                     "write %25 for it",
		"turn:ana:s3cret@turn.example.org?transport=sctp":        "?transport=udp, ?transport=tcp or ?transport=tls",
		"turn:ana:s3cret@turn.example.org?":                      "?transport=udp, ?transport=tcp or ?transport=tls",
		"turn:ana:s3cret@turn.example.org:0":                     "no port that can be",
		"turn:ana:s3cret@turn.example.org:65536":                 "no port that can be",
		"turn:ana:s3cret@turn.example.org:":                      "no port that can be",
		"turn:ana:s3cret@:3478":                                  "no host that can be",
		"turn:ana:s3cret@":                                       "no host that can be",
		"turn:ana:s3cret@2001:db8::1:zz":                         "no host that can be",
		"turn:ana:s3cret@turn.example.org/path":                  "no host that can be",
		"turn:ana:s3cret@" + strings.Repeat("x", 2000) + ":3478": "of 2021 letters",
	} {
		got, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") || got != (Server{}) {
			t.Errorf("Parse(%.60q) is %+v, %v; want %q", text, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("turn:ana:s3cret@turn.example.org:443?transport=tcp")
	f.Add("turn:a%40b:%25@[2001:db8::1]?transport=tls")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			if s != (Server{}) {
				t.Errorf("an error with %+v", s)
			}
			return
		}
		if s.Host == "" || s.Port == 0 || s.User == "" || s.Password == "" || s.Transport >= transports {
			t.Errorf("%q is %+v", text, s)
		}
	})
}
