package tegrabox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chattenant/terraform-provider-chat/internal/api/rest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

func TestListsAreReadWhole(t *testing.T) {
	for name, test := range map[string]struct {
		settings mock.Settings
		calls    int // to list 23 users
	}{
		"one page":        {mock.Settings{}, 1},
		"short pages":     {mock.Settings{PageLimit: 5}, 5},
		"many pages":      {mock.Settings{PageLimit: 1}, 23},
		"echoed":          {mock.Settings{PageLimit: 5, EchoLimit: true}, 5},
		"wrapped":         {mock.Settings{PageLimit: 10, Envelope: "data"}, 3},
		"wrapped success": {mock.Settings{PageLimit: 10, Envelope: "success"}, 3},
		"limit refused":   {mock.Settings{PageLimit: 50, RefuseLimit: true}, 3}, // the refusal, and two pages of 20
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := startMock(t, test.settings)
			for n := range 23 {
				mustUser(t, client, number(n))
			}
			server.ResetRequests()
			users, err := client.ListUsers(background(t))
			if err != nil || len(users) != 23 || users[22].Username != "user22" || users[0].Username != "user0" {
				t.Errorf("%d users, %v", len(users), err)
			}
			if got := len(server.Requests()); got != test.calls {
				t.Errorf("%d requests, want %d: %q", got, test.calls, lines(server))
			}
		})
	}
}

func TestEmptyLists(t *testing.T) {
	for _, settings := range []mock.Settings{{}, {OneEmptyPage: true}, {Envelope: "data"}} {
		client, _ := startMock(t, settings)
		if users, err := client.ListUsers(background(t)); err != nil || users == nil || len(users) != 0 {
			t.Errorf("%v, %v", users, err)
		}
		if rooms, err := client.ListRooms(background(t)); err != nil || rooms == nil || len(rooms) != 0 {
			t.Errorf("%v, %v", rooms, err)
		}
	}
}

func TestPagesAreReadAtTheSameTime(t *testing.T) {
	var together sync.WaitGroup
	together.Add(concurrentPages)
	client := serve(t, Config{APIKey: apiKey, ProjectID: "p"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if page > 1 { // each of the next pages waits for all of them
			together.Done()
			together.Wait()
		}
		_, _ = fmt.Fprintf(w, `{"items":[{"id":%d}],"total":9,"totalPages":9,"page":%d}`, page, page)
	}))
	if users, err := client.ListUsers(background(t)); err != nil || len(users) != 9 {
		t.Errorf("%d users, %v", len(users), err)
	}
}

// paged answers with rows of a list, page by page, as the function says.
func paged(answer func(page int) string) (http.Handler, *script) {
	record := &script{answers: []scripted{{200, ""}}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		record.mutex.Lock()
		record.seen = append(record.seen, strconv.Itoa(page))
		record.mutex.Unlock()
		_, _ = w.Write([]byte(answer(page)))
	}), record
}

// rows are the ids from first on, as items.
func rows(first, count int) string {
	items := []string{}
	for id := first; id < first+count; id++ {
		items = append(items, fmt.Sprintf(`{"id":"%d"}`, id))
	}
	return `"items":[` + strings.Join(items, ",") + `]`
}

