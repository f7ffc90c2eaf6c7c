package oichat

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Room is a room as the server tells it (oichat-api.md §3; only the id is
// [seed], the other fields of the answer are [assumed]).
type Room struct {
	ID              string
	Type            string          // direct or group
	Name            string          // "": none
	Participants    []string        // user ids, sorted
	HasParticipants bool            // the server sent a list of participants, perhaps an empty one
	Metadata        json.RawMessage // JSON object with sorted keys; nil: none, or the server did not say
	Status          string          // open or resolved
	CreatedAt       time.Time       // zero: the server did not say
	UpdatedAt       time.Time       // zero: the server did not say
	Deleted         bool            // the room was deleted softly
}

// described reports whether the server told everything that can be managed.
func (r Room) described() bool {
	return r.Type != "" && r.Status != "" && r.HasParticipants || r.Deleted
}

// The keys of a room's id, and where a room stands in an answer.
var (
	roomKeys  = []string{"room_id", "roomId", "id"}
	roomNames = []string{"room"}
)

func decodeRoom(row object) (Room, error) {
	participants, told, err := decodeParticipants(row["participants"])
	if err != nil {
		return Room{}, err
	}
	status := text(row, "status")
	return Room{
		ID:              text(row, roomKeys...),
		Type:            text(row, "type"),
		Name:            text(row, "name"),
		Participants:    participants,
		HasParticipants: told,
		Metadata:        plainJSON(row["metadata"]),
		Status:          status,
		CreatedAt:       moment(row["created_at"]),
		UpdatedAt:       moment(row["updated_at"]),
		Deleted:         status == "deleted" || text(row, "deleted_at") != "",
	}, nil
}

// decodeParticipants reads user ids, or objects that hold one. A participant
// without an id is an error, for no list may silently be short.
func decodeParticipants(value any) (ids []string, told bool, err error) {
	items, ok := value.([]any)
	if !ok {
		return nil, false, nil
	}
	ids = make([]string, 0, len(items))
	for _, item := range items {
		id := scalar(item)
		if participant, ok := item.(object); ok {
			id = text(participant, "user_id", "userId", "id")
		}
		if id == "" {
			return nil, false, errors.New("it holds a participant without an id")
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), true, nil
}

// page is one page of a listing.
type page struct {
	rows   []object
	cursor string // of the next page; "": this is the last one
}

var errNoList = errors.New("it holds no list of rooms")

// decodePage reads {"data":[...],"next_cursor","has_more"} (oichat-api.md §3
// [seed]), wrapped or not, and a bare list. What is not an object or has no id
// is an error.
func decodePage(root any) (page, error) {
	items, around, ok := findList(root)
	if !ok {
		return page{}, errNoList
	}
	found := page{rows: make([]object, 0, len(items))}
	for _, item := range items {
		row, _ := item.(object)
		if text(row, roomKeys...) == "" {
			return page{}, errors.New("it holds a room without an id")
		}
		found.rows = append(found.rows, row)
	}
	for _, envelope := range around {
		if cursor := text(envelope, "next_cursor"); cursor != "" {
			found.cursor = cursor
		}
	}
	for _, envelope := range around {
		if more, told := flag(envelope, "has_more"); told && !more {
			found.cursor = ""
		}
	}
	return found, nil
}

// findList returns the list of an answer and the objects around it. A list that
// is null is empty.
func findList(root any) (items []any, around []object, ok bool) {
	for range 3 {
		if items, ok := root.([]any); ok {
			return items, around, true
		}
		envelope, ok := root.(object)
		if !ok {
			return nil, nil, false
		}
		around = append(around, envelope)
		found := false
		for _, key := range []string{"data", "rooms", "items"} {
			inner, exists := envelope[key]
			if exists && inner == nil {
				return nil, around, true
			}
			if exists {
				root, found = inner, true
				break
			}
		}
		if !found {
			return nil, nil, false
		}
	}
	return nil, nil, false
}
