package netlab

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// MapPorts runs miniupnpd in the router, with these lines of configuration
// besides those that it needs here, and waits until it listens for what they
// enable. One that runs already ends. Homes of kind upnp, which alone let in what
// it forwards, have one with all enabled. Without miniupnpd the test is skipped.
func (h *Home) MapPorts(lines string) {
	t := h.lab.t
	t.Helper()
	h.stopMapping()
	require(t, "miniupnpd")
	dir := t.TempDir()
	conf := filepath.Join(dir, "conf")
	text := fmt.Sprintf("%s\next_ifname=wan\nlistening_ip=lan\nport=5000\nsecure_mode=yes\nsystem_uptime=yes\n"+
		"upnp_table_name=miniupnpd\nupnp_nat_table_name=miniupnpd\nupnp_forward_chain=miniupnpd\n"+
		"upnp_nat_chain=prerouting_miniupnpd\nupnp_nat_postrouting_chain=postrouting_miniupnpd\n"+
		"uuid=00000000-0000-0000-0000-%012d\nallow 1024-65535 0.0.0.0/0 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535\n", lines, h.number)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Router.Filter(mapPortsTable)
	cmd := exec.Command("miniupnpd", "-d", "-f", conf, "-P", filepath.Join(dir, "pid"))
	said, err := cmd.StderrPipe()
	if err == nil {
		h.Router.Enter(func() { err = cmd.Start() })
	}
	if err != nil {
		t.Fatal(err)
	}
	listening := "Listening for NAT-PMP/PCP traffic" // comes after HTTP
	if strings.Contains(lines, "enable_natpmp=no") {
		listening = "HTTP listening on port"
	}
	ready, read := make(chan struct{}), make(chan struct{})
	var last []string // for a failure; read after read is closed
	go func() {
		defer close(read)
		told := false
		for scan := bufio.NewScanner(said); scan.Scan(); {
			last = append(last, scan.Text())
			if !told && strings.Contains(scan.Text(), listening) {
				told = true
				close(ready)
			}
		}
	}()
	stop := func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("miniupnpd said:\n%s", strings.Join(last, "\n"))
		}
	}
	h.stopMapping = sync.OnceFunc(stop)
	t.Cleanup(h.stopMapping)
	select {
	case <-ready:
	case <-read:
		h.stopMapping()
		t.Skipf("miniupnpd does not run here: %s", strings.Join(last, "; "))
	case <-time.After(10 * time.Second):
		h.stopMapping()
		t.Fatalf("miniupnpd is not ready: %s", strings.Join(last, "; "))
	}
}

// mapPortsTable is what miniupnpd writes to.
const mapPortsTable = `table inet miniupnpd
delete table inet miniupnpd
table inet miniupnpd {
	chain forward { type filter hook forward priority -25; policy accept; jump miniupnpd; }
	chain miniupnpd { }
	chain prerouting { type nat hook prerouting priority -110; policy accept; jump prerouting_miniupnpd; }
	chain prerouting_miniupnpd { }
	chain postrouting { type nat hook postrouting priority 90; policy accept; jump postrouting_miniupnpd; }
	chain postrouting_miniupnpd { }
}
`
