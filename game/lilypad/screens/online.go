package screens

type online struct{}

func (o *online) close() {}

func (a *App) openLobby() { a.say("soon") }
func (a *App) openLab()   { a.say("soon") }

func newJoin(a *App) screen                 { return newTrouble(a, "x", "y") }
func newJoining(a *App, addr string) screen { return newTrouble(a, "x", "y") }
