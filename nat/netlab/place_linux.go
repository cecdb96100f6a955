package netlab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Place is a network namespace: a computer or a router.
type Place struct {
	t  testing.TB
	ns *os.File
}

// NewPlace makes a computer that is joined to nothing, and speaks IPv4 alone:
// see IPv6. It lives as long as the test. See New for when the test is skipped.
func NewPlace(t testing.TB) *Place {
	t.Helper()
	require(t, "ip")
	p := &Place{t: t}
	var err error
	onThread(func() {
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			p.ns, err = os.Open("/proc/thread-self/ns/net")
		}
	})
	if err != nil {
		t.Skip("no network namespaces here: ", err)
	}
	t.Cleanup(func() { p.ns.Close() })
	p.sysctl("ipv6/conf/default/disable_ipv6", "1")
	p.sysctl("ipv4/conf/all/rp_filter", "0")
	p.sysctl("ipv4/conf/default/rp_filter", "0")
	p.IP("link set lo up")
	return p
}

// require skips a test that cannot have a lab.
func require(t testing.TB, commands ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("network namespaces take seconds: not with -short")
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	for _, command := range commands {
		if _, err := exec.LookPath(command); err != nil {
			t.Skipf("the command %s is not installed", command)
		}
	}
}

// onThread calls f on a thread that ends with it, and its namespace with that.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked
		f()
	}()
	<-done
}

// Enter calls f on a thread of the place. A socket that f itself opens stays in
// the place; goroutines that it starts are elsewhere.
func (p *Place) Enter(f func()) {
	p.t.Helper()
	var err error
	onThread(func() {
		if err = unix.Setns(int(p.ns.Fd()), unix.CLONE_NEWNET); err == nil {
			f()
		}
	})
	if err != nil {
		p.t.Fatal("netlab: cannot enter a namespace: ", err)
	}
}

// IP runs lines of the command ip here, all in one process.
func (p *Place) IP(lines ...string) {
	p.t.Helper()
	if out, err := p.run(strings.Join(lines, "\n")+"\n", "ip", "-batch", "-"); err != nil {
		p.t.Fatalf("netlab: ip: %v: %s in:\n%s", err, out, strings.Join(lines, "\n"))
	}
}

// run runs a command here, with text on its standard input.
func (p *Place) run(text, name string, args ...string) (out string, err error) {
	p.t.Helper()
	var b []byte
	p.Enter(func() {
		cmd := exec.Command(name, args...)
		cmd.Stdin = strings.NewReader(text)
		b, err = cmd.CombinedOutput()
	})
	return string(b), err
}

// Run runs a command here and returns what it prints. The test fails if it does.
func (p *Place) Run(name string, args ...string) string {
	p.t.Helper()
	out, err := p.run("", name, args...)
	if err != nil {
		p.t.Fatalf("netlab: %s: %v: %s", name, err, out)
	}
	return out
}

// sysctl sets a value below net, if this kernel has it.
func (p *Place) sysctl(name, value string) {
	p.Enter(func() { _ = os.WriteFile(filepath.Join("/proc/sys/net", name), []byte(value), 0) })
}

// IPv6 gives IPv6 to the interfaces that the place gets from now on.
func (p *Place) IPv6() { p.sysctl("ipv6/conf/default/disable_ipv6", "0") }

// Forward makes the place a router: it passes on what is not meant for itself.
func (p *Place) Forward() { p.sysctl("ipv4/ip_forward", "1") }

// Filter adds to the place's rules, in the language of nft. The test is skipped
// if the kernel has no such rules.
func (p *Place) Filter(rules string) {
	p.t.Helper()
	require(p.t, "nft")
	out, err := p.run(rules+"\n", "nft", "-f", "-")
	switch {
	case err == nil:
	case strings.Contains(out, "syntax error"):
		p.t.Fatalf("netlab: %s in:\n%s", out, rules)
	default:
		p.t.Skipf("no such rules in this kernel: %v: %s", err, out)
	}
}

// Cable joins two places by a new interface in each.
func Cable(a *Place, aName string, b *Place, bName string) {
	a.t.Helper()
	a.IP(fmt.Sprintf("link add %s type veth peer name %s netns /proc/%d/fd/%d", aName, bName, os.Getpid(), b.ns.Fd()),
		"link set "+aName+" up")
	b.IP("link set " + bName + " up")
}
