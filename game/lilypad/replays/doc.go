// Package replays keeps a player's recorded matches of Lilypad Scrum in a folder, and opens
// them:
//
//	folder := replays.Folder{Path: "..."}
//	draft := folder.Begin(now)                // an io.WriteCloser, for netcode.Match.Record
//	found, all, err := folder.List()          // names only
//	about := replays.Read(ctx, found[0].Path)      // who, when, how it ended
//	b, err := replays.Load(path)
//	r, err := replays.Open(ctx, b, nil)            // to be played: see netcode/replay
//	marks, err := replays.Marks(ctx, r, nil)  // what happened when
//
// Whatever lies in the folder may be a stranger's: every file is bounded before it is read,
// and no world is stepped that the rules do not know.
package replays
