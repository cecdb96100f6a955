package concurrent

func (w *World) sound(in) {
	for i := range 3 {
		defer func() { w.X += int32(i) }()
	}
}

func play(done chan bool) { go func() { done <- true }() }
