package scoreboard

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
)

const (
	packagePath = "github.com/visavis-netcode/visavis/netcode/internal/scoreboard"
	// wirePrefix begins the lines in which TestWire says what it has measured.
	wirePrefix = "WIRE "
)

// addWire fills the wire columns, from a child process. It returns why not, if
// it cannot.
func (b *Board) addWire(o Options) (why string) {
	tool, err := exec.LookPath("go")
	if err != nil {
		return "they are measured with \"go test\", and there is no go command here"
	}
	if err := exec.Command(tool, "list", packagePath).Run(); err != nil {
		return "they are measured with \"go test\", which works inside the project's folder only"
	}
	names := make([]string, len(b.Results))
	for i, r := range b.Results {
		names[i] = r.Row
	}
	seeds := strings.Trim(strings.ReplaceAll(fmt.Sprint(b.Seeds), " ", ","), "[]")
	fmt.Fprintf(o.Progress, "wire columns of %s\n", strings.Join(names, " "))
	cmd := exec.Command(tool, "test", "-run", "^TestWire$", "-count=1", "-timeout=60m", "-v", packagePath,
		"-wire.rows="+strings.Join(names, ","), "-wire.seeds="+seeds)
	out, err := cmd.Output()
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		text, isResult := strings.CutPrefix(lines.Text(), wirePrefix)
		var wire Result
		if !isResult || json.Unmarshal([]byte(text), &wire) != nil {
			continue
		}
		for i := range b.Results {
			if b.Results[i].Row == wire.Row {
				to := &b.Results[i]
				to.WireBps, to.WirePacketsPerSec, to.WireResumeMs = wire.WireBps, wire.WirePacketsPerSec, wire.ResumeMs
			}
		}
	}
	if err != nil {
		return fmt.Sprintf("the child that measures them failed: %v", err)
	}
	return ""
}
