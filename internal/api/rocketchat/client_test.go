package rocketchat

import (
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"belong together":                  func(c *Config) { c.UserID = "" },
		"belong together; give both":       func(c *Config) { c.AuthToken = " " },
		"holds a line break":               func(c *Config) { c.AuthToken += "\nx" },
		"line break or control":            func(c *Config) { c.UserID += "\x00x" },
		"is empty":                         func(c *Config) { c.ServerURL = "" },
		"must begin with http":             func(c *Config) { c.ServerURL = "ftp://x" },
		"must not hold a query":            func(c *Config) { c.ServerURL = "https://x?key=" + authToken },
		"must not hold a user or password": func(c *Config) { c.ServerURL = "https://a:" + authToken + "@x" },
		"requests per second":              func(c *Config) { c.RequestsPerSecond = -1 },
		"concurrent requests":              func(c *Config) { c.MaxConcurrentRequests = -1 },
	} {
		config := impatient()
		config.ServerURL = "https://chat.example.com"
		change(&config)
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), authToken) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

func TestNewTakesDefaults(t *testing.T) {
	client, err := New(Config{ServerURL: "https://chat.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	got := client.config
	if got.RequestTimeout != defaultTimeout || got.UploadTimeout != defaultUploadTimeout || got.RateLimitPatience != defaultRateLimitPatience ||
		got.MaxRetries != defaultMaxRetries || got.RetryWaitMin != defaultRetryWaitMin || got.FinishBudget != defaultFinishBudget || client.IsAdministrator() {
		t.Errorf("got %+v", got)
	}
}

func TestCredentialsArePastedWithSpaceAround(t *testing.T) {
	config := impatient()
	config.AuthToken, config.UserID, config.UserAgent = " "+authToken+"\n", userID+" ", "terraform-provider-chat/1"
	client, server := serveWith(t, config, says(`{"rooms":[]}`))
	if _, err := client.ListVisitorRooms(background(t), token); err != nil {
		t.Fatal(err)
	}
	header := server.seen()[0].header
	if header.Get(authTokenHeader) != authToken || header.Get(userIDHeader) != userID || header.Get("User-Agent") != config.UserAgent {
		t.Errorf("got %v", header)
	}
}

func TestServerURL(t *testing.T) {
	const pasted = " https://x/\n"
	for input, want := range map[string]string{
		"https://x":                     "https://x",
		pasted:                          "https://x",
		"https://x//":                   "https://x",
		"https://x/api/v1/livechat/":    "https://x",
		"https://x/api/v1":              "https://x",
		"https://x/chat/api/v1":         "https://x/chat",
		"https://x/chat":                "https://x/chat",
		"https://livechat.example.com/": "https://livechat.example.com",
	} {
		if got := serverURL(input); got != want {
			t.Errorf("serverURL(%q) = %q, want %q", input, got, want)
		}
	}
}

func TestEveryRouteIsTagged(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range []route{
		configRoute, registerRoute, getVisitorRoute, deleteVisitorRoute, setFieldRoute, setFieldsRoute, agentOfRoomRoute, nextAgentRoute,
		roomRoute, closeRoomRoute, surveyRoute, transferRoute, transcriptRoute, uploadRoute, sendMessageRoute, getMessageRoute,
		editMessageRoute, deleteMessageRoute, historyRoute, offlineMessageRoute, visitorRoomsRoute, listRoomsRoute, closeByUserRoute,
		deleteRoomRoute, listDepartmentsRoute, createDepartmentRoute, getDepartmentRoute, updateDepartmentRoute, deleteDepartmentRoute,
		archiveDepartmentRoute, unarchiveDepartmentRoute, departmentAgentsRoute, listCustomFieldsRoute, getCustomFieldRoute,
		saveCustomFieldRoute, deleteCustomFieldRoute,
	} {
		known := r.tag == seed || r.tag == openAPI || r.tag == server
		if !known || !strings.HasPrefix(r.path, "/") || seen[r.name()] {
			t.Errorf("route %+v", r)
		}
		seen[r.name()] = true
	}
}

func TestRandomTexts(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		for _, text := range []string{NewVisitorToken(), NewMessageID()} {
			if seen[text] || len(text) != 43 && len(text) != 17 || strings.Trim(text, idAlphabet) != "" {
				t.Fatalf("got %q", text)
			}
			seen[text] = true
		}
	}
}
