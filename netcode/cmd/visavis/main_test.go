//go:build !race

package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, 2, "usage: visavis"},
		{[]string{"frogs"}, 2, `no subcommand "frogs"`},
		{[]string{"scoreboard", "-frogs"}, 2, "-frogs"},
		{[]string{"scoreboard", "-seeds", "5-1"}, 2, "1-5 or 1,4,7"},
		{[]string{"scoreboard", "B4"}, 2, "nothing behind the flags"},
		{[]string{"scoreboard", "-row", "B99"}, 1, "there is no row"},
		{[]string{"scoreboard", "-h"}, 0, "-json"},
		{[]string{"netcheck", "-h"}, 0, "-stun"},
		{[]string{"netcheck", "-turn", "turn.example.org"}, 1, "begins with turn:"},
		{[]string{"logcat"}, 2, "which recorded match"},
		{[]string{"logcat", "-h"}, 0, "logcat"},
		{[]string{"logcat", "main.go"}, 1, "no recorded match"},
		{[]string{"desync", "main.go"}, 2, "which two recordings"},
		{[]string{"desync", "-h"}, 0, "desync"},
		{[]string{"desync", "../../replay/testdata/v1.vvlog", "main.go"}, 1, "no recorded match"},
		{[]string{"logcat", "nowhere"}, 1, "no such file"},
		{[]string{"netcheck", "frogs"}, 2, "nothing behind the flags"},
	} {
		var out, errs bytes.Buffer
		if status := run(c.args, &out, &errs); status != c.status || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%q: status %d, %q", c.args, status, errs.String())
		}
		if out.Len() > 0 {
			t.Errorf("%q: usage belongs on the error output", c.args)
		}
	}
}

// TestDesync: a recording beside itself is the same, for people and for programs.
func TestDesync(t *testing.T) {
	const file = "../../replay/testdata/v1.vvlog"
	for want, args := range map[string][]string{
		"the same as far as both go":    {"desync", file, file},
		`"verdict":"Nothing differs."}`: {"desync", "-json", file, file},
	} {
		var out, errs bytes.Buffer
		if status := run(args, &out, &errs); status != 0 || errs.Len() > 0 || !strings.Contains(out.String(), want) {
			t.Errorf("status %d: %s%s", status, out.String(), errs.String())
		}
	}
}

// TestLogcat: every block of a log is a line of JSON, the Header's first.
func TestLogcat(t *testing.T) {
	var out, errs bytes.Buffer
	if status := run([]string{"logcat", "../../replay/testdata/v1.vvlog"}, &out, &errs); status != 0 || errs.Len() > 0 {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	blocks, frames := map[string]int{}, 0.0
	for n, text := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if n == 0 && (line["block"] != "header" || line["game"] != "pond") {
			t.Errorf("%s", text)
		}
		if count, ok := line["count"].(float64); ok {
			frames += count
		}
		blocks[line["block"].(string)]++
	}
	if frames != 1500 || blocks["snapshot"] < 5 || blocks["view"] == 0 || blocks["checksum"] < 25 || blocks["marks"] == 0 || blocks["result"] != 1 || blocks["unknown"] > 0 {
		t.Errorf("%v frames, %v", frames, blocks)
	}
}

func TestOneRow(t *testing.T) {
	var out, errs bytes.Buffer
	if status := run([]string{"scoreboard", "-row", "B5", "-seeds", "1", "-nowire", "-json"}, &out, &errs); status != 0 {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	var row struct {
		Row       string
		Rollbacks float64
		Agree     bool
	}
	if err := json.Unmarshal(out.Bytes(), &row); err != nil || row.Row != "B5" || row.Rollbacks < 400 || !row.Agree {
		t.Errorf("%s: %v", out.String(), err)
	}
}

func TestParseSeeds(t *testing.T) {
	for text, want := range map[string][]uint64{
		"3": {3}, "1-3": {1, 2, 3}, "1,4,7": {1, 4, 7}, "1-2,9": {1, 2, 9}, "18446744073709551615": {1<<64 - 1},
		"": nil, "x": nil, "1-": nil, "2-1": nil, "1-100000": nil,
	} {
		got, err := parseSeeds(text)
		if (err != nil) != (want == nil) || want != nil && !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// TestNetcheck asks a server on loopback that does not answer.
func TestNetcheck(t *testing.T) {
	var out, errs bytes.Buffer
	status := run([]string{"netcheck", "-listen", "127.0.0.1:0", "-stun", "127.0.0.1:9", "-portmap=false", "-wait", "1200ms",
		"-turn", "turn:ana:s3cret@127.0.0.1:9?transport=tcp,turn:ana:s3cret@127.0.0.1:9"}, &out, &errs)
	if status != 0 || errs.Len() > 0 || out.Len() < 20 || strings.Count(out.String(), "cannot be reached") != 2 || strings.Contains(out.String(), "s3cret") {
		t.Fatalf("status %d, %q, %q", status, out.String(), errs.String())
	}
	t.Log(out.String())
}
