package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// recordWait is how long the bot stays for its recording to be written.
const recordWait = 5 * time.Second

// recordFlags are the flags about recorded matches.
func (o *options) recordFlags(f *flag.FlagSet) {
	f.StringVar(&o.record, "record", "", "record each round to `FILE`; the second one to FILE with -2 before its ending, and so on")
	f.StringVar(&o.replay, "replay", "", "simulate the recorded match in `FILE` and compare: exit 0, or 1 with the first difference")
	f.IntVar(&o.from, "from", 0, "with -replay: the first `FRAME`, as far down as a whole world is recorded")
	f.IntVar(&o.to, "to", 0, "with -replay: the `FRAME` to end before (default: the end)")
	f.StringVar(&o.beside, "beside", "", "with -replay: another player's recording of the same match, in `FILE`: say what differs, and what mistake it looks like")
	f.BoolVar(&o.asJSON, "json", false, "with -replay: print a JSON object")
}

// roundFile is where the how many-th round is recorded to.
func (o *options) roundFile(round int) string {
	if round == 1 {
		return o.record
	}
	ending := filepath.Ext(o.record)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(o.record, ending), round, ending)
}

// startRecording begins to record the round that has begun, if it is to be. Where that cannot be it
// says so: the match goes on, as it does where the disk is full later.
func (p *player) startRecording() {
	if p.record == "" {
		return
	}
	file, err := os.Create(p.roundFile(p.played.matches + 1))
	if err == nil {
		if p.recording, err = p.match.Record(file); err != nil {
			file.Close()
		}
	}
	if err != nil {
		fmt.Fprintf(p.words, "lilybot: this round is played without being recorded: %v\n", err)
	}
}

// endRecording waits until the recording is written, and says if it is not whole.
func (p *player) endRecording() {
	if p.recording == nil {
		return
	}
	p.recording.Stop()
	select {
	case <-p.recording.Done():
	case <-time.After(recordWait):
	}
	if err := p.recording.Err(); err != nil {
		fmt.Fprintln(p.words, "lilybot:", err)
	}
	p.recording = nil
}

// verify simulates a recorded match again, or lays it beside another player's.
func verify(o options, out, errs io.Writer) int {
	if o.beside != "" {
		explain := func(a, b *matchlog.Log) (*replay.Comparison, error) {
			return replay.Explain(recordedConfig(o.replay), a, b)
		}
		return replay.CompareFiles(o.replay, o.beside, explain, o.asJSON, out, errs)
	}
	v := replay.VerifyConfig{From: rollback.Frame(o.from), To: rollback.Frame(o.to)}
	return replay.VerifyFile(recordedConfig(o.replay), o.replay, v, o.asJSON, out, errs)
}

// recordedConfig is the game as it was called when a file was recorded.
func recordedConfig(name string) gameConfig {
	config := netplay.Config()
	file, err := os.Open(name)
	if err != nil {
		return config // it is said when it is opened again
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return config
	}
	if log, err := matchlog.Open(file, info.Size(), nil); err == nil {
		if slices.Contains(netplay.Played, log.Header.Rules) {
			config = netplay.Recorded(log.Header.Rules)
		}
		config.Game = log.Header.Game
	}
	return config
}
