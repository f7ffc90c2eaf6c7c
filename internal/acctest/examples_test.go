package acctest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// TestExamples applies every example to a server of its own, finds the second
// plan empty, and destroys it without a trace. A directory that no line of the
// table runs is a failure, so that there is no example without a test.
func TestExamples(t *testing.T) {
	runs := []struct {
		pattern string
		run     func(*testing.T, string)
	}{
		{"provider", runProvider},
		{"quickstart", runConfiguration},
		{"oichat", runConfiguration},
		{"tegrabox", runConfiguration},
		{"rocketchat", runConfiguration},
		{"syarah", runConfiguration},
		{"resources/chat_syarah_file", runConfiguration}, // it can't be imported
		{"resources/*", runResource},
		{"data-sources/*", runConfiguration},
		{"ephemeral-resources/chat_ethora_server_token", runServerToken},
		{"ephemeral-resources/chat_ethora_client_token", runClientToken},
		{"ephemeral-resources/chat_oichat_token", runOiChatToken},
		{"ephemeral-resources/chat_tegrabox_token", runTegraBoxToken},
		{"functions/*", runConfiguration},
		{"actions/*", runAction},
		{"list-resources/*", runList},
		{"guides/credentials", runCredentials},
		{"guides/several-tenants", runSeveralTenants},
		{"guides/bootstrap-environment", runEnvironments},
		{"guides/adopt-existing-tenant", runAdoption},
		{"guides/drift-detection", runDriftDetection},
		{"guides/bulk", runBulk},
	}
	for _, directory := range exampleDirectories(t) {
		t.Run(directory, func(t *testing.T) {
			t.Parallel()
			for _, candidate := range runs {
				if matches, _ := filepath.Match(candidate.pattern, directory); matches {
					candidate.run(t, directory)
					return
				}
			}
			t.Error("no test runs this example: give it a line in the table")
		})
	}
}

