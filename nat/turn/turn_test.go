package turn

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// certificate is one for localhost that nobody but these tests trusts.
var certificate = sync.OnceValue(func() (made struct {
	tls.Certificate
	trust *tls.Config
}) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	made.Certificate = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	made.trust = &tls.Config{RootCAs: roots}
	return made
})

// silence is where pion's server logs to.
func silence() logging.LoggerFactory {
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	return quiet
}

// mortal is a listener whose connections die with it, as those of a process do.
type mortal struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func (m *mortal) Accept() (net.Conn, error) {
	conn, err := m.Listener.Accept()
	if err == nil {
		m.mu.Lock()
		m.conns = append(m.conns, conn)
		m.mu.Unlock()
	}
	return conn, err
}

func (m *mortal) Close() error {
	err := m.Listener.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, conn := range m.conns {
		conn.Close()
	}
	return err
}

// serve runs a TURN server on this computer, at a port of last time if it is not
// 0.
func serve(t testing.TB, transport Transport, port int) (s Server, stop func()) {
	t.Helper()
	s, _, stop = launch(t, transport, port)
	return s, stop
}

func launch(t testing.TB, transport Transport, port int) (s Server, server *pion.Server, stop func()) {
	t.Helper()
	generator := &pion.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}
	config := pion.ServerConfig{Realm: "test", LoggerFactory: silence(),
		AuthHandler: func(user, realm string, _ net.Addr) ([]byte, bool) {
			return pion.GenerateAuthKey(user, realm, "pass:word"), user == "ana"
		}}
	var addr net.Addr
	if transport == UDP {
		udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		addr = udp.LocalAddr()
		config.PacketConnConfigs = []pion.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: generator}}
	} else {
		listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		addr = listener.Addr()
		counting := &mortal{Listener: listener}
		listen := pion.ListenerConfig{Listener: counting, RelayAddressGenerator: generator}
		if transport == TLS {
			listen.Listener = tls.NewListener(counting, &tls.Config{Certificates: []tls.Certificate{certificate().Certificate}})
		}
		config.ListenerConfigs = []pion.ListenerConfig{listen}
	}
	server, err := pion.NewServer(config)
	if err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() { server.Close() })
	t.Cleanup(stop)
	at := netip.MustParseAddrPort(addr.String())
	s = Server{Host: "127.0.0.1", Port: at.Port(), Transport: transport, User: "ana", Password: "pass:word"}
	if transport == TLS {
		s.Host = "localhost"
	}
	return s, server, stop
}

// watched is a Relay and a bell that rings when it changes.
type watched struct {
	*Relay
	t    testing.TB
	bell chan struct{}
}

func openRelay(t testing.TB, servers ...Server) *watched {
	t.Helper()
	return openAs(t, Config{Servers: servers})
}

func openAs(t testing.TB, config Config) *watched {
	t.Helper()
	w := &watched{t: t, bell: make(chan struct{}, 1)}
	config.trust = certificate().trust
	config.Changed = func() {
		select {
		case w.bell <- struct{}{}:
		default:
		}
	}
	w.Relay = Open(config)
	t.Cleanup(func() { w.Close() })
	return w
}

// await waits until the state is as wanted.
func (w *watched) await(what string, good func(State) bool) State {
	w.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for {
		if s := w.State(); good(s) {
			return s
		}
		select {
		case <-w.bell:
		case <-deadline.C:
			w.t.Fatalf("waited in vain for %s; %+v", what, w.State())
		}
	}
}

func (w *watched) allocated() State {
	w.t.Helper()
	return w.await("an address", func(s State) bool { return s.Addr.IsValid() })
}

func (w *watched) troubled() State {
	w.t.Helper()
	return w.await("trouble", func(s State) bool { return s.Trouble != nil })
}

// player is a plain socket of another player.
func player(t testing.TB) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { udp.Close() })
	return udp, udp.LocalAddr().(*net.UDPAddr).AddrPort()
}

// exchange sends packets both ways until one has come each way: the permission is
// not made at once, and what comes before it is dropped.
func exchange(t testing.TB, w *watched, far *net.UDPConn) {
	t.Helper()
	to := far.LocalAddr().(*net.UDPAddr).AddrPort()
	there := w.State().Addr
	hello := bytes.Repeat([]byte{0x42}, 1200)
	var b [2000]byte
	if _, err := w.WriteToUDPAddrPort(hello, to); err != nil {
		t.Fatal(err)
	}
	far.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, from, err := far.ReadFromUDPAddrPort(b[:])
	if err != nil || from != there || !bytes.Equal(b[:n], hello) {
		t.Fatalf("%d bytes from %v, want them from %v (%v)", n, from, there, err)
	}
	// The first packet out has shown that the permission is there.
	if _, err := far.WriteToUDPAddrPort(hello[:77], there); err != nil {
		t.Fatal(err)
	}
	n, from, err = w.ReadFromUDPAddrPort(b[:])
	if err != nil || from != to || n != 77 {
		t.Fatalf("%d bytes from %v, want 77 from %v (%v)", n, from, to, err)
	}
}

var all = []Transport{UDP, TCP, TLS}

