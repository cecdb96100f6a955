package rendezvous

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"
)

// served is a server on real sockets of this computer.
type served struct {
	addr   netip.AddrPort
	cancel context.CancelFunc
	ended  chan error
}

func serve(t testing.TB, listen string, config ServeConfig) *served {
	t.Helper()
	tcp, err := net.Listen("tcp", listen)
	if err != nil {
		t.Skipf("cannot listen on %s here: %v", listen, err)
	}
	return serveOn(t, tcp, config)
}

// serveOn serves on a listener and the same port of UDP.
func serveOn(t testing.TB, tcp net.Listener, config ServeConfig) *served {
	t.Helper()
	addr := tcp.Addr().(*net.TCPAddr).AddrPort()
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		tcp.Close()
		t.Skipf("cannot listen on the UDP port of %v here: %v", addr, err)
	}
	if addr.Addr().IsUnspecified() {
		addr = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), addr.Port())
	}
	config.Server.Rand = rand.Reader
	ctx, cancel := context.WithCancel(context.Background())
	s := &served{addr: addr, cancel: cancel, ended: make(chan error, 1)}
	go func() { s.ended <- Serve(ctx, config, udp, tcp) }()
	t.Cleanup(func() {
		cancel()
		if err := <-s.ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// player drives a Client on a real socket: what a program does with it.
type player struct {
	mu      sync.Mutex // the Client is fed from two goroutines with TCP
	client  *Client
	start   time.Time
	send    func(b []byte)
	events  []Event
	relayed []string
	changed chan struct{} // capacity 1: something came
}

func newPlayer(t *testing.T, server netip.AddrPort, offer string, make1 func(Config, time.Duration) (*Client, error)) *player {
	t.Helper()
	client, err := make1(Config{Server: server, Keys: keysOf(1), Offer: []byte(offer), Rand: rand.Reader}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &player{client: client, start: time.Now(), changed: make(chan struct{}, 1)}
}

func (p *player) receive(from netip.AddrPort, b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.client.Packet(time.Since(p.start), from, b) {
		if _, packet, ok := Relayed(b); ok {
			p.relayed = append(p.relayed, string(packet))
		}
	}
	p.settle()
}

// settle sends and takes what the client has; mu is held.
func (p *player) settle() {
	for _, s := range p.client.AppendSends(nil) {
		p.send(s.Data)
	}
	p.events = p.client.AppendEvents(p.events)
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// until drives the timers until done, for 10 s at most.
func (p *player) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for {
		p.mu.Lock()
		p.client.Advance(time.Since(p.start))
		p.settle()
		ok, next := done(), p.client.Next()-time.Since(p.start)
		status := p.client.Status()
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-limit.C:
			t.Fatalf("%s does not happen: %s", what, status)
		case <-p.changed:
		case <-time.After(max(next, time.Millisecond)):
		}
	}
}

// has asks what until is to ask, which holds mu.
func (p *player) has(kind EventKind) func() bool {
	return func() bool {
		_, ok := p.firstLocked(kind)
		return ok
	}
}

// event returns the first event of a kind so far.
func (p *player) event(kind EventKind) (Event, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.firstLocked(kind)
}

// firstLocked is event for who holds mu.
func (p *player) firstLocked(kind EventKind) (Event, bool) {
	for _, e := range p.events {
		if e.Kind == kind {
			return e, true
		}
	}
	return Event{}, false
}

// overUDP gives a player a UDP socket.
func (p *player) overUDP(t *testing.T, server netip.AddrPort) {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		t.Fatal(err)
	}
	p.send = func(b []byte) { conn.Write(b) }
	var reading sync.WaitGroup
	reading.Go(func() {
		var b [2048]byte
		for {
			n, err := conn.Read(b[:])
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				p.receive(server, b[:n])
			}
		}
	})
	t.Cleanup(func() {
		conn.Close()
		reading.Wait()
	})
}