// exampleDirectories are the directories with an example each. Directories
// within a guide belong to the guide.
func exampleDirectories(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(examplesDirectory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		directory, err := filepath.Rel(examplesDirectory, filepath.Dir(path))
		parts := strings.Split(filepath.ToSlash(directory), "/")
		found[strings.Join(parts[:min(len(parts), 2)], "/")] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	directories := []string{}
	for directory := range found {
		directories = append(directories, directory)
	}
	slices.Sort(directories)
	return directories
}

// runConfiguration is the life of most examples.
func runConfiguration(t *testing.T, directory string) {
	on := stageOf(t, directory)
	found, before := readExample(t, directory), on.holds()
	workspace := found.workspace(t, on, nil)
	apply(t, workspace)
	checkOutputs(t, directory, found, workspace, on)
	workspace.MustPlanEmpty()
	destroy(t, workspace)
	on.mustHold(t, before)
}

func apply(t *testing.T, workspace *acctest.Workspace, arguments ...string) string {
	t.Helper()
	return workspace.Must(append([]string{"apply", "-auto-approve", "-input=false", "-no-color"}, arguments...)...)
}

func destroy(t *testing.T, workspace *acctest.Workspace, arguments ...string) {
	t.Helper()
	workspace.Must(append([]string{"destroy", "-auto-approve", "-input=false", "-no-color"}, arguments...)...)
}

// checkOutputs compares the outputs with what the example promises.
func checkOutputs(t *testing.T, directory string, found example, workspace *acctest.Workspace, on stage) {
	t.Helper()
	if len(found.outputs) == 0 {
		return
	}
	raw, err := json.Marshal(outputs(t, workspace))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	decode(t, strings.NewReplacer(on.outputs...).Replace(string(raw)), &got)
	if check := on.outputChecks[directory]; check != nil {
		check(t, got)
		return
	}
	if want := on.wantOutputs[directory]; !reflect.DeepEqual(got, want) {
		t.Errorf("outputs:\n  got  %v\n  want %v", got, want)
	}
}

var wantOutputs = map[string]map[string]any{
	"data-sources/chat_ethora_app":        {"own_app": "Base app (APP)"},
	"data-sources/chat_ethora_user":       {"ann": "Ann Lee is APP_ann in the chat"},
	"data-sources/chat_ethora_users":      {"outside_support": []any{"cara"}},
	"data-sources/chat_ethora_room":       {"support_address": "APP_support@conference.xmpp.chat.ethora.com"},
	"data-sources/chat_ethora_rooms":      {"empty_rooms": []any{"Sales", "Support"}},
	"data-sources/chat_ethora_user_chats": {"rooms_of_ann": map[string]any{"Support": []any{"ann"}}},
	"functions/ethora_room_name":          {"room_name": "APP_support"},
	"functions/ethora_room_jid": {
		"room_jid":     "APP_support@conference.xmpp.chat.ethora.com",
		"own_room_jid": "APP_support@conference.xmpp.example.com",
	},
	"functions/ethora_xmpp_username": {"xmpp_username": "APP_ann"},
	"functions/ethora_parse_name": {
		"parts":   map[string]any{"app_id": "APP", "id": "support", "host": "xmpp.chat.ethora.com", "room": true},
		"user_id": "ann",
	},
}

// outputChecks are for outputs with ids that the server chooses.
var outputChecks = map[string]func(*testing.T, map[string]any){
	"quickstart": func(t *testing.T, got map[string]any) {
		app, _ := got["app_id"].(string)
		want := []any{app + "_support@conference.xmpp.chat.ethora.com"}
		if !reflect.DeepEqual(got["rooms_of_ann"], want) {
			t.Errorf("rooms_of_ann is %v, not %v", got["rooms_of_ann"], want)
		}
	},
	"data-sources/chat_ethora_apps": func(t *testing.T, got map[string]any) {
		ids, _ := got["app_ids_by_name"].(map[string]any)
		if acme, _ := ids["Acme Support"].([]any); len(acme) != 1 {
			t.Errorf("app_ids_by_name is %v: it should hold one app named Acme Support", ids)
		}
	},
}

func runProvider(t *testing.T, directory string) {
	mock := acctest.StartEthora(t)
	mustSignIn(t, mock, readExample(t, directory).workspace(t, onEthora(mock), nil))
}

// runCredentials sees that the provider block goes before the environment.
func runCredentials(t *testing.T, directory string) {
	mock := acctest.StartEthora(t)
	workspace := readExample(t, directory).workspace(t, onEthora(mock), map[string]string{"ethora_app_secret": mock.AppSecret()})
	for _, name := range []string{"API_URL", "APP_ID", "APP_SECRET"} {
		workspace.Environment = append(workspace.Environment, "ETHORA_CHAT_"+name+"=wrong")
	}
	mustSignIn(t, mock, workspace)
}

// mustSignIn uses the provider block for something: alone it does nothing.
func mustSignIn(t *testing.T, mock *acctest.Ethora, workspace *acctest.Workspace) {
	t.Helper()
	workspace.Write("use.tf", "data \"chat_ethora_app\" \"own\" {}\n\noutput \"id\" {\n  value = data.chat_ethora_app.own.id\n}\n")
	apply(t, workspace)
	if got := outputs(t, workspace)["id"]; got != mock.AppID() {
		t.Errorf("the provider signed in as app %v, not %s", got, mock.AppID())
	}
	workspace.MustPlanEmpty()
}

// runResource also forgets the object and imports it again, in each way that
// the documentation shows.
func runResource(t *testing.T, directory string) {
	on := stageOf(t, directory)
	before := on.holds()
	workspace := readExample(t, directory).workspace(t, on, nil)
	apply(t, workspace)
	workspace.MustPlanEmpty()

	resourceType := filepath.Base(directory)
	script := readFile(t, filepath.Join(examplesDirectory, directory, "import.sh"))
	address := regexp.MustCompile(resourceType + `\.\w+`).FindString(script)
	id := attribute(t, workspace, address, "id")
	withID := realID(t, script, id)
	forget := func() { workspace.Must("state", "rm", "-no-color", address) }

	for _, spelling := range on.spellings(id) {
		imported := on.protocol(t).Import(t.Context(), resourceType, spelling, nil)
		if len(imported.Problems) > 0 || imported.State["id"] != id {
			t.Errorf("import of %s gave %v and %v, not %s", spelling, imported.Problems, imported.State, id)
		}
	}

	forget()
	if output, code := runScript(t, workspace, withID(script)); code != 0 {
		t.Fatalf("%s: exit code %d\n%s", script, code, output)
	}
	mustTakeOver(t, workspace, "0 added, ")

	forget()
	workspace.Write("import.tf", withID(readFile(t, filepath.Join(examplesDirectory, directory, "import-by-string-id.tf"))))
	mustTakeOver(t, workspace, "1 imported, 0 added, ")

	byIdentity := filepath.Join(examplesDirectory, directory, "import-by-identity.tf")
	if _, err := os.Stat(byIdentity); err == nil {
		config := withID(readFile(t, byIdentity))
		identity := objectOf(t, parseHCL(t, byIdentity, config)[0].Body.Attributes["identity"].Expr)
		imported := on.protocol(t).Import(t.Context(), resourceType, "", identity)
		if len(imported.Problems) > 0 || imported.State["id"] != id {
			t.Errorf("import by the identity %v gave %v and %v, not %s", identity, imported.Problems, imported.State, id)
		}
		if isTerraform(t, workspace, "1.12.0") {
			forget()
			workspace.Write("import.tf", config)
			mustTakeOver(t, workspace, "1 imported, 0 added, ")
		}
	}
	destroy(t, workspace)
	on.mustHold(t, before)
}

// realID returns what puts the real id of an object where the example's own
// stands: the id after the address in import.sh, part by part. An import id may
// go on with what the id does not tell.
func realID(t *testing.T, script, id string) func(string) string {
	t.Helper()
	found := regexp.MustCompile(`terraform import \S+ '?([^'\s]+)'?`).FindStringSubmatch(script)
	if found == nil {
		t.Fatalf("%s imports nothing", script)
	}
	// Only whole texts and parts of ids are replaced, never a piece of a word.
	written, actual := strings.Split(found[1], "/"), strings.Split(id, "/")
	if len(written) < len(actual) {
		t.Fatalf("the example imports %s, and the object's id is %s", found[1], id)
	}
	return func(text string) string {
		for i, part := range written[:len(actual)] {
			pattern := regexp.MustCompile(`(["'/ ])` + regexp.QuoteMeta(part) + `(["'/\s])`)
			text = pattern.ReplaceAllString(text, "${1}"+strings.ReplaceAll(actual[i], "$", "$$")+"${2}")
		}
		return text
	}
}

// mustTakeOver applies an import, which may add settings to the state but must
// leave the object as it is, and finds the next plan empty.
func mustTakeOver(t *testing.T, workspace *acctest.Workspace, want string) {
	t.Helper()
	if output := apply(t, workspace); !strings.Contains(output, want) || !strings.Contains(output, " 0 destroyed") {
		t.Fatalf("the import did something else than %q:\n%s", want, output)
	}
	workspace.MustPlanEmpty()
}

// runList makes the resource's example, then lists what is there.
func runList(t *testing.T, directory string) {
	on := stageOf(t, directory)
	resourceType := filepath.Base(directory)
	workspace := readExample(t, "resources/"+resourceType).workspace(t, on, nil)
	apply(t, workspace)

	query := strings.NewReplacer(on.placeholders...).Replace(readFile(t, filepath.Join(examplesDirectory, directory, "list-resource.tfquery.hcl")))
	runQuery(t, on, workspace, query, on.wantListed)
	destroy(t, workspace)
}

// wantListed is how many objects a list finds where the resource's example was
// applied.
var wantListed = map[string]int{
	"chat_ethora_app": 2, "chat_ethora_user": 1, "chat_ethora_room": 1, "chat_ethora_room_access": 1,
}

// runQuery runs the list blocks of a query, each of which must find so many
// objects that can be imported by what the list says of them.
func runQuery(t *testing.T, on stage, workspace *acctest.Workspace, query string, want map[string]int) {
	t.Helper()
	protocol := on.protocol(t)
	for _, block := range parseHCL(t, "list-resource.tfquery.hcl", query) {
		config := acctest.Object{}
		for _, inner := range block.Body.Blocks {
			for name, attribute := range inner.Body.Attributes {
				config[name] = textOf(t, attribute.Expr)
			}
		}
		_, includeResource := block.Body.Attributes["include_resource"]
		resourceType := block.Labels[0]
		listed := protocol.List(t.Context(), resourceType, config, 100, includeResource)
		if len(listed) != want[resourceType] {
			t.Errorf("list %q %q found %d objects, not %d: %v", resourceType, block.Labels[1], len(listed), want[resourceType], listed)
		}
		for _, object := range listed {
			imported := protocol.Import(t.Context(), resourceType, "", object.Identity)
			if len(object.Problems)+len(imported.Problems) > 0 || object.DisplayName == "" || includeResource != (object.Resource != nil) {
				t.Errorf("list %q %q found %+v, and its import gave %v", resourceType, block.Labels[1], object, imported.Problems)
			}
		}
	}
	if isTerraform(t, workspace, "1.14.0") {
		workspace.Write("example.tfquery.hcl", query)
		workspace.Must("query", "-no-color")
	}
}

// runServerToken sees that the server accepts the token, and that the state
// does not hold it.
func runServerToken(t *testing.T, directory string) {
	mock := acctest.StartEthora(t)
	token, finish := runToken(t, onEthora(mock), directory, "server.token")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, mock.URL+"/v2/apps", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Custom-Token", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the server answers the token with %s", response.Status)
	}
	finish()
}

