// Package ui is the toolkit of the game's menus: a form of widgets with a
// focus that keyboard, gamepad, mouse and touch move alike.
//
//	var form ui.Form
//	form.Column(image.Rect(220, 120, 420, 340))
//	form.Add(&ui.Button{Text: "Play now", Press: play})
//	form.Add(&ui.Slider{Text: "Volume", Value: &volume, Max: 100})
//
//	form.Update(reader.Read())           // once per tick
//	form.Draw(ui.NewPainter(screen, 1))  // changes nothing
//
// Widgets know nothing of Ebitengine's input: they are fed an Input, so tests
// and scripts press keys without a window.
package ui
