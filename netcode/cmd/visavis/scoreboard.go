package main

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/visavis-netcode/visavis/netcode/internal/scoreboard"
)

// scoreboardCommand measures and prints.
func scoreboardCommand(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("visavis scoreboard", flag.ContinueOnError)
	flags.SetOutput(errs)
	row := flags.String("row", "", "rows to measure, with commas between them; all if empty")
	seeds := flags.String("seeds", "1-5", "seeds of the network rows: 1-5 or 3 or 1,4,7")
	asJSON := flags.Bool("json", false, "print one JSON object a row")
	asMarkdown := flags.Bool("markdown", false, "print tables for a page")
	noWire := flags.Bool("nowire", false, "leave out the wire columns, which take most of the time")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return err
		}
		return errUsage
	}
	options := scoreboard.Options{NoWire: *noWire, Progress: errs}
	if *row != "" {
		options.Rows = strings.Split(*row, ",")
	}
	var err error
	if options.Seeds, err = parseSeeds(*seeds); err != nil || flags.NArg() > 0 {
		fmt.Fprintf(errs, "-seeds %s %s: want seeds like 1-5 or 1,4,7 and nothing behind the flags\n", *seeds, strings.Join(flags.Args(), " "))
		return errUsage
	}
	board, err := scoreboard.Run(options)
	if err != nil {
		return err
	}
	switch {
	case *asJSON:
		return board.WriteJSON(out)
	case *asMarkdown:
		return board.WriteMarkdown(out)
	}
	return board.WriteText(out)
}

// maxSeeds bounds a range: a row takes a second or more for each.
const maxSeeds = 1000

// parseSeeds reads numbers and ranges with commas between them.
func parseSeeds(text string) (seeds []uint64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 64)
		if err != nil {
			return nil, err
		}
		last, err := strconv.ParseUint(high, 10, 64)
		if err != nil {
			return nil, err
		}
		if last < first || last-first >= maxSeeds {
			return nil, fmt.Errorf("%s is no range of at most %d seeds", part, maxSeeds)
		}
		for s := first; ; s++ {
			seeds = append(seeds, s)
			if s == last {
				break
			}
		}
	}
	return seeds, nil
}