// runClientToken sees that the token is Ann's.
func runClientToken(t *testing.T, directory string) {
	mock := acctest.StartEthora(t)
	token, finish := runToken(t, onEthora(mock), directory, "ann.token")
	derived := hmac.New(sha256.New, []byte(mock.AppSecret()))
	derived.Write([]byte("ethora:client:v1"))
	key := hex.EncodeToString(derived.Sum(nil))
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(key), nil }, jwt.WithExpirationRequired()); err != nil {
		t.Error(err)
	}
	want := map[string]any{"type": "client", "userId": "ann", "appId": mock.AppID()}
	if !reflect.DeepEqual(claims["data"], want) {
		t.Errorf("the token is about %v, not %v", claims["data"], want)
	}
	finish()
}

// runToken applies an example that writes a token to a file. finish destroys.
func runToken(t *testing.T, on stage, directory, file string) (token string, finish func()) {
	t.Helper()
	before := on.holds()
	workspace := readExample(t, directory).workspace(t, on, nil)
	apply(t, workspace)
	workspace.MustPlanEmpty()
	path := filepath.Join(workspace.Dir, file)
	token = strings.TrimSpace(readFile(t, path))
	if state := readFile(t, filepath.Join(workspace.Dir, "terraform.tfstate")); strings.Contains(state, token) {
		t.Error("the token is in the state")
	}
	return token, func() {
		destroy(t, workspace)
		on.mustHold(t, before)
		if _, err := os.Stat(path); err == nil {
			t.Errorf("the destroy left %s", file)
		}
	}
}

