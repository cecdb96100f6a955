package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v2"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// start runs the command and returns the addresses that it prints, the second
// zero if it has none.
func start(t *testing.T, args ...string) (addr, second netip.AddrPort) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, write, io.Discard)
		write.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	line, err := bufio.NewReader(read).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, read)
	var said struct {
		Event        string
		Addr, Second netip.AddrPort
	}
	if err := json.Unmarshal(line, &said); err != nil || said.Event != "listening" || said.Addr.Port() == 0 {
		t.Fatalf("%s: %v", line, err)
	}
	return said.Addr, said.Second
}

// A code, the command and two clients: they meet over loopback.
func TestCommand(t *testing.T) {
	server, _ := start(t, "-listen", "127.0.0.1:0", "-v")
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	typed, err := invite.ParseCode(strings.ToLower(code.String()))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	hostSide, guestSide := make(chan rendezvous.Event, 64), make(chan rendezvous.Event, 64)
	drive(t, server, rendezvous.NewHost, code.Keys(), "host", hostSide)
	expect(t, hostSide, rendezvous.Registered, "")
	drive(t, server, rendezvous.NewGuest, typed.Keys(), "guest", guestSide)
	expect(t, guestSide, rendezvous.Met, "host")
	expect(t, hostSide, rendezvous.Met, "guest")
	t.Logf("derived two keys and met in %v", time.Since(began))
}

func expect(t *testing.T, events chan rendezvous.Event, kind rendezvous.EventKind, offer string) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case e := <-events:
			if e.Kind == kind && string(e.Offer) == offer {
				return
			}
		case <-limit:
			t.Fatalf("event %d with offer %q does not come", kind, offer)
		}
	}
}

