// Package privatefile keeps small files that nobody but their owner may read:
// an identity, settings with a secret or a password in them.
//
//	err := privatefile.Write(path, text)
//	text, err := privatefile.Read(path, 1<<20)
//
// A file that it writes is readable for its owner only (0600), in folders that
// it makes for the owner only (0700). A file that others could read, because an
// older version or somebody's hand has made it so, is closed to them when it is
// read or replaced; so is the folder "visavis" of the user's configuration
// folder. Other folders that exist are left as they are: they are somebody
// else's. Windows has no such bits; there the user's folder is private already.
package privatefile

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
)

const (
	fileMode   = 0o600
	folderMode = 0o700
	others     = 0o077 // what group and others may do
)

// Folder returns the project's folder in the user's configuration folder, for
// example ~/.config/visavis. It need not exist yet.
func Folder() (string, error) {
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "visavis"), nil
}

// MakeFolder makes the folder that a file at path lies in, and those above it
// that are missing, for the owner only.
func MakeFolder(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return err
	}
	if ours, err := Folder(); err == nil && filepath.Clean(folder) == ours {
		closeToOthers(folder)
	}
	return nil
}

// Write makes the file as a whole or not at all: a crash leaves the old one or
// the new one. The folder is made if it is missing.
func Write(path string, content []byte) error {
	if err := MakeFolder(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // made with 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails when all went well: it has another name then
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Read returns the file's content, its first maxBytes if it is longer.
func Read(path string, maxBytes int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	closeToOthers(path)
	return io.ReadAll(io.LimitReader(f, maxBytes))
}

// closeToOthers takes from everybody else what the owner has left open. It is
// no reason not to use a file if that fails: it is somebody else's then, or on a
// disk without modes.
func closeToOthers(path string) {
	if runtime.GOOS == "windows" {
		return
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&others != 0 {
		os.Chmod(path, info.Mode().Perm()&^others)
	}
}
