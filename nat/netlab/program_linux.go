package netlab

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// roleVariable tells a copy of the test's program what it is in the lab.
const roleVariable = "VISAVIS_NETLAB_PROGRAM"

// Main runs the tests, or, in a copy that Place.Start has started, that program.
// A program speaks in lines of JSON (Hear, Tell) and ends when its standard
// input does, or when its function returns.
func Main(m *testing.M, programs map[string]func()) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	program := programs[role]
	if program == nil {
		fmt.Fprintf(os.Stderr, "netlab: there is no program %q\n", role)
		os.Exit(2)
	}
	program()
	os.Exit(0)
}

// maxLines is how many lines of a program wait to be heard; when they are full
// the program waits.
const maxLines = 1000

// Program is a copy of this program that runs in a place.
type Program struct {
	t       testing.TB
	name    string
	process *os.Process
	stdin   io.WriteCloser
	lines   chan []byte
	exited  chan struct{}
}

// Start starts one of Main's programs here, with arguments as in os.Args[1:].
// It ends with the test.
func (p *Place) Start(program string, args ...string) *Program {
	p.t.Helper()
	return p.start(program, args, []string{roleVariable + "=" + program})
}

// StartTest starts one of the tests of this package here as a program, which
// knows by these variables of the environment (NAME=VALUE) that it is one. It
// ends with the test that starts it.
func (p *Place) StartTest(test string, variables ...string) *Program {
	p.t.Helper()
	return p.start(test, []string{"-test.run=^" + test + "$", "-test.timeout=5m"}, variables)
}

func (p *Place) start(program string, args, variables []string) *Program {
	p.t.Helper()
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), variables...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.Enter(func() { err = cmd.Start() })
	if err != nil {
		p.t.Fatal("netlab: ", err)
	}
	r := &Program{t: p.t, name: program, process: cmd.Process, stdin: stdin, lines: make(chan []byte, maxLines), exited: make(chan struct{})}
	go func() {
		defer close(r.exited)
		for scan := bufio.NewScanner(stdout); scan.Scan(); {
			r.lines <- append([]byte(nil), scan.Bytes()...)
		}
		_ = cmd.Wait()
	}()
	p.t.Cleanup(func() {
		r.Kill()
		for {
			select {
			case <-r.lines: // so that the reader comes to its end
			case <-r.exited:
				return
			}
		}
	})
	return r
}

// Tell sends a value to the program, as a line of JSON.
func (r *Program) Tell(v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = r.stdin.Write(append(b, '\n'))
	}
	return err
}

// Hangup ends the program's standard input.
func (r *Program) Hangup() { _ = r.stdin.Close() }

// Kill ends the program without giving it time to say goodbye.
func (r *Program) Kill() { _ = r.process.Kill() }

// ErrSilent: the program has said nothing in time. ErrEnded: it has ended.
var (
	ErrSilent = errors.New("netlab: the program is silent")
	ErrEnded  = errors.New("netlab: the program has ended")
)

// Hear reads the program's next line of JSON into v. Other lines are passed on
// to standard error. The errors are ErrSilent and ErrEnded.
func (r *Program) Hear(v any, within time.Duration) error {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		var line []byte
		select {
		case line = <-r.lines:
		default:
			select {
			case line = <-r.lines:
			case <-r.exited:
				if len(r.lines) > 0 {
					continue
				}
				return fmt.Errorf("%w: %s", ErrEnded, r.name)
			case <-timer.C:
				return fmt.Errorf("%w: %s, for %v", ErrSilent, r.name, within)
			}
		}
		if json.Unmarshal(line, v) == nil {
			return nil
		}
		if string(line) != "PASS" { // what a test says in the end
			fmt.Fprintf(os.Stderr, "%s: %s\n", r.name, line)
		}
	}
}
