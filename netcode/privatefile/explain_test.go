//go:build !race

package privatefile

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
)

func TestExplain(t *testing.T) {
	own := errors.New("the pond is dry")
	for _, test := range []struct {
		err  error
		want string
	}{
		{syscall.ENOSPC, "the disk is full"},
		{syscall.EDQUOT, "the disk is full"},
		{syscall.EROFS, "the disk can only be read, not written"},
		{fs.ErrPermission, "the file may not be read or written: another user may own it"},
		{fs.ErrNotExist, "the file is gone: it was moved or deleted"},
		{own, "cannot write: write /pond/lily: the pond is dry"},
	} {
		err := fmt.Errorf("cannot write: %w", &fs.PathError{Op: "write", Path: "/pond/lily", Err: test.err})
		if got := Explain(err); got.Error() != test.want || !errors.Is(got, test.err) {
			t.Errorf("%v became %v, want %q around it", err, got, test.want)
		}
	}
	if err := Explain(nil); err != nil {
		t.Error(err)
	}
}