// drive runs a client on a socket of its own until the test ends.
func drive(t *testing.T, server netip.AddrPort, make1 func(rendezvous.Config, time.Duration) (*rendezvous.Client, error),
	keys invite.Keys, offer string, events chan rendezvous.Event) {
	t.Helper()
	client, err := make1(rendezvous.Config{Server: server, Keys: keys, Offer: []byte(offer), Rand: rand.Reader}, 0)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	start := time.Now()
	go func() {
		defer close(done)
		var b [2048]byte
		for {
			client.Advance(time.Since(start))
			for _, s := range client.AppendSends(nil) {
				conn.WriteToUDPAddrPort(s.Data, s.To.Addr)
			}
			for _, e := range client.AppendEvents(nil) {
				events <- e
			}
			conn.SetReadDeadline(start.Add(client.Next()))
			n, from, err := conn.ReadFromUDPAddrPort(b[:])
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				client.Packet(time.Since(start), from, b[:n])
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
}

// The operator reads which source is at its limit, and the flag that raises it.
func TestNotices(t *testing.T) {
	for _, c := range []struct {
		notice rendezvous.Notice
		source string
		want   string
	}{
		{rendezvous.Notice{Kind: rendezvous.SourceLimit, Source: netip.MustParsePrefix("192.0.2.7/32"), Limit: 256}, "192.0.2.7", "-hall 192.0.2.7=1024"},
		{rendezvous.Notice{Kind: rendezvous.SourceLimit, Source: netip.MustParsePrefix("2001:db8:1:2::/64"), Limit: 9}, "2001:db8:1:2::/64", "-hall 2001:db8:1:2::/64=36"},
		{rendezvous.Notice{Kind: rendezvous.LobbiesFull, Limit: 5}, "", "All 5 places for lobbies"},
		{rendezvous.Notice{Kind: rendezvous.GuestsFull, Limit: 5}, "", "-max-offer-bytes"},
		{rendezvous.Notice{Kind: rendezvous.RelaysFull, Limit: 5}, "", "-max-relays"},
	} {
		got := newNotice(c.notice)
		if got.Source != c.source || got.Places != c.notice.Limit || !strings.Contains(got.Text, c.want) || got.Event == "" {
			t.Errorf("%+v, want %q", got, c.want)
		}
		var list []rendezvous.Hall
		if c.source != "" {
			if err := (halls{&list}).Set(c.source + "=1024"); err != nil || len(list) != 1 || list[0].Prefix != c.notice.Source {
				t.Errorf("%s is read as %v, %v", c.source, list, err)
			}
		}
	}
}

func TestUsage(t *testing.T) {
	addr, _ := start(t, "-listen", "127.0.0.1:0")
	taken := addr.String()
	for _, c := range []struct {
		args []string
		want string // in the error or in what is printed
	}{
		{[]string{"-h"}, "-relay-rate"},
		{[]string{"-nonsense"}, "-nonsense"},
		{[]string{"serve"}, "no arguments"},
		{[]string{"-listen", "nonsense"}, "no address such as"},
		{[]string{"-listen", taken}, "another program has this port: stop it or choose another port with -listen"},
		{[]string{"-listen", "127.0.0.1:0", "-second", "nonsense"}, "-second nonsense is no address such as"},
		{[]string{"-listen", "127.0.0.1:0", "-second", taken}, "another program has this port: stop it or choose another port with -second"},
		{[]string{"-listen", "127.0.0.1:0", "-max-relays", "-1"}, "MaxRelays is -1"},
		{[]string{"-hall", "192.0.2.7"}, "must be PREFIX=N"},
		{[]string{"-hall", "192.0.2.7=0"}, "must be PREFIX=N"},
		{[]string{"-hall", "example.org=9"}, "example.org is no address and no prefix"},
		{[]string{"-hall", "192.0.2.0/24=9", "-hall", "192.0.2.7/24=8"}, "192.0.2.0/24 is named twice"},
	} {
		var out, words bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := run(ctx, c.args, &out, &words)
		cancel()
		if out.Len() != 0 {
			t.Errorf("%v: printed %s", c.args, &out)
		}
		if err == nil || !strings.Contains(words.String()+err.Error(), c.want) {
			t.Errorf("%v: %v, printed %q; want %q", c.args, err, words.String(), c.want)
		}
	}
}

// The command answers STUN on a second port, which its answers on the first name.
func TestSecondPort(t *testing.T) {
	for _, c := range []struct {
		args  []string
		other string // the address named; empty for that of the first
	}{
		{[]string{"-listen", "127.0.0.1:0"}, ""},
		{[]string{"-listen", "127.0.0.1:0", "-second", "127.0.0.1:0"}, ""},
		{[]string{"-listen", "127.0.0.1:0", "-second", "127.0.0.2:0"}, "127.0.0.2"},
	} {
		first, second := start(t, c.args...)
		if len(c.args) == 2 && !second.IsValid() {
			t.Skip("another program has the next port")
		}
		if len(c.args) == 2 && second.Port() != first.Port()+1 {
			t.Errorf("listens on %v and %v", first, second)
		}
		want := netip.AddrPortFrom(netip.IPv4Unspecified(), second.Port())
		if c.other != "" {
			want = second
		}
		if _, other := askSTUN(t, first); other != want {
			t.Errorf("%v: the answer names %v, want %v", c.args, other, want)
		}
		if seen, other := askSTUN(t, second); other.IsValid() || !seen.Addr().IsLoopback() {
			t.Errorf("%v: the second port answers %v and names %v", c.args, seen, other)
		}
	}
	if _, second := start(t, "-listen", "127.0.0.1:0", "-second", "none"); second.IsValid() {
		t.Errorf("listens on %v too", second)
	}
}

// askSTUN asks a server once, and reads its answer with pion's code.
func askSTUN(t *testing.T, server netip.AddrPort) (seen, other netip.AddrPort) {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewSoftware("long enough for both"))
	if _, err := conn.Write(request.Raw); err != nil {
		t.Fatal(err)
	}
	answer := &stun.Message{Raw: make([]byte, 1500)}
	n, err := conn.Read(answer.Raw)
	if err != nil {
		t.Fatal(err)
	}
	answer.Raw = answer.Raw[:n]
	var mapped stun.XORMappedAddress
	if err := answer.Decode(); err != nil || mapped.GetFrom(answer) != nil || answer.TransactionID != request.TransactionID {
		t.Fatalf("%x: %v", answer.Raw, err)
	}
	ip, _ := netip.AddrFromSlice(mapped.IP)
	var at stun.OtherAddress
	if at.GetFrom(answer) == nil {
		ip, _ := netip.AddrFromSlice(at.IP)
		other = netip.AddrPortFrom(ip.Unmap(), uint16(at.Port))
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(mapped.Port)), other
}