// overTCP gives a player a Stream.
func (p *player) overTCP(t *testing.T, server netip.AddrPort) *Stream {
	t.Helper()
	stream, err := Dial(t.Context(), server.String(), func(b []byte) { p.receive(server, b) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.send = func(b []byte) { stream.Send(b) }
	t.Cleanup(func() { stream.Close() })
	return stream
}

// A server and two players on real sockets, over UDP and TCP and between the
// two: they meet, and relay through the server.
func TestLoopback(t *testing.T) {
	for _, c := range []struct {
		listen         string
		hostUDP, guest bool
	}{
		{"127.0.0.1:0", true, true},
		{"127.0.0.1:0", true, false},
		{"127.0.0.1:0", false, false},
		{"[::1]:0", true, true},
		{":0", true, false}, // both families on one socket, the command's default
	} {
		t.Run(fmt.Sprintf("%s host over UDP %v guest over UDP %v", c.listen, c.hostUDP, c.guest), func(t *testing.T) {
			server := serve(t, c.listen, ServeConfig{}).addr
			host := newPlayer(t, server, "host", NewHost)
			guest := newPlayer(t, server, "guest", NewGuest)
			for p, udp := range map[*player]bool{host: c.hostUDP, guest: c.guest} {
				if udp {
					p.overUDP(t, server)
				} else {
					p.overTCP(t, server)
				}
			}
			host.until(t, "registration", host.has(Registered))
			guest.until(t, "the meeting", guest.has(Met))
			if e, _ := guest.event(Met); string(e.Offer) != "host" {
				t.Fatalf("the guest met %q", e.Offer)
			}
			host.until(t, "the host's side of the meeting", host.has(Met))
			for _, p := range []*player{host, guest} {
				p.mu.Lock()
				p.client.Relay(time.Since(p.start), guest.client.Self())
				p.mu.Unlock()
			}
			host.until(t, "the host's request", func() bool { return true })
			guest.until(t, "the relay", guest.has(RelayOpen))
			host.until(t, "the relay", host.has(RelayOpen))
			e, _ := guest.event(RelayOpen)
			guest.send(AppendRelayed(nil, e.Channel, []byte("through the server")))
			host.until(t, "a relayed packet", func() bool { return len(host.relayed) == 1 && host.relayed[0] == "through the server" })
		})
	}
}

// Strange TCP clients are hung up on, and the others notice nothing.
func TestStrangeStreams(t *testing.T) {
	server := serve(t, "127.0.0.1:0", ServeConfig{MaxStreamsPerSource: 3}).addr
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", server.String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		return conn
	}
	hungUp := func(conn net.Conn) bool {
		_, err := conn.Read(make([]byte, 1))
		return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
	}
	for name, b := range map[string]string{"a web browser": "GET / HTTP/1.1\r\n\r\n", "an empty frame": "\x00\x00", "a huge frame": "\xff\xff"} {
		conn := dial()
		conn.Write([]byte(b))
		if !hungUp(conn) {
			t.Errorf("%s: still connected", name)
		}
	}
	// Three that say nothing take all the room of this address.
	gone := make(chan bool, 4)
	for range 4 {
		conn := dial()
		go func() { gone <- hungUp(conn) }()
	}
	if !<-gone {
		t.Error("a fourth connection of one address was kept")
	}
	host := newPlayer(t, server, "host", NewHost)
	host.overUDP(t, server)
	host.until(t, "registration over UDP", host.has(Registered))
}

// When as many are connected as may be, the longest silent connection of the
// address with most is hung up on for one of another address.
func TestStreamsMakeRoom(t *testing.T) {
	server := serve(t, "127.0.0.1:0", ServeConfig{MaxStreams: 4}).addr
	silent := make(chan int, 5) // those that were hung up on
	dial := func(from string, number int) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		conn, err := d.Dial("tcp", server.String())
		if err != nil {
			t.Skipf("no second address of this computer: %v", err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		// A STUN request shows that it is served.
		conn.Write(appendFrame(nil, append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...)))
		if _, err := readFrame(conn, make([]byte, MaxPacket)); err != nil {
			silent <- number
			return conn
		}
		go func() {
			if _, err := conn.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
				silent <- number
			}
		}()
		return conn
	}
	for i := range 4 {
		dial("127.0.0.2", i)
	}
	dial("127.0.0.3", 4)
	if got := <-silent; got != 0 {
		t.Errorf("connection %d was hung up on, not the first of four", got)
	}
	dial("127.0.0.2", 5)
	if got := <-silent; got != 5 {
		t.Errorf("connection %d was hung up on, not that of whoever has most", got)
	}
}

// The server stops: a stream says so in a sentence, and a new one is dialled.
func TestStreamEnds(t *testing.T) {
	s := serve(t, "127.0.0.1:0", ServeConfig{})
	ended := make(chan error, 1)
	stream, err := Dial(t.Context(), s.addr.String(), func([]byte) {}, func(err error) { ended <- err })
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if stream.Send(nil) || stream.Send(make([]byte, MaxPacket+1)) {
		t.Error("a packet of no bytes or too many was taken")
	}
	s.cancel()
	select {
	case err := <-ended:
		if len(err.Error()) < 30 {
			t.Errorf("%q is no sentence", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the end of the stream was not told")
	}
	if _, err := Dial(t.Context(), s.addr.String(), func([]byte) {}, nil); err == nil {
		t.Error("a server that is gone was reached")
	}
}

// BenchmarkServe is a host's refresh and its answer over the loopback, 64 under
// way at a time.
func BenchmarkServe(b *testing.B) {
	server := serve(b, "127.0.0.1:0", ServeConfig{Server: ServerConfig{RequestsPerSec: 1_000_000}}).addr
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	request := message{kind: register, lookup: [16]byte{1}}
	var room [MaxPacket]byte
	exchange := func() message {
		var m message
		n, err := conn.Read(room[:])
		if err != nil || decodeMessage(room[:n], &m) != nil {
			b.Fatalf("%x, %v", room[:n], err)
		}
		return m
	}
	conn.Write(appendMessage(nil, &request))
	request.cookie = exchange().cookie
	packet := appendMessage(nil, &request)
	for range 64 {
		conn.Write(packet)
	}
	for b.Loop() {
		if m := exchange(); m.kind != registered {
			b.Fatalf("%+v", m)
		}
		conn.Write(packet)
	}
}
