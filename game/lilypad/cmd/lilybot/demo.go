package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// line is any line of another lilybot.
type line struct {
	stats
	Addr        string   `json:"addr"`
	Fingerprint string   `json:"fingerprint"`
	View        uint32   `json:"view"`
	Members     []string `json:"members"`
	Gone        []gone   `json:"gone"`
	Seat        int      `json:"seat"`
	Invite      string   `json:"invite"`
	Code        string   `json:"code"`
	Hash        string   `json:"hash"`
	Agree       bool     `json:"agree"`
	ConfirmedBy []string `json:"confirmedBy"`
	Frames      int32    `json:"frames"`
	Rounds      int      `json:"rounds"`
	Name        string   `json:"name"`
	For         string   `json:"for"`
	Scores      []int32  `json:"scores"`
	Reason      string   `json:"reason"`
	Verified    bool     `json:"verified"`
	Skipped     int      `json:"skipped"`
}

// bot is a lilybot in a process of its own.
type bot struct {
	name  string
	cmd   *exec.Cmd
	lines *bufio.Scanner
	last  line
}

// demo plays a match between two processes on this machine and tells, for
// people, how it goes.
func demo(ctx context.Context, o options, _ io.Reader, w io.Writer) (int, error) {
	program, err := os.Executable()
	if err != nil {
		return exitNoConnect, err
	}
	fmt.Fprintln(w, "Two processes, two bots, one match over UDP on this machine. Figures are the host's; Ctrl-C stops.")
	host, err := startBot(ctx, program, "Ana", "-host", "-listen", "127.0.0.1:0", "-players", "2",
		"-frames", strconv.Itoa(o.frames), "-seed", strconv.FormatUint(o.seed, 10), "-level", "4")
	if err != nil {
		return exitNoConnect, err
	}
	defer host.stop()
	if !host.next() || host.last.Event != "listening" {
		return exitNoConnect, errors.New("the hosting process did not start")
	}
	guest, err := startBot(ctx, program, "Ben", "-join", host.last.Addr+"#"+host.last.Fingerprint, "-level", "4")
	if err != nil {
		return exitNoConnect, err
	}
	defer guest.stop()
	ended := make(chan struct{})
	go func() { // the guest's lines only have to be read
		defer close(ended)
		for guest.next() {
		}
	}()
	for host.next() {
		if host.last.Event == "stats" {
			fmt.Fprintln(w, host.last.words())
		}
	}
	<-ended
	return verdict(ctx, w, host, guest)
}

func startBot(ctx context.Context, program, name string, args ...string) (*bot, error) {
	b := &bot{name: name, cmd: exec.CommandContext(ctx, program, append(args, "-name", name)...)}
	b.cmd.Stderr = os.Stderr
	b.cmd.Cancel = func() error { return b.cmd.Process.Signal(syscall.SIGTERM) }
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.lines = bufio.NewScanner(out)
	return b, b.cmd.Start()
}

// next reads the process's next line. It reports false when there are no more.
func (b *bot) next() bool {
	if !b.lines.Scan() {
		return false
	}
	b.last = line{}
	return json.Unmarshal(b.lines.Bytes(), &b.last) == nil
}

func (b *bot) stop() {
	if b.cmd.ProcessState == nil {
		b.cmd.Process.Signal(os.Interrupt)
		b.cmd.Wait()
	}
}

func (l *line) words() string {
	return fmt.Sprintf("%2d:%02d  frame %-5d  confirmed %-5d  ping %5.1f ms  rollbacks %-4d (mean depth %.1f)  stalls %-3d  sent %.1f kB in %d packets",
		l.Frame/3600, l.Frame/60%60, l.Frame, l.Confirmed, l.PingMs, l.Rollbacks, l.MeanDepth, l.Stalls, float64(l.SentBytes)/1000, l.SentPackets)
}

// verdict tells the result, and whether both worlds are the same.
func verdict(ctx context.Context, w io.Writer, host, guest *bot) (int, error) {
	if ctx.Err() != nil {
		return exitInterrupted, nil
	}
	a, b := host.last, guest.last
	if a.Event != "end" || b.Event != "end" {
		return exitLost, errors.New("the match did not come to its end")
	}
	fmt.Fprintf(w, "\n%s\nafter %d frames\n  %s's world %s\n  %s's world %s\n", scoreWords(a.Scores, host.name, guest.name), a.Frames, host.name, a.Hash, guest.name, b.Hash)
	if a.Hash != b.Hash || !a.Agree || !b.Agree {
		return exitDesync, errors.New("the two worlds differ: " + a.Reason)
	}
	fmt.Fprintln(w, "The same: the match was in step to its end.")
	return exitAgreed, nil
}

func scoreWords(scores []int32, names ...string) string {
	var parts []string
	for i, score := range scores {
		if i < len(names) {
			parts = append(parts, fmt.Sprintf("%s %d", names[i], score))
		}
	}
	return "Flies: " + strings.Join(parts, ", ")
}
