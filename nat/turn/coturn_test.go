package turn

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// freePort is a port that nobody has just now, over UDP or TCP.
func freePort(t *testing.T) uint16 {
	tcp, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	return uint16(tcp.Addr().(*net.TCPAddr).Port)
}

// writePEM writes the certificate of the tests and its key to files.
func writePEM(t *testing.T, folder string) (certificateFile, keyFile string) {
	made := certificate()
	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", made.Certificate.Certificate[0]), write("key.pem", "PRIVATE KEY", key)
}

// serveCoturn runs Debian's coturn on loopback.
func serveCoturn(t *testing.T) (plain, secured Server) {
	program, err := exec.LookPath("turnserver")
	if err != nil {
		t.Skip("coturn is not installed: apt-get install coturn")
	}
	folder := t.TempDir()
	certificateFile, keyFile := writePEM(t, folder)
	plain = Server{Host: "127.0.0.1", Port: freePort(t), User: "ana", Password: "pass word"}
	secured = Server{Host: "localhost", Port: freePort(t), Transport: TLS, User: "ana", Password: "pass word"}
	command := exec.Command(program, "-n", "-L", "127.0.0.1", "-E", "127.0.0.1", "-r", "test", "--lt-cred-mech", "-u", "ana:pass word",
		fmt.Sprintf("--listening-port=%d", plain.Port), fmt.Sprintf("--tls-listening-port=%d", secured.Port),
		"--cert="+certificateFile, "--pkey="+keyFile, "--allow-loopback-peers", "--no-cli", "--no-rfc5780", "-m", "1",
		"--log-file=stdout", "--simple-log", "--pidfile="+filepath.Join(folder, "pid"), "--userdb="+filepath.Join(folder, "users"))
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Skip("coturn does not start: ", err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(5*time.Second, func() { command.Process.Kill() })
		command.Wait()
		late.Stop()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < 10*time.Second; <-tick.C {
		conn, err := net.DialTimeout("tcp4", net.JoinHostPort("127.0.0.1", fmt.Sprint(secured.Port)), time.Second)
		if err == nil {
			conn.Close()
			return plain, secured
		}
	}
	t.Skip("coturn does not listen on loopback here")
	return
}

// TestCoturn: the server that most people run, over UDP, TCP and TLS.
func TestCoturn(t *testing.T) {
	plain, secured := serveCoturn(t)
	stream := plain
	stream.Transport = TCP
	for _, server := range []Server{plain, stream, secured} {
		t.Run(server.Transport.String(), func(t *testing.T) {
			began := time.Now()
			w := openRelay(t, server)
			state := w.allocated()
			t.Logf("an address after %v", time.Since(began))
			if state.Server != server {
				t.Errorf("%+v", state)
			}
			far, addr := player(t)
			// Peers that the server does not take do not spoil the others.
			w.Permit([]netip.Addr{netip.MustParseAddr("224.0.0.1"), netip.MustParseAddr("2001:db8::1"), addr.Addr()})
			exchange(t, w, far)
			other, _ := player(t)
			exchange(t, w, other)
			w.Check()
			exchange(t, w, far)
			wrong := server
			wrong.Password = "wrong"
			s := openRelay(t, wrong).troubled()
			if !strings.Contains(s.Trouble.Error(), "does not accept the user and the password") {
				t.Errorf("the sentence is %q", s.Trouble)
			}
		})
	}
}
