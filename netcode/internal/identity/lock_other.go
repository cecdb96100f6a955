//go:build !windows && (!unix || aix || solaris || illumos)

package identity

import (
	"os"
)

// lockFile locks nothing here: there is no lock that ends with the process.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}
