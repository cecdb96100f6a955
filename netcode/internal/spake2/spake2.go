package spake2

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"

	"filippo.io/nistec"
)

// Lengths of what is sent, in bytes.
const (
	ShareBytes = 65 // a point in SEC 1's uncompressed form
	ProofBytes = sha256.Size
)

// ErrShare: the other side's share is none that an honest side sends.
var ErrShare = errors.New("spake2: not a share")

// ErrFinished: the run is over. One run is good for one guess.
var ErrFinished = errors.New("spake2: the run is finished")

// Side is the part that one takes in a run.
type Side uint8

const (
	Dialler  Side = iota // A in the RFC: its share and its proof go first
	Listener             // B in the RFC
)

// The order of P-256's group, and the points that blind the shares (RFC 9382
// section 6): M the dialler's, N the listener's. A compressed point's inverse
// has the other first byte, 2 or 3.
var (
	order = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
	m     = unhex("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f")
	n     = unhex("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // a constant
	}
	return b
}

// Password is a password, made ready for one side's runs. Runs share it; it does
// not change.
type Password struct {
	side    Side
	w       []byte            // the password as a scalar, 32 bytes
	blind   *nistec.P256Point // added to this side's share: w*M, or w*N
	unblind *nistec.P256Point // added to the other's: -w*N, or -w*M
}

// New makes a secret of any length ready for runs of one side. use says what the
// secret is for, so that the same one used elsewhere is another password.
func New(side Side, use string, secret []byte) *Password {
	// 48 bytes: the remainder is then even to 2^-128.
	wide, err := hkdf.Key(sha256.New, secret, nil, use, 48)
	if err != nil {
		panic(fmt.Sprintf("spake2: HKDF of 48 bytes: %v", err)) // the length is a constant
	}
	// math/big takes a time that depends on its numbers. This is done once, on
	// the machine whose secret it is, before anybody is spoken to.
	w := new(big.Int).Mod(new(big.Int).SetBytes(wide), new(big.Int).SetBytes(order))
	return newPassword(side, w.FillBytes(make([]byte, 32)))
}

// Scalar returns what the password is in runs, without the secret that it was made of: who
// has it can take part in them as well.
func (p *Password) Scalar() [32]byte { return [32]byte(p.w) }

// Restore makes a password out of a scalar.
func Restore(side Side, scalar [32]byte) *Password { return newPassword(side, scalar[:]) }

func newPassword(side Side, w []byte) *Password {
	mine, theirs := m, n
	if side == Listener {
		mine, theirs = n, m
	}
	minus := bytes.Clone(theirs)
	minus[0] ^= 1
	return &Password{side: side, w: w, blind: times(w, mine), unblind: times(w, minus)}
}

// times multiplies one of the fixed points.
func times(scalar, point []byte) *nistec.P256Point {
	p, err := nistec.NewP256Point().SetBytes(point)
	if err == nil {
		_, err = p.ScalarMult(p, scalar)
	}
	if err != nil {
		panic(fmt.Sprintf("spake2: a fixed point: %v", err)) // constants, and scalars of 32 bytes
	}
	return p
}

// Run is one side's part in one exchange.
type Run struct {
	password *Password
	scalar   []byte // nil when the run is finished
	share    []byte
}

// Start begins a run with a scalar from random, a source fit for secrets. It
// fails only if that does.
func (p *Password) Start(random io.Reader) (*Run, error) {
	scalar := make([]byte, len(order))
	for {
		if _, err := io.ReadFull(random, scalar); err != nil {
			return nil, fmt.Errorf("spake2: no random number: %w", err)
		}
		if bytes.Compare(scalar, order) < 0 { // all but one in 2^32
			return p.start(scalar), nil
		}
	}
}

func (p *Password) start(scalar []byte) *Run {
	point, err := nistec.NewP256Point().ScalarBaseMult(scalar)
	if err != nil {
		panic(fmt.Sprintf("spake2: %v", err)) // scalars have 32 bytes
	}
	return &Run{password: p, scalar: scalar, share: point.Add(point, p.blind).Bytes()}
}

// Share is what to send to the other side, ShareBytes long.
func (r *Run) Share() []byte { return r.share }

// Link is what the proofs hold for, the same on both sides: who the two are, in
// bytes that stand for one machine each, and a secret of the very connection
// between them.
type Link struct {
	Dialler, Listener []byte
	Binding           []byte
}

// Proofs are what the two sides show each other at the end of a run.
type Proofs struct {
	Mine   [ProofBytes]byte
	theirs [ProofBytes]byte
}

// Shown reports whether the other side's proof is right: it knows the password,
// and speaks on this link. It takes the same time whatever the proof.
func (p *Proofs) Shown(proof [ProofBytes]byte) bool { return hmac.Equal(p.theirs[:], proof[:]) }

// Finish ends the run with the other side's share: ErrShare if that is not a
// point or one that would make the secret a known one, ErrFinished if the run has
// ended before.
func (r *Run) Finish(share []byte, link Link) (*Proofs, error) {
	scalar := r.scalar
	if r.scalar = nil; scalar == nil {
		return nil, ErrFinished
	}
	if len(share) != ShareBytes { // SetBytes takes the point at infinity, and compressed ones
		return nil, ErrShare
	}
	k, err := nistec.NewP256Point().SetBytes(share)
	if err != nil {
		return nil, ErrShare
	}
	if _, err := k.ScalarMult(k.Add(k, r.password.unblind), scalar); err != nil || len(k.Bytes()) != ShareBytes {
		return nil, ErrShare
	}
	dialler, listener := r.share, share
	if r.password.side == Listener {
		dialler, listener = share, r.share
	}
	a, b := confirm(transcript(link.Dialler, link.Listener, dialler, listener, k.Bytes(), r.password.w), link.Binding)
	if r.password.side == Listener {
		a, b = b, a
	}
	return &Proofs{Mine: a, theirs: b}, nil
}

// transcript is TT of RFC 9382 section 3.3: each part after its length.
func transcript(parts ...[]byte) (tt []byte) {
	for _, part := range parts {
		tt = binary.LittleEndian.AppendUint64(tt, uint64(len(part)))
		tt = append(tt, part...)
	}
	return tt
}

// confirm returns the proofs of A and B (RFC 9382 section 4). The other half of
// the hash, Ke, would be a key for the traffic, which the link has already.
func confirm(tt, data []byte) (a, b [ProofBytes]byte) {
	sum := sha256.Sum256(tt)
	keys, err := hkdf.Key(sha256.New, sum[16:], nil, "ConfirmationKeys"+string(data), 32)
	if err != nil {
		panic(fmt.Sprintf("spake2: HKDF of 32 bytes: %v", err)) // the length is a constant
	}
	return mac(keys[:16], tt), mac(keys[16:], tt)
}

func mac(key, tt []byte) [ProofBytes]byte {
	h := hmac.New(sha256.New, key)
	h.Write(tt)
	return [ProofBytes]byte(h.Sum(nil))
}
