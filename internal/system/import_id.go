package system

import (
	"fmt"
	"strings"
)

// SplitID splits an import id like "<app_id>/<user_id>" into its parts. The
// error says what the id should look like.
func SplitID(id string, parts ...string) ([]string, error) {
	values := strings.Split(id, "/")
	complete := len(values) == len(parts)
	for _, value := range values {
		complete = complete && strings.TrimSpace(value) == value && value != ""
	}
	if !complete {
		return nil, fmt.Errorf("the import id %q is not of the form %s", id, IDFormat(parts...))
	}
	return values, nil
}

// JoinID is the inverse of SplitID.
func JoinID(values ...string) string {
	return strings.Join(values, "/")
}

// IDFormat writes the form of an import id: "<app_id>/<user_id>".
func IDFormat(parts ...string) string {
	return "<" + strings.Join(parts, ">/<") + ">"
}
