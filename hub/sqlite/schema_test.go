package sqlite_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hubbub/hub"
)

var update = flag.Bool("update", false, "write the dump of the newest schema")

// sample is what every dump holds.
var sample = []hub.Event{
	{Type: hub.TypeReceivedMessage, Room: "lobby", ID: "01j000000000000000000000a1", Ref: "r1", Text: "hi", From: ada, Origin: "scope-1"},
	{Type: hub.TypeReceivedMessage, Room: "attic", ID: "01j000000000000000000000a2", Ref: "r1", Text: "it's\n\"dark\" 🕯", From: ada, Origin: "scope-1"},
	{Type: hub.TypeReceivedMessage, Room: "lobby", ID: "01j000000000000000000000a3", Text: "no ref", From: eve, Origin: "scope-2"},
	{
		Type: hub.TypeReceivedMessage, Room: "lobby", ID: "01j000000000000000000000a4", Ref: "r1", Text: "all there is", From: eve, Origin: "scope-2",
		Data: []byte(`{"temp":21.50}`), Buttons: []hub.Button{{Action: "go", Label: "Go"}}, ReplyTo: "01j000000000000000000000a1",
	},
}

var (
	ada = hub.Participant{ID: "01j00000000000000000000ada", Name: "Ada", Kind: hub.Guest, Via: "websocket"}
	eve = hub.Participant{ID: "device:eve", Name: "eve", Kind: hub.Device, Via: "mqtt"}

	sampleState = []hub.State{{Key: "a/key", Value: []byte("its value")}, {Key: "bytes", Value: []byte{0, 1, 255}}}
)

// Files of every schema there was are brought up to date, with all that is in
// them, and are then what a new file is.
func TestEverySchema(t *testing.T) {
	migrations, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(migrations) == 0 {
		t.Fatal(err)
	}
	fresh := makeSample(t)
	for i, m := range migrations {
		version, _, _ := strings.Cut(filepath.Base(m), "_")
		dump := filepath.Join("testdata", "schema-"+version+".sql")
		newest := i == len(migrations)-1
		if newest && *update {
			if err := os.WriteFile(dump, dumpOf(t, fresh), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		statements, err := os.ReadFile(dump)
		if err != nil {
			t.Errorf("%v. Each migration leaves a file as the code of its day wrote it: "+
				"go test ./hub/sqlite -run TestEverySchema -update, while it is the newest", err)
			continue
		}
		t.Run(version, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "hubbub.db")
			change(t, path, string(statements))
			if newest && !slices.Equal(schemaOf(t, path), schemaOf(t, fresh)) {
				t.Errorf("%s is not what %s makes. One that was released is not changed: write another; of one that was not, make the dump anew with -update", dump, m)
			}
			checkSample(t, dir)
			if got, want := schemaOf(t, path), schemaOf(t, fresh); !slices.Equal(got, want) {
				t.Errorf("it became\n%s\na new file is\n%s", got, want)
			}
		})
	}
}

func makeSample(t *testing.T) (path string) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	defer s.Close()
	for _, e := range sample {
		if _, err := s.OpenRoom(t.Context(), e.Room, true); err != nil {
			t.Fatal(err)
		}
		if _, err := put(t.Context(), s, e, sampleState...); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "hubbub.db")
}

// checkSample opens the store in dir twice, and proves that it holds the sample
// and goes on.
func checkSample(t *testing.T, dir string) {
	t.Helper()
	var rooms []hub.RoomInfo
	for opened := range 2 {
		s := open(t, dir)
		list, err := hub.AllRooms(t.Context(), s)
		if err != nil || len(list) != 2 {
			t.Errorf("rooms %+v, %v", list, err)
		}
		for i, r := range list {
			if opened > 0 && r.Epoch != rooms[i].Epoch {
				t.Errorf("the epoch of %s was %s and is %s", r.Name, rooms[i].Epoch, r.Epoch)
			}
			checkSampleRoom(t, s, r, int64(opened))
		}
		for _, want := range sampleState {
			if got, err := s.State(t.Context(), want.Key); err != nil || !slices.Equal(got, want.Value) {
				t.Errorf("state %s is %q, %v", want.Key, got, err)
			}
		}
		rooms = list
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// checkSampleRoom proves that a room is as the sample has it, with as many
// events more as were added, and adds one.
func checkSampleRoom(t *testing.T, s hub.Store, r hub.RoomInfo, added int64) {
	t.Helper()
	page, _, err := s.ReadAfter(t.Context(), r.Name, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var seq int64
	for _, want := range sample {
		if want.Room != r.Name {
			continue
		}
		if seq++; int64(len(page)) < seq {
			t.Fatalf("room %s has no seq %d", r.Name, seq)
		}
		got := page[seq-1].Event
		if got.Seq != seq || got.ID != want.ID || got.From != want.From || got.Ref != want.Ref || got.Origin != want.Origin ||
			got.At.IsZero() || !hub.SameContent(&got, &want) {
			t.Errorf("room %s has %+v, want %+v", r.Name, got, want)
		}
		if want.Ref != "" {
			if again, err := put(t.Context(), s, want); err != nil || !again.Repeated || again.Entry.Event.ID != want.ID {
				t.Errorf("%s again: %+v, %v", want.Ref, again, err)
			}
		}
	}
	if seq += added; r.Head != seq || r.First != 1 || r.Epoch == "" {
		t.Errorf("room is %+v, want the head %d", r, seq)
	}
	next := hub.Event{Type: hub.TypeReceivedMessage, Room: r.Name, ID: hub.NewID(), Text: "on", From: ada}
	if a, err := put(t.Context(), s, next); err != nil || a.Entry.Event.Seq != seq+1 {
		t.Errorf("room %s goes on with %+v, %v", r.Name, a.Entry, err)
	}
}

func schemaOf(t *testing.T, path string) []string {
	t.Helper()
	return query(t, path, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name`)
}

// dumpOf returns the statements that make the file.
func dumpOf(t *testing.T, path string) []byte {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, "-- Written by TestEverySchema with -update. One of a released migration is never changed.")
	for _, statement := range schemaOf(t, path) {
		fmt.Fprintf(&b, "\n%s;\n", statement)
	}
	for _, table := range query(t, path, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`) {
		var columns []string
		for _, c := range query(t, path, `SELECT name FROM pragma_table_info(?)`, table) {
			// JSON is left to be read.
			columns = append(columns, fmt.Sprintf(`CASE WHEN typeof(%[1]s) = 'blob' AND json_valid(CAST(%[1]s AS TEXT))
				THEN 'CAST(' || quote(CAST(%[1]s AS TEXT)) || ' AS BLOB)' ELSE quote(%[1]s) END`, c))
		}
		fmt.Fprintln(&b)
		for _, values := range query(t, path, `SELECT concat_ws(', ', `+strings.Join(columns, ", ")+`) FROM `+table) {
			fmt.Fprintf(&b, "INSERT INTO %s VALUES (%s);\n", table, values)
		}
	}
	return []byte(b.String())
}

// query returns the rows of one column.
func query(t *testing.T, path, statement string, args ...any) (rows []string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.Query(statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var row string
		if err := found.Scan(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}
