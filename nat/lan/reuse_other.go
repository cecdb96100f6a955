//go:build !unix && !windows

package lan

import "errors"

// share is not possible where there are no sockets.
func share(uintptr) error { return errors.ErrUnsupported }