func TestRelay(t *testing.T) {
	for _, transport := range all {
		t.Run(transport.String(), func(t *testing.T) {
			server, _ := serve(t, transport, 0)
			began := time.Now()
			w := openRelay(t, server)
			state := w.allocated()
			t.Logf("an address after %v", time.Since(began))
			if state.Server != server || state.Trouble != nil {
				t.Errorf("%+v", state)
			}
			far, addr := player(t)
			if _, err := w.WriteToUDPAddrPort([]byte("x"), addr); err == nil {
				t.Error("a packet went to somebody who is not permitted")
			}
			w.Permit([]netip.Addr{addr.Addr()})
			exchange(t, w, far)
			exchange(t, w, far)
			other, _ := player(t)
			exchange(t, w, other)
			w.Check()
			exchange(t, w, far)
			w.Close()
			if _, _, err := w.ReadFromUDPAddrPort(make([]byte, 10)); err != net.ErrClosed {
				t.Errorf("after Close: %v", err)
			}
			if _, err := w.WriteToUDPAddrPort([]byte("x"), addr); err != net.ErrClosed {
				t.Errorf("after Close: %v", err)
			}
		})
	}
}

// TestTwoRelays: two players who both have an address at the server only.
func TestTwoRelays(t *testing.T) {
	server, _ := serve(t, UDP, 0)
	stream, _ := serve(t, TCP, 0)
	one, two := openRelay(t, server), openRelay(t, stream)
	a, b := one.allocated().Addr, two.allocated().Addr
	one.Permit([]netip.Addr{b.Addr()})
	two.Permit([]netip.Addr{a.Addr()})
	var got [100]byte
	talk := func(from, to *watched, at, of netip.AddrPort, want string) {
		t.Helper()
		done := make(chan struct{})
		go func() { // until the other's permission stands, packets are lost
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for {
				if _, err := from.WriteToUDPAddrPort([]byte(want), at); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				case <-tick.C:
				}
			}
		}()
		n, sender, err := to.ReadFromUDPAddrPort(got[:])
		close(done)
		if err != nil || string(got[:n]) != want || sender != of {
			t.Errorf("%q from %v (%v)", got[:n], sender, err)
		}
	}
	talk(one, two, b, a, "to and")
	talk(two, one, a, b, "fro")
}

// TestStranger: whoever is not permitted does not get in, and somebody who is not
// permitted any more neither.
func TestStranger(t *testing.T) {
	server, _ := serve(t, UDP, 0)
	w := openRelay(t, server)
	there := w.allocated().Addr
	far, addr := player(t)
	w.Permit([]netip.Addr{addr.Addr()})
	exchange(t, w, far)
	// The server still lets it in, for five minutes.
	friend, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Skip("this computer has only one loopback address: ", err)
	}
	defer friend.Close()
	w.Permit([]netip.Addr{friend.LocalAddr().(*net.UDPAddr).AddrPort().Addr()})
	for range 20 {
		if _, err := far.WriteToUDPAddrPort([]byte("again"), there); err != nil {
			t.Fatal(err)
		}
	}
	exchange(t, w, friend) // which reads the first packet that comes in
	// Nobody makes us hold more permissions than there may be.
	many := make([]netip.Addr, 0, 200)
	for i := range cap(many) {
		many = append(many, netip.AddrFrom4([4]byte{127, 1, 0, byte(i)}))
	}
	w.Permit(many)
	if len(w.current.client.peers) != MaxPermitted {
		t.Errorf("%d are permitted", len(w.current.client.peers))
	}
}

// TestComesBack: the server dies and comes back; the same Relay goes on.
func TestComesBack(t *testing.T) {
	for _, transport := range all {
		t.Run(transport.String(), func(t *testing.T) {
			t.Parallel()
			server, stop := serve(t, transport, 0)
			w := openRelay(t, server)
			w.allocated()
			far, addr := player(t)
			w.Permit([]netip.Addr{addr.Addr()})
			exchange(t, w, far)
			stop()
			w.Check() // over UDP nobody notices otherwise for 20 s
			s := w.await("its end", func(s State) bool { return !s.Addr.IsValid() })
			if s.Trouble == nil || !strings.Contains(s.Trouble.Error(), "any more") {
				t.Errorf("trouble: %v", s.Trouble)
			}
			if _, err := w.WriteToUDPAddrPort([]byte("x"), addr); err == nil {
				t.Error("packets go to a server that is gone")
			}
			s = w.await("a sentence", func(s State) bool {
				return s.Trouble != nil && !strings.Contains(s.Trouble.Error(), "any more")
			})
			t.Log(s.Trouble)
			serve(t, transport, int(server.Port))
			w.Check()
			w.allocated()
			exchange(t, w, far)
		})
	}
}

