package scoreboard

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Options say what to measure. The zero value is everything.
type Options struct {
	Rows     []string  // names such as "B4" or "A-live-2"; none: all
	Seeds    []uint64  // of the network rows; none: 1 to 5
	NoWire   bool      // leave the wire columns empty
	Progress io.Writer // told what is being measured; nil: nobody
}

// Board is what Run has measured.
type Board struct {
	Costs   []Cost
	Results []Result
	Seeds   []uint64
	// NoWire says why there are no wire columns, "" if there are.
	NoWire string
}

// Names returns the names of all rows.
func Names() (names []string) {
	for _, r := range costRows {
		names = append(names, r.name)
	}
	for _, r := range rows {
		names = append(names, r.name)
	}
	return names
}

// Run measures. It takes minutes for everything; an error says which row is
// unknown or went wrong.
func Run(o Options) (*Board, error) {
	wanted, err := choose(o.Rows)
	if err != nil {
		return nil, err
	}
	if len(o.Seeds) == 0 {
		o.Seeds = []uint64{1, 2, 3, 4, 5}
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	b := &Board{Seeds: o.Seeds, NoWire: "not asked for"}
	for _, r := range costRows {
		if !wanted[r.name] {
			continue
		}
		fmt.Fprintf(o.Progress, "%s: %s\n", r.name, r.what)
		cost, err := r.run()
		if err != nil {
			return nil, err
		}
		cost.Row = r.name
		b.Costs = append(b.Costs, cost)
	}
	for _, r := range rows {
		if !wanted[r.name] {
			continue
		}
		fmt.Fprintf(o.Progress, "%s: %s\n", r.name, r.what())
		var all []Result
		for _, seed := range o.Seeds {
			results, err := overMemory(r, seed)
			if err != nil {
				return nil, err
			}
			all = append(all, results...)
		}
		b.Results = append(b.Results, summary(all))
	}
	if len(b.Results) > 0 && !o.NoWire {
		b.NoWire = b.addWire(o)
	}
	return b, nil
}

// choose turns names into a set; none means all.
func choose(names []string) (map[string]bool, error) {
	wanted := map[string]bool{}
	for _, n := range Names() {
		wanted[n] = len(names) == 0
	}
	for _, n := range names {
		if _, known := wanted[n]; !known {
			return nil, fmt.Errorf("there is no row %q; there are %s", n, strings.Join(Names(), " "))
		}
		wanted[n] = true
	}
	return wanted, nil
}

// WriteJSON writes one object a row and line.
func (b *Board) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	for _, c := range b.Costs {
		if err := e.Encode(c); err != nil {
			return err
		}
	}
	for _, r := range b.Results {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

var (
	costHead   = []string{"row", "what", "engine", "x yardstick", "ns", "yardstick ns", "allocs", "signatures ns"}
	resultHead = []string{"row", "what", "engine", "payload B/s", "packets/s", "wire B/s", "UDP packets/s",
		"rollbacks", "mean depth", "max", "stalls", "most", "on end", "seconds", "frames", "freeze ms", "resume ms", "wire resume ms", "states"}
)

const ours = "visavis"

// costTable is part A with the others' figures.
func (b *Board) costTable() (table [][]string) {
	for _, r := range costRows {
		for _, c := range b.Costs {
			if c.Row != r.name {
				continue
			}
			ratio := digits(c.Ratio, 2)
			if c.Noise {
				ratio = inTheNoise
			}
			signatures := ""
			if c.SignatureNs > 0 {
				signatures = digits(c.SignatureNs, 0)
			}
			table = append(table, []string{r.name, r.what, ours, ratio, digits(c.NsPerFrame, 0), digits(c.YardstickNs, 0), digits(c.Allocs, 1), signatures})
			if c.LateNs > 0 {
				table = append(table, []string{"", "after 200,000 frames", ours, digits(c.LateRatio, 2), digits(c.LateNs, 0), "", digits(c.Allocs, 1), ""})
			}
			for _, p := range peersOf(peerCosts, r.name) {
				table = append(table, []string{"", "", p[0], strings.ReplaceAll(p[1], "_", " "), "", "", strings.TrimPrefix(p[2], "-"), ""})
			}
		}
	}
	return table
}

// inTheNoise stands for a ratio that cannot be told from 1.
const inTheNoise = "in the noise"

// resultTable is the network rows with the others' figures.
func (b *Board) resultTable() (table [][]string) {
	for _, r := range rows {
		for _, s := range b.Results {
			if s.Row != r.name {
				continue
			}
			wire, udp, resume, wireResume, states := "", "", "", "", "agree"
			if s.WireBps > 0 {
				wire, udp = digits(s.WireBps, 0), digits(s.WirePacketsPerSec, 1)
			}
			if r.dark > 0 {
				resume = digits(s.ResumeMs, 0)
			}
			if s.WireResumeMs > 0 {
				wireResume = digits(s.WireResumeMs, 0)
			}
			if !s.Agree {
				states = "DIFFER"
			}
			table = append(table, []string{
				r.name, r.what(), ours, digits(s.PayloadBps, 0), digits(s.PacketsPerSec, 1), wire, udp,
				digits(s.Rollbacks, 0), digits(s.MeanDepth, 2), digits(s.MaxDepth, 0),
				digits(s.Stalls, 0), digits(s.MostStalls, 0), strconv.Itoa(s.LongestStall),
				digits(s.Seconds, 1), strconv.Itoa(s.Frames), digits(s.LongestFreezeMs, 0), resume, wireResume, states,
			})
			for _, p := range peersOf(peerResults, r.name) {
				for i := range p {
					p[i] = strings.TrimPrefix(p[i], "-")
				}
				table = append(table, []string{"", "", p[0], p[1], p[2], p[3], p[2], p[4], p[5], p[6], p[7], "", "", p[8], p[9], p[10], p[11], "", p[12]})
			}
		}
	}
	return table
}

func digits(v float64, n int) string { return strconv.FormatFloat(v, 'f', n, 64) }

// WriteText writes tables for a terminal.
func (b *Board) WriteText(w io.Writer) error {
	return b.write(w, func(head []string, table [][]string) error {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, strings.Join(head, "\t"))
		for _, line := range table {
			fmt.Fprintln(t, strings.Join(line, "\t"))
		}
		return t.Flush()
	})
}

// preface begins the page.
const preface = `# The scoreboard

The engine (visavis) beside five others, at the same work; what that is, and what
the columns mean, stands in this package's documentation. Made by

	go run ./netcode/cmd/visavis scoreboard -markdown > netcode/internal/scoreboard/TABLE.md

or by "make scoreboard". The game columns are the same on every run and every machine,
the wire columns within one per cent. Nanoseconds are of this machine alone; what a
frame costs as a multiple of its yardstick is the same within some 15 per cent on
every machine, and only that is told of the other engines.

`

// WriteMarkdown writes a page with the tables.
func (b *Board) WriteMarkdown(w io.Writer) error {
	if _, err := io.WriteString(w, preface); err != nil {
		return err
	}
	return b.write(w, func(head []string, table [][]string) error {
		fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
		for _, line := range table {
			if line[0] != "" {
				line[0], line[2] = "**"+line[0]+"**", "**"+line[2]+"**"
			}
			if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(line, " | ")); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Board) write(w io.Writer, table func(head []string, lines [][]string) error) error {
	fmt.Fprintf(w, "Measured on: %s\n", machine())
	if len(b.Costs) > 0 {
		fmt.Fprintf(w, "\nCost per frame, %s, %d turns of %v each; ns: the least of them, x yardstick: the median over them\n\n", cpuClock, rounds, turnTime)
		if err := table(costHead, b.costTable()); err != nil {
			return err
		}
	}
	if len(b.Results) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nMatches of %d frames; per peer, medians over all peers and the seeds %v (most, on end, frames: the worst of all)\n\n", Frames, b.Seeds)
	if err := table(resultHead, b.resultTable()); err != nil {
		return err
	}
	if b.NoWire != "" {
		fmt.Fprintf(w, "\nNo wire columns: %s.\n", b.NoWire)
	}
	return nil
}

// machine describes this computer in a line.
func machine() string {
	cpu := "unknown processor"
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	text := fmt.Sprintf("%s, %d cores, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		// Above 3 the cost of copies comes out up to twice too high.
		minute, _, _ := strings.Cut(string(load), " ")
		text += ", load average " + minute
	}
	return text
}
