package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/visavis-netcode/visavis/netcode/privatefile"
)

const (
	header   = "visavis-ed25519 "
	maxBytes = 256 // no identity file is larger
)

// Identity is a player's key.
type Identity struct {
	Key    ed25519.PrivateKey
	Path   string // of the file; empty if the key is in memory only
	Notice string // a sentence for the player if something is not as usual; otherwise empty

	lock *os.File
}

// New returns an identity in memory.
func New(key ed25519.PrivateKey) *Identity { return &Identity{Key: key} }

// DefaultPath returns where Load keeps the identity if it is given no path:
// "visavis/identity" in the user's configuration folder.
func DefaultPath() (string, error) {
	folder, err := privatefile.Folder()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "identity"), nil
}

// Load returns the identity in the file at path, which is made if there is
// none; an empty path is DefaultPath. A file that is no identity is set aside
// under a name ending in ".broken" and replaced.
func Load(path string) (*Identity, error) {
	if path == "" {
		var err error
		if path, err = DefaultPath(); err != nil {
			return inMemory("this computer has no folder for settings (%v), so the others will not recognise you next time", err)
		}
	}
	if err := privatefile.MakeFolder(path); err != nil {
		return inMemory("your identity cannot be kept in %s (%v), so the others will not recognise you next time", filepath.Dir(path), cause(err))
	}
	lock, err := lockFile(path + ".lock")
	if errors.Is(err, errLocked) {
		return inMemory("another copy of the game is running with your identity: this one plays as somebody else until it ends")
	}
	if err != nil {
		// Whatever identity may be there to be read cannot be locked: two
		// copies would be one player.
		return inMemory("your identity cannot be kept in %s (%v), so the others will not recognise you next time", filepath.Dir(path), cause(err))
	}
	id, err := load(path)
	if err != nil {
		lock.Close()
		return inMemory("your identity cannot be kept in %s (%v), so the others will not recognise you next time", path, cause(err))
	}
	id.lock = lock
	return id, nil
}

// Close unlocks the file.
func (id *Identity) Close() error {
	if id.lock == nil {
		return nil
	}
	lock := id.lock
	id.lock = nil
	return lock.Close() // closing unlocks
}

// load reads the file, or makes it; the lock is held.
func load(path string) (*Identity, error) {
	key, err := read(path)
	if err == nil {
		return &Identity{Key: key, Path: path}, nil
	}
	notice := ""
	if errors.Is(err, errBroken) {
		aside, err := setAside(path)
		if err != nil {
			return nil, err
		}
		notice = fmt.Sprintf("the file with your identity was damaged: it is now %s, and you have a new identity", aside)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if key, err = newKey(); err != nil {
		return nil, err
	}
	if err := write(path, key); err != nil {
		return nil, err
	}
	return &Identity{Key: key, Path: path, Notice: notice}, nil
}

var (
	errBroken = errors.New("not an identity")
	errLocked = errors.New("locked by another copy")
)

// read returns the key in a file, errBroken if it holds none.
func read(path string) (ed25519.PrivateKey, error) {
	b, err := privatefile.Read(path, maxBytes+1)
	if err != nil {
		return nil, err
	}
	return parse(string(b))
}

func parse(s string) (ed25519.PrivateKey, error) {
	digits, ok := strings.CutPrefix(strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r"), header)
	seed, err := hex.DecodeString(digits)
	if !ok || err != nil || len(seed) != ed25519.SeedSize {
		return nil, errBroken
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// write makes the file as a whole or not at all.
func write(path string, key ed25519.PrivateKey) error {
	return privatefile.Write(path, []byte(header+hex.EncodeToString(key.Seed())+"\n"))
}

// setAside renames a damaged file; older ones are not overwritten.
func setAside(path string) (string, error) {
	const most = 100
	for i := 1; i <= most; i++ {
		aside := path + ".broken"
		if i > 1 {
			aside = fmt.Sprintf("%s.broken%d", path, i)
		}
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			return aside, os.Rename(path, aside)
		}
	}
	return "", fmt.Errorf("there are %d damaged identities beside it already", most)
}

func newKey() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

// inMemory returns a new identity that nobody keeps, and says why.
func inMemory(format string, args ...any) (*Identity, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	return &Identity{Key: key, Notice: fmt.Sprintf(format, args...)}, nil
}

// cause returns an error without the path, which the sentence names already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
