package rendezvous

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ServeConfig is what Serve needs besides the state machine.
type ServeConfig struct {
	Server ServerConfig

	// Second, if not nil, answers STUN besides: it is the socket that
	// Server.Second names. Serve closes it.
	Second UDP

	MaxStreams          int // TCP connections at a time, 1,024 by default; a further one takes another's place, or is hung up on
	MaxStreamsPerSource int // of one IPv4 address or IPv6 /64: 64 by default, of a hall in proportion

	// Report, if not nil, is called with the counts once every ReportEvery.
	Report func(Stats)
	// Notice, if not nil, is called with what the operator should know.
	Notice      func(Notice)
	ReportEvery time.Duration // a minute by default
}

func (c *ServeConfig) fill() {
	if c.MaxStreams == 0 {
		c.MaxStreams = 1024
	}
	if c.MaxStreamsPerSource == 0 {
		c.MaxStreamsPerSource = 64
	}
	if c.ReportEvery == 0 {
		c.ReportEvery = time.Minute
	}
}

// UDP is what Serve needs of a socket; a *net.UDPConn has it.
type UDP interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	Close() error
}

// Serve answers on a UDP socket and, unless it is nil, a TCP listener, until ctx
// ends or a UDP socket fails. It closes all of them. The error is nil if ctx ended.
func Serve(ctx context.Context, config ServeConfig, udp UDP, tcp net.Listener) error {
	config.fill()
	server, err := NewServer(config.Server)
	if err != nil {
		udp.Close()
		if config.Second != nil {
			config.Second.Close()
		}
		if tcp != nil {
			tcp.Close()
		}
		return err
	}
	v := &service{config: config, server: server, udp: udp, tcp: tcp, start: time.Now(),
		streams: map[uint64]*connection{}, slots: newSlots()}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() { v.ticks(ctx) })
	if tcp != nil {
		running.Go(func() { v.accept(ctx) })
	}
	running.Go(func() {
		<-ctx.Done()
		v.close()
	})
	failed := make(chan error, 2)
	running.Go(func() { failed <- v.readUDP(udp, false) })
	if config.Second != nil {
		running.Go(func() { failed <- v.readUDP(config.Second, true) })
	}
	err = <-failed
	if ctx.Err() != nil {
		err = nil
	}
	cancel()
	running.Wait()
	v.handlers.Wait()
	return err
}

// service drives a Server.
type service struct {
	config   ServeConfig
	udp      UDP
	tcp      net.Listener
	start    time.Time
	handlers sync.WaitGroup

	mu      sync.Mutex // guards all below
	server  *Server
	sends   []Send
	closed  bool
	next    uint64 // number of the last stream
	streams map[uint64]*connection
	slots   *slots // of *connection
}

// connection is a TCP connection that is served.
type connection struct {
	slot
	*Stream
	number uint64
}

// do lets the server act, and sends what it wants sent.
func (v *service) do(act func(now time.Duration)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	act(time.Since(v.start))
	v.sends = v.server.AppendSends(v.sends[:0])
	for _, s := range v.sends {
		if s.To.Stream != 0 {
			if stream := v.streams[s.To.Stream]; stream != nil {
				stream.Send(s.Data)
			}
			continue
		}
		socket := v.udp
		if s.To.Second {
			socket = v.config.Second
		}
		socket.WriteToUDPAddrPort(s.Data, s.To.Addr) // what cannot be sent is lost
	}
}

// maxReadErrors is how many reads in a row may fail before the socket is taken
// for broken. Other computers' ICMP messages are such failures on some systems.
const maxReadErrors = 1000

func (v *service) readUDP(socket UDP, second bool) error {
	var b [MaxPacket + 1]byte // one more, so that what is too long is seen to be
	for failed := 0; ; {
		n, from, err := socket.ReadFromUDPAddrPort(b[:])
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			if failed++; failed >= maxReadErrors {
				return fmt.Errorf("the UDP socket is broken: %w", err)
			}
			continue
		}
		failed = 0
		v.do(func(now time.Duration) { v.server.Packet(now, Source{Addr: from, Second: second}, b[:n]) })
	}
}

func (v *service) ticks(ctx context.Context) {
	advance := time.NewTicker(time.Second)
	defer advance.Stop()
	report := time.NewTicker(v.config.ReportEvery)
	defer report.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-advance.C:
			var notices []Notice
			v.do(func(now time.Duration) {
				v.server.Advance(now)
				notices = v.server.AppendNotices(nil)
			})
			for _, n := range notices {
				if v.config.Notice != nil {
					v.config.Notice(n)
				}
			}
		case <-report.C:
			if v.config.Report != nil {
				var stats Stats
				v.do(func(time.Duration) { stats = v.server.Stats() })
				v.config.Report(stats)
			}
		}
	}
}

func (v *service) close() {
	v.udp.Close()
	if v.config.Second != nil {
		v.config.Second.Close()
	}
	if v.tcp != nil {
		v.tcp.Close()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	for _, s := range v.streams {
		s.hangUp()
	}
}

// accept takes connections. When it cannot (no descriptors left, say) it waits
// a little: those that are open still work.
func (v *service) accept(ctx context.Context) {
	for {
		conn, err := v.tcp.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			if err == nil {
				conn.Close()
			}
			return
		case err != nil:
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		default:
			v.handlers.Go(func() { v.serve(conn) })
		}
	}
}

// serve carries one connection.
func (v *service) serve(conn net.Conn) {
	defer conn.Close()
	remote, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return
	}
	c := v.admit(conn, remote.AddrPort().Addr())
	if c == nil {
		return
	}
	defer v.release(c)
	from := Source{Addr: remote.AddrPort(), Stream: c.number}
	var b [MaxPacket]byte
	reader := newFrameReader(conn)
	for {
		conn.SetReadDeadline(time.Now().Add(streamIdle))
		packet, err := readFrame(reader, b[:])
		if err != nil {
			return
		}
		v.do(func(now time.Duration) {
			if !c.held() {
				return
			}
			v.slots.heard(now, &c.slot)
			relayed := v.server.stats.Relayed
			v.server.Packet(now, from, packet)
			if v.server.stats.Relayed != relayed {
				v.slots.set(&c.slot, active) // a match depends on it
			}
		})
	}
}

// admit gives a connection a place and starts its writer; nil if there is none.
// When all are taken, the longest silent one of the source with most is hung up
// on.
func (v *service) admit(conn net.Conn, from netip.Addr) *connection {
	v.mu.Lock()
	defer v.mu.Unlock()
	who := v.server.config.path(from)
	if v.closed || v.slots.of(who) >= v.config.MaxStreamsPerSource*who.weight {
		return nil
	}
	if len(v.streams) >= v.config.MaxStreams {
		p := v.slots.spare(who)
		if p == nil {
			return nil
		}
		v.forget(p.owner.(*connection))
	}
	v.next++
	c := &connection{Stream: newStream(conn), number: v.next}
	c.slot.owner = c
	v.slots.take(time.Since(v.start), &c.slot, who)
	v.streams[c.number] = c
	return c
}

// forget hangs up and gives the place back; mu is held.
func (v *service) forget(c *connection) {
	if c.held() {
		v.slots.release(&c.slot)
		delete(v.streams, c.number)
	}
	c.hangUp()
}

func (v *service) release(c *connection) {
	v.mu.Lock()
	v.forget(c)
	v.mu.Unlock()
	c.Close()
}

// newFrameReader spares a system call for each length.
func newFrameReader(conn net.Conn) io.Reader { return bufio.NewReaderSize(conn, 2+MaxPacket) }
