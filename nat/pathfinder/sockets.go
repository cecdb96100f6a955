package pathfinder

import (
	"slices"

	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// sockets are the extra sockets that searches for one peer have opened. A search has
// indices of its own for them; 0 is the main socket in both.
type sockets struct {
	paths   *pathconn.Conn
	numbers map[int]int // by the index of the present search
	kept    []int       // those that paths of earlier searches use
}

func newSockets(paths *pathconn.Conn) sockets {
	return sockets{paths: paths, numbers: map[int]int{}}
}

// open opens so many for a search, numbered from first on; it returns how many could
// not be opened, and why.
func (s *sockets) open(first, count int) (missing int, err error) {
	for i := range count {
		number, err := s.paths.OpenSocket()
		if err != nil {
			return count - i, err
		}
		s.numbers[first+i] = number
	}
	return 0, nil
}

// number is the socket of an index, false if it could not be opened.
func (s *sockets) number(index int) (int, bool) {
	if index == 0 {
		return 0, true
	}
	number, ok := s.numbers[index]
	return number, ok
}

// index is the number that the search has for a socket.
func (s *sockets) index(socket int) (int, bool) {
	if socket <= 0 {
		return 0, socket == 0
	}
	for index, number := range s.numbers {
		if number == socket {
			return index, true
		}
	}
	return 0, false
}

// have reports whether a socket is the main one or one of these.
func (s *sockets) have(socket int) bool {
	_, ok := s.index(socket)
	return ok || slices.Contains(s.kept, socket)
}

// close closes all but those with an index to keep and those in use.
func (s *sockets) close(keep []int, used func(number int) bool) {
	for index, number := range s.numbers {
		if !slices.Contains(keep, index) && !used(number) {
			s.paths.CloseSocket(number)
			delete(s.numbers, index)
		}
	}
	s.kept = slices.DeleteFunc(s.kept, func(number int) bool {
		if used(number) {
			return false
		}
		s.paths.CloseSocket(number)
		return true
	})
}

// retire ends the search that has indices for them: those in use are kept.
func (s *sockets) retire(used func(number int) bool) {
	s.close(nil, used)
	for _, number := range s.numbers {
		s.kept = append(s.kept, number)
	}
	clear(s.numbers)
}
