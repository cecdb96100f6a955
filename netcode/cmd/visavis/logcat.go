package main

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// logcatCommand prints a recorded match as JSON lines: an object for each block of it.
func logcatCommand(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("visavis logcat", flag.ContinueOnError)
	flags.SetOutput(errs)
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return err
		}
		return errUsage
	}
	if flags.NArg() != 1 {
		fmt.Fprintln(errs, "visavis logcat FILE: which recorded match?")
		return errUsage
	}
	file, err := os.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	log, err := matchlog.Open(file, info.Size(), nil)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	for b, err := range log.Blocks() {
		if err != nil {
			return err
		}
		if err := lines.Encode(logLine(b)); err != nil {
			return err
		}
	}
	return log.Cut
}

// logLine is a block as a line has it: hashes and bytes in hex, worlds by how long they are.
func logLine(b matchlog.Block) map[string]any {
	sum := func(n uint64) string { return fmt.Sprintf("%016x", n) }
	switch b := b.(type) {
	case *matchlog.Header:
		players := []map[string]any{}
		for _, p := range b.Players {
			players = append(players, map[string]any{"machine": p.Machine, "name": p.Name, "key": hex.EncodeToString(p.Key[:]), "own": hex.EncodeToString(p.Own)})
		}
		return map[string]any{
			"block": "header", "engine": b.Engine, "game": b.Game, "rules": sum(b.Rules), "layout": sum(b.Layout), "arithmetic": b.Arithmetic,
			"tickRate": b.TickRate, "inputBytes": b.InputBytes, "checksumFrames": b.ChecksumFrames, "absent": b.Absent,
			"match": hex.EncodeToString(b.Match[:]), "ordinal": b.Ordinal, "seed": sum(b.Seed), "options": hex.EncodeToString(b.Options),
			"length": b.Length, "author": b.Author, "began": b.Began, "start": b.Start, "players": players,
		}
	case *matchlog.Snapshot:
		return map[string]any{
			"block": "snapshot", "frame": b.Frame, "view": b.View, "absent": b.Lineup.Absent, "paused": b.Lineup.Paused,
			"inputs": hex.EncodeToString(b.Inputs), "inputsSum": sum(b.Digest), "world": sum(b.World),
		}
	case *matchlog.Part:
		return map[string]any{"block": "part", "frame": b.Frame, "section": b.Section, "offset": b.Offset, "bytes": len(b.Bytes), "total": b.Total}
	case *matchlog.View:
		return map[string]any{"block": "view", "number": b.Number, "offset": b.Offset, "total": b.Total, "commit": hex.EncodeToString(b.Bytes)}
	case *matchlog.Frames:
		return framesLine(b)
	case *matchlog.Checksum:
		return map[string]any{"block": "checksum", "frame": b.Frame, "world": sum(b.World), "inputs": sum(b.Inputs)}
	case *matchlog.Marks:
		return map[string]any{"block": "marks", "first": b.First, "marks": hex.EncodeToString(b.Bytes)}
	case *matchlog.Desync:
		return map[string]any{
			"block": "desync", "frame": b.Frame, "agreed": b.Agreed, "view": b.View, "peer": b.Peer, "inputs": b.Inputs, "field": b.Field, "here": b.Here,
			"there": b.There, "text": b.Text, "system": b.System, "program": b.Program, "rollbacks": b.Rollbacks,
		}
	case *matchlog.DesyncWorld:
		return map[string]any{"block": "desyncWorld", "machine": b.Machine, "frame": b.Frame, "offset": b.Offset, "bytes": len(b.Bytes), "total": b.Total}
	case *matchlog.Newcomer:
		players := []map[string]any{}
		for _, p := range b.Players {
			players = append(players, map[string]any{"name": p.Name, "own": hex.EncodeToString(p.Own)})
		}
		return map[string]any{"block": "newcomer", "machine": b.Stream.Machine, "born": b.Stream.Born, "key": hex.EncodeToString(b.Key[:]), "players": players}
	case *matchlog.Links:
		return map[string]any{"block": "links", "machine": b.Machine, "stalls": b.Stalls, "to": b.To}
	case *matchlog.Command:
		return map[string]any{"block": "command", "frame": b.Frame, "seat": b.Seat, "bytes": hex.EncodeToString([]byte(b.Bytes))}
	case *matchlog.Signed:
		return map[string]any{"block": "signed", "offset": b.Offset, "total": b.Total, "word": hex.EncodeToString(b.Bytes)}
	case *matchlog.Result:
		return map[string]any{"block": "result", "frame": b.Frame, "world": sum(b.World), "agreed": b.Agreed, "confirmedBy": fmt.Sprint(b.ConfirmedBy), "reason": b.Reason}
	}
	return map[string]any{"block": "unknown"}
}

// framesLine has every record that is not the one before.
func framesLine(b *matchlog.Frames) map[string]any {
	spans := []map[string]any{}
	for _, s := range b.Spans {
		runs := []map[string]any{}
		for _, r := range s.Runs {
			records := []map[string]any{}
			for i, record := range r.Records {
				if i == 0 || string(record) != string(r.Records[i-1]) {
					records = append(records, map[string]any{"at": i, "bytes": hex.EncodeToString(record)})
				}
			}
			runs = append(runs, map[string]any{"machine": r.Stream.Machine, "born": r.Stream.Born, "seats": r.Seats, "records": records})
		}
		spans = append(spans, map[string]any{"count": s.Count, "absent": s.Lineup.Absent, "paused": s.Lineup.Paused, "runs": runs})
	}
	return map[string]any{"block": "frames", "first": b.First, "count": b.Count(), "spans": spans}
}
