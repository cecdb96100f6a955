package chance

func (w *World) sound(in) { w.X = int32(w.Rand.Uint32() % 6) }