// TestOneOfSeveral: the first server that answers is used.
func TestOneOfSeveral(t *testing.T) {
	deaf, at := player(t) // hears and says nothing
	_ = deaf
	silent := Server{Host: "127.0.0.1", Port: at.Port(), User: "ana", Password: "pass:word"}
	server, _ := serve(t, TCP, 0)
	wrong := server
	wrong.Password = "wrong"
	began := time.Now()
	if s := openRelay(t, silent, server).allocated(); s.Server != server {
		t.Errorf("%v is used", s.Server)
	}
	t.Logf("after %v, past one that is silent", time.Since(began))
	began = time.Now()
	if s := openRelay(t, wrong, server).allocated(); s.Server != server {
		t.Errorf("%v is used", s.Server)
	}
	t.Logf("after %v, past one that refuses", time.Since(began))
}

// TestAddresses: all addresses of a server's name are tried, whatever is wrong
// with the first ones, and what the last one says is not lost.
func TestAddresses(t *testing.T) {
	for _, transport := range all {
		t.Run(transport.String(), func(t *testing.T) {
			t.Parallel()
			server, _ := serve(t, transport, 0)
			server.Host = "localhost"
			deaf, mute := netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")
			at := &net.UDPAddr{IP: deaf.AsSlice(), Port: int(server.Port)}
			if udp, err := net.ListenUDP("udp4", at); err == nil { // hears and says nothing
				defer udp.Close()
			}
			if tcp, err := net.ListenTCP("tcp4", (*net.TCPAddr)(at)); err == nil { // likewise
				defer tcp.Close()
			}
			config := Config{Servers: []Server{server}, lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
				if host != "localhost" {
					t.Errorf("asked for %q", host)
				}
				return []netip.Addr{deaf, mute, netip.MustParseAddr("::ffff:127.0.0.1")}, nil
			}}
			began := time.Now()
			if s := openAs(t, config).allocated(); s.Server != server {
				t.Errorf("%+v", s)
			}
			t.Logf("after %v", time.Since(began))
			config.lookup = func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{mute, netip.MustParseAddr("127.0.0.1")}, nil
			}
			config.Servers[0].Password = "wrong"
			if s := openAs(t, config).troubled(); !strings.Contains(s.Trouble.Error(), "does not accept the user and the password") {
				t.Errorf("the sentence is %q", s.Trouble)
			}
			config.lookup = func(context.Context, string) ([]netip.Addr, error) { return nil, nil }
			if s := openAs(t, config).troubled(); !strings.Contains(s.Trouble.Error(), "cannot be found") {
				t.Errorf("the sentence is %q", s.Trouble)
			}
		})
	}
}

// TestGivenBack: after Close the server has nothing of us any more.
func TestGivenBack(t *testing.T) {
	for _, transport := range all {
		settings, server, _ := launch(t, transport, 0)
		w := openRelay(t, settings)
		w.allocated()
		if n := server.AllocationCount(); n != 1 {
			t.Errorf("%v: %d allocations", transport, n)
		}
		w.Close()
		if n := server.AllocationCount(); n != 0 {
			t.Errorf("%v: %d allocations after Close", transport, n)
		}
	}
}

func TestTrouble(t *testing.T) {
	udp, _ := serve(t, UDP, 0)
	tcp, _ := serve(t, TCP, 0)
	secured, _ := serve(t, TLS, 0)
	with := func(s Server, change func(*Server)) Server { change(&s); return s }
	_, gone := player(t)
	closed, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	closed.Close()
	for _, c := range []struct {
		name   string
		server Server
		want   string
	}{
		{"password", with(udp, func(s *Server) { s.Password = "wrong" }), "does not accept the user and the password"},
		{"user", with(tcp, func(s *Server) { s.User = "ben" }), "does not accept the user and the password"},
		{"password over TLS", with(secured, func(s *Server) { s.Password = "wrong" }), "does not accept the user and the password"},
		{"nobody over TCP", with(tcp, func(s *Server) { s.Port = nobody }), "cannot be reached"},
		{"nobody over UDP", with(udp, func(s *Server) { s.Port = nobody }), "cannot be reached"},
		{"silent", with(udp, func(s *Server) { s.Port = gone.Port() }), "may let no UDP out"},
		{"TLS to TCP", with(tcp, func(s *Server) { s.Transport = TLS }), "does not speak TLS"},
		{"TCP to TLS", with(secured, func(s *Server) { s.Transport = TCP }), "does not answer as a TURN server"},
		{"another name", with(secured, func(s *Server) { s.Host = "127.0.0.1" }), "does not prove that it is the one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := openRelay(t, c.server).troubled()
			t.Log(s.Trouble)
			if !strings.Contains(s.Trouble.Error(), c.want) || strings.Contains(s.Trouble.Error(), c.server.Password) {
				t.Errorf("the sentence is %q, want %q in it", s.Trouble, c.want)
			}
		})
	}
}

// TestCertificate: a server that cannot prove its name is not used.
func TestCertificate(t *testing.T) {
	secured, _ := serve(t, TLS, 0)
	if _, err := Try(t.Context(), secured); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("the system trusts it: %v", err)
	}
	plain, _ := serve(t, UDP, 0)
	addr, err := Try(t.Context(), plain)
	if err != nil || !addr.Addr().IsLoopback() || addr.Port() == 0 {
		t.Errorf("%v, %v", addr, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Try(ctx, plain); err == nil {
		t.Error("an address after the end")
	}
}