func runSeveralTenants(t *testing.T, directory string) {
	own, partner := acctest.StartEthora(t), acctest.StartEthora(t)
	ownBefore, partnerBefore := holds(own), holds(partner)
	workspace := readExample(t, directory).workspace(t, onEthora(own), map[string]string{
		"partner": fmt.Sprintf(`{ api_url = %q, app_id = %q, app_secret = %q }`, partner.URL, partner.AppID(), partner.AppSecret()),
	})
	apply(t, workspace)
	workspace.MustPlanEmpty()
	for name, mock := range map[string]*acctest.Ethora{"own": own, "partner": partner} {
		if rooms := len(mock.Snapshot().App(mock.AppID()).Rooms); rooms != 1 {
			t.Errorf("the %s server has %d rooms, not 1", name, rooms)
		}
	}
	destroy(t, workspace)
	mustHold(t, own, ownBefore)
	mustHold(t, partner, partnerBefore)
}

// runEnvironments makes each environment in a workspace of its own, all before
// the first is destroyed.
func runEnvironments(t *testing.T, directory string) {
	mock := acctest.StartEthora(t)
	before := holds(mock)
	found := readExample(t, directory)
	found.variables = []string{"initial_password"} // the files have the others
	workspace := found.workspace(t, onEthora(mock), nil)
	files, err := filepath.Glob(filepath.Join(examplesDirectory, directory, "environments", "*.tfvars"))
	if err != nil || len(files) < 2 {
		t.Fatalf("environments: %v %v", files, err)
	}
	enter := func(file string) (variables string) {
		name := strings.TrimSuffix(filepath.Base(file), ".tfvars")
		workspace.Must("workspace", "select", "-or-create", "-no-color", name)
		return "-var-file=environments/" + filepath.Base(file)
	}
	for _, file := range files {
		workspace.Write("environments/"+filepath.Base(file), readFile(t, file))
		variables := enter(file)
		apply(t, workspace, variables)
		workspace.MustPlanEmpty(variables)
	}
	if apps := len(mock.Snapshot().Apps); apps != 1+len(files) {
		t.Errorf("the server has %d apps, not the provider's own and %d environments", apps, len(files))
	}
	for _, file := range files {
		destroy(t, workspace, enter(file))
	}
	mustHold(t, mock, before)
}