func TestOddLists(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(page int) string
		rows   int
		calls  int
		fails  string
	}{
		"no total pages": {func(page int) string {
			return fmt.Sprintf(`{%s,"total":6}`, rows(page*2, 2))
		}, 6, 3, ""},
		"total pages 0": {func(page int) string {
			return fmt.Sprintf(`{%s,"total":6,"totalPages":0}`, rows(page*2, 2))
		}, 6, 3, ""},
		"no counts, short last page": {func(page int) string {
			return fmt.Sprintf(`{%s}`, rows(page*2, min(2, 4-page)))
		}, 5, 3, ""},
		"no counts, empty last page": {func(page int) string {
			return fmt.Sprintf(`{%s}`, rows(page*2, 2*max(0, min(1, 4-page))))
		}, 6, 4, ""},
		"no counts, no pages": {func(int) string { return `[{"id":1},{"id":2}]` }, 2, 2, ""},
		"first page counts only": {func(page int) string {
			if page == 1 {
				return `{` + rows(1, 2) + `,"total":4,"totalPages":2}`
			}
			return `{` + rows(3, 2) + `}`
		}, 4, 2, ""},
		"too few pages counted": {func(page int) string {
			return fmt.Sprintf(`{%s,"total":6,"totalPages":2}`, rows(page*2, 2))
		}, 6, 3, ""},
		"hidden rows counted": {func(page int) string {
			return fmt.Sprintf(`{%s,"total":7,"totalPages":3}`, rows(page*2, 2*max(0, min(1, 4-page))))
		}, 6, 4, ""},
		"a short page in between": {func(page int) string {
			size := 2
			if page == 2 {
				size = 1
			}
			return fmt.Sprintf(`{%s,"total":6,"totalPages":3}`, rows(page*2, size*max(0, min(1, 4-page))))
		}, 5, 4, ""},
		"pages of nothing": {func(page int) string {
			return fmt.Sprintf(`{%s,"totalPages":500}`, rows(page, max(0, 2-page)))
		}, 1, 9, ""},
		"empty with pages": {func(int) string { return `{"items":[],"totalPages":5}` }, 0, 1, ""},
		"null":             {func(int) string { return `{"items":null,"total":0}` }, 0, 1, ""},
		"the same page again and again": {func(int) string {
			return `{` + rows(1, 2) + `,"total":6,"totalPages":3}`
		}, 0, 20 + 10, "repeats itself"},
		"nothing of what it counts": {func(int) string { return `{"items":[],"total":5}` }, 0, 1, "holds no row of the 5"},
		"too many pages":            {func(int) string { return `{` + rows(1, 1) + `,"totalPages":1000000}` }, 0, 1, "more than 10000 pages"},
		"a row without an id":       {func(int) string { return `{"items":[{"name":"x"}]}` }, 0, 1, "row without an id"},
		"a row that is none":        {func(int) string { return `{"items":[7]}` }, 0, 1, "row without an id"},
		"no list":                   {func(int) string { return `{"ok":true}` }, 0, 1, "holds no list"},
		"too deep":                  {func(int) string { return `{"data":{"data":{"data":{"data":[]}}}}` }, 0, 1, "holds no list"},
		"text":                      {func(int) string { return `OK` }, 0, 1, "not valid JSON"},
		"web page":                  {func(int) string { return `<html>` }, 0, 1, "web page"},
		"a bad page":                {func(page int) string { return strings.Repeat(`{`+rows(page, 1)+`,"totalPages":2}`, 2-min(page, 2)) }, 0, 2, "answer is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			handler, record := paged(test.answer)
			config := impatient()
			config.ProjectID = "p"
			users, err := serve(t, config, handler).ListUsers(background(t))
			if err == nil && len(users) != test.rows || (err != nil) != (test.fails != "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%d users, %v", len(users), err)
			}
			if len(record.seen) != test.calls {
				t.Errorf("pages %q, want %d", record.seen, test.calls)
			}
		})
	}
}

func TestAListThatShrinksIsReadAgain(t *testing.T) {
	reads := 0
	handler, record := paged(func(page int) string {
		if page == 1 {
			reads++
		}
		if reads == 1 && page == 2 { // a row of the first page was deleted, so that row 3 moved there
			return `{` + rows(4, 1) + `,"total":3,"totalPages":2}`
		}
		if reads == 1 {
			return `{` + rows(1, 2) + `,"total":4,"totalPages":2}`
		}
		return fmt.Sprintf(`{%s,"total":3,"totalPages":2}`, rows(page*2, min(2, 3-page)))
	})
	config := impatient()
	config.ProjectID = "p"
	users, err := serve(t, config, handler).ListUsers(background(t))
	if err != nil || len(users) != 3 || len(record.seen) != 4 {
		t.Errorf("%+v, %v, %q", users, err, record.seen)
	}
}

func TestAFailedPageFailsTheList(t *testing.T) {
	client, server := startMock(t, mock.Settings{PageLimit: 1})
	for n := range 5 {
		mustUser(t, client, number(n))
	}
	fault(t, server, control.FaultRule{Path: "/users$", Skip: 2, Status: 403})
	if users, err := client.ListUsers(background(t)); !rest.IsKind(err, rest.Forbidden) || users == nil && err == nil {
		t.Errorf("%v, %v", users, err)
	}
}
