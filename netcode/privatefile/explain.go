package privatefile

import (
	"errors"
	"io/fs"
	"runtime"
	"syscall"
)

// Explain puts what a system says of a file into words for a player, who can do something
// about it: there is no room, or no leave, or no file. The error that it returns wraps err.
// Other errors, and nil, come back unchanged.
func Explain(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &explained{"the file is gone: it was moved or deleted", err}
	case isAny(err, syscall.EROFS, windowsWriteProtect):
		return &explained{"the disk can only be read, not written", err}
	case errors.Is(err, fs.ErrPermission):
		return &explained{"the file may not be read or written: another user may own it", err}
	case isAny(err, syscall.ENOSPC, syscall.EDQUOT, windowsDiskFull):
		return &explained{"the disk is full", err}
	}
	return err
}

// What Windows calls these: package syscall has no names for them.
const (
	windowsWriteProtect syscall.Errno = 19
	windowsDiskFull     syscall.Errno = 112
)

// isAny reports whether err is one of the codes, the last of which is of Windows alone.
func isAny(err error, codes ...syscall.Errno) bool {
	if runtime.GOOS != "windows" {
		codes = codes[:len(codes)-1]
	}
	for _, code := range codes {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

type explained struct {
	says  string
	cause error
}

func (e *explained) Error() string { return e.says }

func (e *explained) Unwrap() error { return e.cause }