// runAdoption makes a tenant by hand and takes it over without changing it.
func runAdoption(t *testing.T, directory string) {
	mock := acctest.StartEthora(t)
	before := holds(mock)
	app, _ := mock.Edit(t, "POST", "/v2/apps", map[string]any{"displayName": "Acme Support", "appTagline": "We answer"})["app"].(map[string]any)
	appID, _ := app["_id"].(string)
	users := []any{}
	for _, user := range [][]string{{"ann", "Ann", "Lee"}, {"ben", "Ben", "Kim"}} {
		users = append(users, map[string]any{"uuid": user[0], "email": user[0] + "@example.com", "firstName": user[1], "lastName": user[2]})
	}
	mock.Edit(t, "POST", "/v2/apps/"+appID+"/users/batch", map[string]any{"bypassEmailConfirmation": true, "usersList": users})
	mock.Edit(t, "POST", "/v2/apps/"+appID+"/chats", map[string]any{
		"uuid": "support", "title": "Support", "type": "public", "members": []string{"ann", "ben"},
	})

	workspace := readExample(t, directory).workspace(t, onEthora(mock), map[string]string{"app_id": appID})
	const want = "Plan: 5 to import, 0 to add, 0 to change, 0 to destroy."
	if plan := workspace.Must("plan", "-input=false", "-no-color"); !strings.Contains(plan, want) {
		t.Errorf("the plan does not say %q:\n%s", want, plan)
	}
	if guide := readFile(t, "../../docs/guides/adopt-existing-tenant.md"); !strings.Contains(guide, want) {
		t.Errorf("the guide does not promise %q", want)
	}
	apply(t, workspace)
	workspace.MustPlanEmpty()
	if writes := mock.Count("POST", "") + mock.Count("PUT", "") + mock.Count("PATCH", "") + mock.Count("DELETE", ""); writes > 0 {
		t.Errorf("the adoption changed the tenant: %v", mock.Requests())
	}

	query := strings.ReplaceAll(readFile(t, filepath.Join(examplesDirectory, directory, "tenant.tfquery.hcl")), exampleAppID, appID)
	runQuery(t, onEthora(mock), workspace, query, map[string]int{
		"chat_ethora_app": 2, "chat_ethora_room": 1, "chat_ethora_user": 2, "chat_ethora_room_access": 2,
	})
	destroy(t, workspace)
	mustHold(t, mock, before)
}

