package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecordAndReplay: what bots record of two rounds, with one who leaves the second,
// verifies; a file that is cut off does as far as it goes, and one of noise does not.
func TestRecordAndReplay(t *testing.T) {
	t.Parallel()
	ctx, dir := testContext(t), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "2", "-frames", "240", "-seed", "9", "-absent", "bot", "-record", at("host.vvlog"))
	guest := start(t, ctx, "-join", (<-host.lines).Addr, "-absent", "bot", "-leave-after", "150", "-record", at("guest.vvlog"))
	guest.rest()
	all := host.rest()
	if host.code != exitAgreed || host.err != nil {
		t.Fatalf("exit %d, %v", host.code, host.err)
	}
	b, err := os.ReadFile(at("host.vvlog"))
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(at("cut.vvlog"), b[:len(b)-3], 0o644)
	os.WriteFile(at("noise.vvlog"), []byte("noise"), 0o644)
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"-replay " + at("host.vvlog"), 0, "240 frames verified"},
		{"-json -replay " + at("host.vvlog"), 0, `"alike":true`},
		{"-to 60 -replay " + at("host.vvlog"), 0, "60 frames verified"},
		{"-replay " + at("guest.vvlog"), 0, "frames verified"},
		{"-from 100000 -replay " + at("host.vvlog"), exitUsage, "no frame from 100000 on is there to be verified: the recording has frames 0 to 239"},
		{"-json -from 300 -to 400 -replay " + at("host.vvlog"), exitUsage, "none of the frames from 300 to before 400"},
		{"-replay " + at("host.vvlog") + " -beside " + at("guest.vvlog"), 0, "the same as far as both go"},
		{"-replay " + at("host.vvlog") + " -beside " + at("noise.vvlog"), 1, "no recorded match"},
		{"-replay " + at("cut.vvlog"), 0, "the log ends in the middle of a block"},
		{"-replay " + at("noise.vvlog"), 1, "no recorded match"},
		{"-replay " + at("nowhere.vvlog"), 1, "no such file"},
	} {
		o, err := parse(strings.Fields(test.args), &bytes.Buffer{})
		if err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		if code := verify(o, &out, &errs); code != test.code || !strings.Contains(out.String()+errs.String(), test.want) {
			t.Errorf("%s: %d, %s%s", test.args, code, out.String(), errs.String())
		}
	}
	config := recordedConfig(at("host.vvlog"))
	if config.Absent != 2 || config.Bot == nil || all[len(all)-1].Frames != 240 {
		t.Errorf("absent %d", config.Absent)
	}
	if o := (options{record: "a/b.vvlog"}); o.roundFile(1) != "a/b.vvlog" || o.roundFile(3) != "a/b-3.vvlog" {
		t.Errorf("%s", o.roundFile(3))
	}
}

// TestRecordNowhere: a file that cannot be opened costs nobody the match; it is said, for each round.
func TestRecordNowhere(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	file := filepath.Join(t.TempDir(), "nowhere", "a.vvlog")
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "2", "-frames", "90", "-record", file)
	guest := start(t, ctx, "-join", (<-host.lines).Addr)
	for _, r := range []*running{guest, host} {
		all := r.rest()
		if last := all[len(all)-1]; r.code != exitAgreed || r.err != nil || last.Frames != 90 || !last.Agree {
			t.Errorf("exit %d, %v, %+v", r.code, r.err, last)
		}
	}
	if said := host.words.String(); !strings.Contains(said, "played without being recorded") || !strings.Contains(said, "no such file or directory") {
		t.Errorf("it says %q", said)
	}
}
