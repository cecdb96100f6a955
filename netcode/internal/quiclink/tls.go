package quiclink

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

const (
	alpn         = "visavis/1"
	serverName   = "visavis" // quic-go would put the IP address here, and nobody looks at it
	bindingLabel = "EXPORTER-visavis-binding"
	pathsLabel   = "EXPORTER-visavis-paths"
)

// Why a peer's certificate is not accepted, in words for the player.
var (
	errWrongKey = errors.New("the other side's key is not the one in the address: it is not who you wanted to reach")
	errSelf     = errors.New("the other side has the same identity as this game: is that your own address, or a copied identity file?")
	errNotKey   = errors.New("the other side has no Ed25519 key")
)

// newCertificate makes the certificate whose key is the identity. Its dates
// cover all clocks, right and wrong: nobody checks them.
func newCertificate(key ed25519.PrivateKey) (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: serverName},
		NotBefore:    time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// newTLS returns the configuration of either side. The peer's key is judged in
// VerifyConnection, which unlike VerifyPeerCertificate is never skipped.
func newTLS(certificate tls.Certificate, own link.Key, pin *link.Key) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{certificate},
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true, // there is no authority to ask: see VerifyConnection
		MinVersion:             tls.VersionTLS13,
		ServerName:             serverName,
		NextProtos:             []string{alpn},
		SessionTicketsDisabled: true,
		// One small key share, so that the first flight is one packet.
		CurvePreferences: []tls.CurveID{tls.X25519},
		VerifyConnection: func(state tls.ConnectionState) error {
			key, err := peerKey(state)
			switch {
			case err != nil:
				return err
			case key == own:
				return errSelf
			case pin != nil && key != *pin:
				return errWrongKey
			}
			return nil
		},
	}
}

// peerKey returns the identity that the peer's certificate carries. TLS has
// checked that the peer holds the private key.
func peerKey(state tls.ConnectionState) (key link.Key, err error) {
	if len(state.PeerCertificates) == 0 {
		return key, errNotKey
	}
	public, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok || len(public) != len(key) {
		return key, errNotKey
	}
	copy(key[:], public)
	return key, nil
}

// resetKey derives the key of stateless resets (RFC 9000 section 10.3), by
// which a peer that was restarted tells that it knows nothing of a connection.
func resetKey(identity ed25519.PrivateKey) (*quic.StatelessResetKey, error) {
	b, err := hkdf.Key(sha256.New, identity.Seed(), nil, "visavis stateless reset", len(quic.StatelessResetKey{}))
	if err != nil {
		return nil, err
	}
	key := quic.StatelessResetKey(b)
	return &key, nil
}