// runDriftDetection runs the workflow's own script: without drift, with it,
// and with a server that cannot be reached.
func runDriftDetection(t *testing.T, directory string) {
	mock := acctest.StartEthora(t)
	before := holds(mock)
	workspace := readExample(t, directory).workspace(t, onEthora(mock), nil)
	apply(t, workspace)

	script := workflowScript(t, filepath.Join(examplesDirectory, directory, ".github", "workflows", "drift.yml"), "Compare")
	compare := func(wantCode int, wantVerdict string, environment ...string) {
		t.Helper()
		summary := filepath.Join(t.TempDir(), "summary")
		output, code := runScript(t, workspace, script, append(environment, "GITHUB_STEP_SUMMARY="+summary)...)
		if code != wantCode || !strings.HasPrefix(readFile(t, summary), "## "+wantVerdict+"\n") {
			t.Errorf("exit code %d, not %d with %q:\n%s", code, wantCode, wantVerdict, output)
		}
		if annotated := strings.Contains(output, "::error::"+wantVerdict); annotated != (wantCode != 0) {
			t.Errorf("exit code %d and an annotation do not go together:\n%s", code, output)
		}
	}
	const same, differs, failed = "The tenant is as configured", "The tenant differs from its configuration", "The tenant could not be compared with its configuration"
	compare(0, same)
	compare(1, failed, "ETHORA_CHAT_APP_SECRET=wrong")

	appID := attribute(t, workspace, "chat_ethora_app.acme", "id")
	inApp := "/v2/apps/" + appID
	mock.Edit(t, "PATCH", inApp+"/chats/"+appID+"_support", map[string]any{"title": "Renamed by hand"})
	compare(2, differs)
	apply(t, workspace)
	compare(0, same)

	// The guide's table of what drift looks like.
	member := map[string]any{"chatName": appID + "_support", "members": []string{"ann"}}
	stranger := map[string]any{"uuid": "eve", "email": "eve@example.com", "firstName": "Eve", "lastName": "Mallory"}
	mock.Edit(t, "POST", inApp+"/users/batch", map[string]any{"bypassEmailConfirmation": true, "usersList": []any{stranger}})
	for _, drift := range []struct {
		method, path string
		body         any
		want         []string
	}{
		{"PATCH", inApp, map[string]any{"displayName": "Renamed"}, []string{"chat_ethora_app.acme will be updated in-place"}},
		{"PATCH", inApp + "/chats/users", map[string]any{"users": []any{map[string]any{"xmppUsername": appID + "_ann", "lastName": "Renamed"}}},
			[]string{"chat_ethora_user.ann will be updated in-place"}},
		{"DELETE", inApp + "/users/batch", map[string]any{"usersIdList": []string{"ann"}},
			[]string{"no longer exists", "archived", "chat_ethora_user.ann will be created"}},
		{"DELETE", inApp + "/chats", map[string]any{"name": appID + "_support"},
			[]string{"no longer exists", "chat_ethora_room.support will be created"}},
		{"DELETE", inApp + "/chats/users-access", member, []string{"chat_ethora_room_members.support will be updated in-place"}},
		{"POST", inApp + "/chats/users-access", map[string]any{"chatName": appID + "_support", "members": []string{"eve"}},
			[]string{"chat_ethora_room_members.support will be updated in-place"}},
		{"POST", inApp + "/chats", map[string]any{"uuid": "unmanaged", "title": "Unmanaged", "type": "group"}, []string{"No changes."}},
		{"DELETE", inApp, nil,
			[]string{"no longer exists", "archived", "chat_ethora_app.acme will be created", "chat_ethora_user.ann will be created"}},
	} {
		mock.Edit(t, drift.method, drift.path, drift.body)
		plan := workspace.Must("plan", "-input=false", "-no-color")
		for _, want := range drift.want {
			if !strings.Contains(plan, want) {
				t.Errorf("after %s %s the plan lacks %q:\n%s", drift.method, drift.path, want, plan)
			}
		}
		apply(t, workspace)
		workspace.MustPlanEmpty()
	}
	destroy(t, workspace)
	mustHold(t, mock, before)
}

