package globals

import "regexp"

var (
	word     = regexp.MustCompile("[a-z]+")
	sines    [256]int32
	startsAt = [2]int32{3, 4}
	steady   = counter{2}
)

func init() {
	for i := range sines {
		sines[i] = int32(i * i)
	}
}

func (w *World) sound(in) {
	row := startsAt
	row[0] = 2 // a copy
	entry := &sines[3]
	w.X += *entry + steady.get()
	if word.MatchString("a") {
		w.X++
	}
	local := counter{}
	local.add()
	own := make([]int32, 3)
	fill(own)
	fill(own[:2])
}