// workflowScript is the script of a step of a GitHub Actions workflow.
func workflowScript(t *testing.T, path, step string) string {
	t.Helper()
	pattern := regexp.MustCompile(`(?m)^ *- name: ` + step + `\n +run: \|\n((?: {10}.*\n|\n)+)`)
	found := pattern.FindStringSubmatch(readFile(t, path))
	if found == nil {
		t.Fatalf("%s has no step %q with a script", path, step)
	}
	return strings.ReplaceAll("\n"+found[1], "\n          ", "\n")
}

// TestEverythingIsShown compares what the provider offers with the examples and
// the pages: each thing has both, and nothing else has any.
func TestEverythingIsShown(t *testing.T) {
	offered := offers(t)
	var shown, documented []string
	for _, directory := range exampleDirectories(t) {
		if kind, _, found := strings.Cut(directory, "/"); found && kind != "guides" {
			shown = append(shown, directory)
		}
	}
	pages, err := filepath.Glob("../../docs/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		kind, name := filepath.Base(filepath.Dir(page)), strings.TrimSuffix(filepath.Base(page), ".md")
		if kind != "functions" {
			name = "chat_" + name
		}
		if kind != "guides" {
			documented = append(documented, kind+"/"+name)
		}
	}
	slices.Sort(documented)
	if !slices.Equal(shown, offered) {
		t.Errorf("examples/ shows\n  %v\nand the provider offers\n  %v", shown, offered)
	}
	if !slices.Equal(documented, offered) {
		t.Errorf("docs/ describes\n  %v\nand the provider offers\n  %v", documented, offered)
	}
}

// offers are the things of the provider, as <kind>/<name>.
func offers(t *testing.T) []string {
	t.Helper()
	server := acctest.NewProtocol(t).Server
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for kind, names := range map[string][]string{
		"resources":           slices.Collect(maps.Keys(schema.ResourceSchemas)),
		"data-sources":        slices.Collect(maps.Keys(schema.DataSourceSchemas)),
		"ephemeral-resources": slices.Collect(maps.Keys(schema.EphemeralResourceSchemas)),
		"functions":           slices.Collect(maps.Keys(schema.Functions)),
		"list-resources":      slices.Collect(maps.Keys(schema.ListResourceSchemas)),
		"actions":             slices.Collect(maps.Keys(schema.ActionSchemas)),
	} {
		for _, name := range names {
			all = append(all, kind+"/"+name)
		}
	}
	slices.Sort(all)
	return all
}

// TestLinks follows the links between the pages, to the heading.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	pages, err := filepath.Glob("../../docs/*/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, page := range append(pages, "../../docs/index.md", "../../README.md") {
		for _, found := range link.FindAllStringSubmatch(readFile(t, page), -1) {
			target, heading, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := filepath.Join(filepath.Dir(page), target)
			if target == "" {
				path = page
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s links to %s, which is not there", page, found[1])
			} else if heading != "" && !slices.Contains(headings(readFile(t, path)), heading) {
				t.Errorf("%s links to %s, which has no such heading", page, found[1])
			}
		}
	}
}

// headings are what links call the headings and anchors of a page.
func headings(page string) []string {
	var all []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		plain := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	for _, anchor := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllStringSubmatch(page, -1) {
		all = append(all, anchor[1])
	}
	return all
}
